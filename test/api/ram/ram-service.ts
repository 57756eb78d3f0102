/** Sharing targets between accounts, as the unmodified client does it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AcceptResourceShareInvitationCommand,
  AssociateResourceShareCommand,
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
  DisassociateResourceShareCommand,
  GetResourceShareAssociationsCommand,
  GetResourceShareInvitationsCommand,
  GetResourceSharesCommand,
  ListPrincipalsCommand,
  ListResourcesCommand,
  paginateGetResourceShares,
  RAMClient,
  RejectResourceShareInvitationCommand,
} from '@aws-sdk/client-ram';
import t, { type Test } from 'tap';
import type { AccessKeys } from '../../../src/api/authentication/access-keys.js';
import { authorize } from '../../../src/api/authorization/authorize.js';
import { RamService } from '../../../src/api/ram/ram-service.js';
import { ResourceShares } from '../../../src/api/ram/resource-shares.js';
import { isSmallInput, type PolicyStatement } from '../../../src/api/service.js';
import { Store } from '../../../src/api/state/store.js';
import { WorkQueue } from '../../../src/api/work-queue.js';
import { startServer } from '../../fixtures/api/echo-service.js';
import { REGION } from '../../fixtures/api/recorded-requests.js';

const OWNER = '111122223333';
const OTHER = '444455556666';
const THIRD = '777788889999';
const HOUR_MS = 3_600_000;
const TARGET = `arn:aws:ec2:${REGION}:${OWNER}:traffic-mirror-target/tmt-1`;
const SECOND_TARGET = `arn:aws:ec2:${REGION}:${OWNER}:traffic-mirror-target/tmt-2`;
const FOREIGN_TARGET = `arn:aws:ec2:${REGION}:${OTHER}:traffic-mirror-target/tmt-3`;
const NO_SHARE = `arn:aws:ram:${REGION}:${OWNER}:resource-share/00000000-0000-0000-0000-000000000000`;
const NO_INVITATION = `arn:aws:ram:${REGION}:${OWNER}:resource-share-invitation/00000000-0000-0000-0000-000000000000`;
const ALLOW_ALL: PolicyStatement = { Effect: 'Allow', Action: ['*'], Resource: ['*'] };

interface Setup {
  readonly shares: ResourceShares;
  readonly owner: RAMClient;
  readonly other: RAMClient;
  readonly third: RAMClient;
  readonly targets: Map<string, string>;
  /** Lets time pass for the service, not for signatures. */
  pass(ms: number): void;
  reopen(): Promise<ResourceShares>;
  /** How many client tokens are on disk. */
  tokens(): Promise<number>;
}

async function setUp(t: Test, statements: readonly PolicyStatement[] = [ALLOW_ALL]): Promise<Setup> {
  const directory = mkdtempSync(join(tmpdir(), 'tm-ram-'));
  const path = join(directory, 'state');
  const store = await Store.open(path);
  t.teardown(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  let passedMs = 0;
  const now = (): number => Date.now() + passedMs;
  const organizations = { membershipOf: () => undefined, hasUnit: () => false };
  const shares = new ResourceShares(store, now, { organizations, onForgotten: () => {} });
  const targets = new Map([
    [TARGET, OWNER],
    [SECOND_TARGET, OWNER],
    [FOREIGN_TARGET, OTHER],
  ]);
  const accounts = [OWNER, OTHER, THIRD];
  const service = new RamService({
    shares,
    work: new WorkQueue(),
    targets: { ownerOf: (arn) => targets.get(arn) },
    authorize,
    hasAccount: (accountId) => accounts.includes(accountId),
    now,
  });
  const accessKeys: AccessKeys = new Map(
    accounts.map((accountId) => {
      const arn = `arn:aws:iam::${accountId}:user/u`;
      const principal = { accountId, userName: 'u', arn, statements };
      return [accountId, { accessKeyId: accountId, secretAccessKey: 's', principal }];
    }),
  );
  const { port } = await startServer(t, service, { accessKeys: () => accessKeys });
  const clientOf = (accessKeyId: string): RAMClient => {
    const client = new RAMClient({
      region: REGION,
      endpoint: `http://127.0.0.1:${port}`,
      credentials: { accessKeyId, secretAccessKey: 's' },
      maxAttempts: 1,
    });
    t.teardown(() => client.destroy());
    return client;
  };
  return {
    shares,
    owner: clientOf(OWNER),
    other: clientOf(OTHER),
    third: clientOf(THIRD),
    targets,
    pass: (ms) => {
      passedMs += ms;
    },
    reopen: async () =>
      new ResourceShares(await Store.open(path), now, { organizations, onForgotten: () => {} }),
    tokens: async () => (await Store.open(path)).table('ramClientTokens').size,
  };
}

/** A share of the target with the other account, not accepted yet. */
async function share({ owner }: Setup, options = {}): Promise<string> {
  const { resourceShare } = await owner.send(
    new CreateResourceShareCommand({ name: 's', resourceArns: [TARGET], principals: [OTHER], ...options }),
  );
  return resourceShare?.resourceShareArn ?? '';
}

async function invitation({ other }: Setup): Promise<string> {
  const { resourceShareInvitations } = await other.send(new GetResourceShareInvitationsCommand({}));
  return resourceShareInvitations?.at(-1)?.resourceShareInvitationArn ?? '';
}

async function accept(setup: Setup): Promise<void> {
  const resourceShareInvitationArn = await invitation(setup);
  await setup.other.send(new AcceptResourceShareInvitationCommand({ resourceShareInvitationArn }));
}

t.test('shared from invitation to deletion', async (t) => {
  const setup = await setUp(t);
  const { owner, other, shares } = setup;
  const before = Date.now() - 1;
  const created = await owner.send(
    new CreateResourceShareCommand({
      name: 'sensors',
      resourceArns: [TARGET],
      principals: [OTHER],
      tags: [{ key: 'team', value: 'sec' }],
    }),
  );
  t.match(created.resourceShare, {
    resourceShareArn: /^arn:aws:ram:us-east-1:111122223333:resource-share\/[0-9a-f-]{36}$/,
    name: 'sensors',
    owningAccountId: OWNER,
    allowExternalPrincipals: true,
    status: 'ACTIVE',
    tags: [{ key: 'team', value: 'sec' }],
    featureSet: 'STANDARD',
  });
  const creationTime = created.resourceShare?.creationTime ?? new Date(0);
  t.ok(creationTime.getTime() >= before && creationTime.getTime() <= Date.now(), creationTime.toISOString());
  const resourceShareArn = created.resourceShare?.resourceShareArn ?? '';
  t.equal(shares.isSharedWith(TARGET, OTHER), false, 'an invitation is not yet a share');
  t.match(await other.send(new GetResourceSharesCommand({ resourceOwner: 'OTHER-ACCOUNTS' })), {
    resourceShares: [],
  });
  const invited = await other.send(new GetResourceShareInvitationsCommand({}));
  t.match(invited.resourceShareInvitations, [
    {
      resourceShareName: 'sensors',
      resourceShareArn,
      senderAccountId: OWNER,
      receiverAccountId: OTHER,
      status: 'PENDING',
    },
  ]);
  t.match(
    await owner.send(new GetResourceShareInvitationsCommand({})),
    { resourceShareInvitations: [] },
    'not the sender',
  );
  const { resourceShareInvitationArn } = invited.resourceShareInvitations?.[0] ?? {};
  const accepted = await other.send(new AcceptResourceShareInvitationCommand({ resourceShareInvitationArn }));
  t.match(accepted.resourceShareInvitation, { status: 'ACCEPTED', resourceShareInvitationArn });

  t.equal(shares.isSharedWith(TARGET, OTHER), true);
  t.equal(shares.isSharedWith(TARGET, THIRD), false);
  t.equal(shares.isSharedWith(SECOND_TARGET, OTHER), false);
  t.match(await other.send(new GetResourceSharesCommand({ resourceOwner: 'OTHER-ACCOUNTS' })), {
    resourceShares: [{ resourceShareArn, name: 'sensors' }],
  });
  t.match(await other.send(new ListResourcesCommand({ resourceOwner: 'OTHER-ACCOUNTS' })), {
    resources: [{ arn: TARGET, type: 'ec2:TrafficMirrorTarget', resourceShareArn, status: 'AVAILABLE' }],
  });
  t.match(await owner.send(new ListPrincipalsCommand({ resourceOwner: 'SELF' })), {
    principals: [{ id: OTHER, resourceShareArn, external: true }],
  });
  t.match(await other.send(new ListPrincipalsCommand({ resourceOwner: 'OTHER-ACCOUNTS' })), {
    principals: [{ id: OWNER }],
  });
  const associations = new GetResourceShareAssociationsCommand({ associationType: 'PRINCIPAL' });
  t.match(await owner.send(associations), {
    resourceShareAssociations: [
      { associatedEntity: OTHER, status: 'ASSOCIATED', resourceShareName: 'sensors' },
    ],
  });

  t.match(await owner.send(new DeleteResourceShareCommand({ resourceShareArn })), { returnValue: true });
  t.equal(shares.isSharedWith(TARGET, OTHER), false);
  t.match(await other.send(new ListResourcesCommand({ resourceOwner: 'OTHER-ACCOUNTS' })), { resources: [] });
  const listed = new GetResourceSharesCommand({ resourceOwner: 'SELF' });
  t.match(await owner.send(listed), { resourceShares: [{ resourceShareArn, status: 'DELETED' }] });
  setup.pass(2 * HOUR_MS);
  const next = await share(setup);
  const { resourceShares } = await owner.send(listed);
  t.same(
    resourceShares?.map((found) => found.resourceShareArn),
    [next],
    'what is deleted is shown for an hour',
  );
});

t.test('the tags of a share are its own', async (t) => {
  const setup = await setUp(t);
  await share(setup, { tags: [{ key: 'team', value: 'sec' }] });
  const { resourceShares } = await setup.owner.send(new GetResourceSharesCommand({ resourceOwner: 'SELF' }));
  t.match(resourceShares, [{ tags: [{ key: 'team', value: 'sec' }] }]);
  const listed = await setup.owner.send(new ListResourcesCommand({ resourceOwner: 'SELF' }));
  t.match(listed.resources, [{ arn: TARGET }]);
  t.notMatch(JSON.stringify(listed.resources), 'team', 'the target has none of them');
});

t.test('targets and accounts are added and removed', async (t) => {
  const setup = await setUp(t);
  const { owner, other, third, shares } = setup;
  const resourceShareArn = await share(setup);
  await accept(setup);
  const added = await owner.send(
    new AssociateResourceShareCommand({
      resourceShareArn,
      resourceArns: [TARGET, SECOND_TARGET],
      principals: [THIRD],
    }),
  );
  t.match(
    added.resourceShareAssociations?.map(({ associatedEntity, status }) => [associatedEntity, status]).sort(),
    [
      [THIRD, 'ASSOCIATING'],
      [TARGET, 'ASSOCIATED'],
      [SECOND_TARGET, 'ASSOCIATED'],
    ].sort(),
  );
  t.equal(shares.isSharedWith(SECOND_TARGET, OTHER), true);
  t.equal(shares.isSharedWith(SECOND_TARGET, THIRD), false);
  await owner.send(new DisassociateResourceShareCommand({ resourceShareArn, resourceArns: [TARGET] }));
  t.equal(shares.isSharedWith(TARGET, OTHER), false);
  t.equal(shares.isSharedWith(SECOND_TARGET, OTHER), true);
  await other.send(new DisassociateResourceShareCommand({ resourceShareArn, principals: [OTHER] }));
  t.equal(shares.isSharedWith(SECOND_TARGET, OTHER), false, 'an account can leave');
  const disassociate = new DisassociateResourceShareCommand({ resourceShareArn, principals: [THIRD] });
  await t.rejects(other.send(disassociate), { name: 'UnknownResourceException' }, 'but not send others away');
  const again = await owner.send(
    new AssociateResourceShareCommand({ resourceShareArn, principals: [OTHER] }),
  );
  t.match(
    again.resourceShareAssociations,
    [{ associatedEntity: OTHER, status: 'ASSOCIATING' }],
    'needs a new invitation',
  );
  await accept(setup);
  t.equal(shares.isSharedWith(SECOND_TARGET, OTHER), true);
  t.match(await third.send(new GetResourceShareInvitationsCommand({})), {
    resourceShareInvitations: [{ status: 'PENDING' }],
  });
});

t.test('shares survive a restart', async (t) => {
  const setup = await setUp(t);
  await share(setup);
  await accept(setup);
  const reopened = await setup.reopen();
  t.equal(reopened.isSharedWith(TARGET, OTHER), true);
  t.same([...reopened.shares], [...setup.shares.shares]);
});

t.test('a request that is sent again with its client token changes nothing', async (t) => {
  const setup = await setUp(t);
  const arn = await share(setup, { clientToken: 'a' });
  t.equal(await share(setup, { clientToken: 'a' }), arn);
  await t.rejects(share(setup, { clientToken: 'a', name: 'other' }), {
    name: 'IdempotentParameterMismatchException',
  });
  t.not(await share(setup, { clientToken: 'b' }), arn);
  t.equal(await setup.tokens(), 2);
  setup.pass(25 * HOUR_MS);
  t.not(await share(setup, { clientToken: 'a' }), arn, 'for a day');
  t.equal(await setup.tokens(), 1, 'and is forgotten then');
});

t.test('the response to a request that is sent again shows the share as it is now', async (t) => {
  const setup = await setUp(t);
  const { owner, pass } = setup;
  const token = { clientToken: 'a' };
  const resourceShareArn = await share(setup, token);
  const adding = new AssociateResourceShareCommand({ resourceShareArn, principals: [THIRD], ...token });
  const first = await owner.send(adding);
  t.match(first.resourceShareAssociations, [{ associatedEntity: THIRD, status: 'ASSOCIATING' }]);
  t.same((await owner.send(adding)).resourceShareAssociations, first.resourceShareAssociations);
  await owner.send(new DeleteResourceShareCommand({ resourceShareArn, ...token }));
  t.equal(
    (await owner.send(new DeleteResourceShareCommand({ resourceShareArn, ...token }))).returnValue,
    true,
  );
  const again = new CreateResourceShareCommand({
    name: 's',
    resourceArns: [TARGET],
    principals: [OTHER],
    ...token,
  });
  t.match((await owner.send(again)).resourceShare, { resourceShareArn, status: 'DELETED' });
  pass(2 * HOUR_MS);
  await share(setup, { clientToken: 'b' });
  await t.rejects(owner.send(again), { name: 'UnknownResourceException' }, 'and does not come back');
});

t.test('the shares of an account are bounded together', async (t) => {
  const setup = await setUp(t);
  const { shares } = setup;
  const resourceShareArn = await share(setup);
  const one = shares.shares.get(resourceShareArn);
  if (one === undefined) throw new Error('no share');
  const [first] = one.associations;
  const changes = [1, 2].map((number) => {
    const associations = Array.from({ length: 4999 }, (_, index) => ({ ...first, entity: `arn:${index}` }));
    const arn = resourceShareArn.replace(/.{12}$/, `${number}`.padStart(12, '0'));
    return { table: 'resourceShares', key: arn, value: { ...one, arn, associations } };
  });
  await shares.commit(changes);
  t.equal(shares.shares.size, 3);
  await t.rejects(share(setup), { name: 'ResourceShareLimitExceededException', message: /10000/ });
  const { owner } = setup;
  const listed = await owner.send(
    new GetResourceShareAssociationsCommand({ associationType: first?.type, maxResults: 5 }),
  );
  t.equal(listed.resourceShareAssociations?.length, 5);
});

t.test('invitations expire', async (t) => {
  const setup = await setUp(t);
  const { owner, other, third, shares, pass } = setup;
  const resourceShareArn = await share(setup);
  const resourceShareInvitationArn = await invitation(setup);
  const accepting = new AcceptResourceShareInvitationCommand({ resourceShareInvitationArn });
  const rejecting = new RejectResourceShareInvitationCommand({ resourceShareInvitationArn });
  await t.rejects(
    third.send(accepting),
    { name: 'ResourceShareInvitationArnNotFoundException' },
    'that of another',
  );
  await other.send(rejecting);
  await t.rejects(other.send(accepting), { name: 'ResourceShareInvitationAlreadyRejectedException' });
  t.equal(shares.isSharedWith(TARGET, OTHER), false);
  await owner.send(new AssociateResourceShareCommand({ resourceShareArn, principals: [OTHER] }));
  const second = new AcceptResourceShareInvitationCommand({
    resourceShareInvitationArn: await invitation(setup),
  });
  pass(12 * HOUR_MS);
  t.match(await other.send(new GetResourceShareInvitationsCommand({})), {
    resourceShareInvitations: [{ status: 'EXPIRED' }],
  });
  await t.rejects(other.send(second), { name: 'ResourceShareInvitationExpiredException' });
  await owner.send(new AssociateResourceShareCommand({ resourceShareArn, principals: [OTHER] }));
  await accept(setup);
  t.equal(shares.isSharedWith(TARGET, OTHER), true);
  const third_ = new AcceptResourceShareInvitationCommand({
    resourceShareInvitationArn: await invitation(setup),
  });
  await t.rejects(other.send(third_), { name: 'ResourceShareInvitationAlreadyAcceptedException' });
});

t.test('errors, each as its exception, and nothing changed', async (t) => {
  const setup = await setUp(t);
  const { owner, other, shares } = setup;
  const arn = await share(setup);
  const before = [...shares.shares];
  const create = (input: object): Promise<unknown> =>
    owner.send(new CreateResourceShareCommand({ name: 's', ...input }));
  const rows: [want: string, call: () => Promise<unknown>][] = [
    ['InvalidParameterException', () => create({ name: '' })],
    ['InvalidParameterException', () => create({ name: 1 })],
    ['InvalidParameterException', () => create({ name: 'a\nb' })],
    ['InvalidParameterException', () => create({ name: 'a\ud800b' })],
    ['InvalidParameterException', () => create({ tags: [{ key: 'a\tb', value: '' }] })],
    ['InvalidParameterException', () => create({ tags: [{ key: 'a', value: '\u0007' }] })],
    ['InvalidParameterException', () => create({ clientToken: 'a\u0000' })],
    ['InvalidParameterException', () => create({ principals: ['\uffff'] })],
    ['InvalidParameterException', () => create({ principals: 'x' })],
    ['InvalidParameterException', () => create({ principals: ['arn:aws:iam::444455556666:user/u'] })],
    ['InvalidParameterException', () => create({ principals: [OWNER] })],
    ['InvalidParameterException', () => create({ principals: ['000000000000'] })],
    ['InvalidParameterException', () => create({ tags: [{ key: 'aws:x', value: '' }] })],
    ['OperationNotPermittedException', () => create({ principals: [OTHER], allowExternalPrincipals: false })],
    ['MalformedArnException', () => create({ resourceArns: ['tmt-1'] })],
    ['InvalidParameterException', () => create({ resourceArns: [TARGET.replace(REGION, 'eu-west-1')] })],
    [
      'InvalidParameterException',
      () => create({ resourceArns: [`arn:aws:ec2:${REGION}:${OWNER}:subnet/subnet-1`] }),
    ],
    ['UnknownResourceException', () => create({ resourceArns: [`${TARGET}0`] })],
    ['UnknownResourceException', () => create({ resourceArns: [FOREIGN_TARGET] })],
    [
      'UnknownResourceException',
      () => owner.send(new DeleteResourceShareCommand({ resourceShareArn: NO_SHARE })),
    ],
    ['MalformedArnException', () => owner.send(new DeleteResourceShareCommand({ resourceShareArn: 'x' }))],
    ['UnknownResourceException', () => other.send(new DeleteResourceShareCommand({ resourceShareArn: arn }))],
    [
      'UnknownResourceException',
      () => other.send(new AssociateResourceShareCommand({ resourceShareArn: arn })),
    ],
    [
      'UnknownResourceException',
      () => owner.send(new DisassociateResourceShareCommand({ resourceShareArn: arn, principals: [THIRD] })),
    ],
    [
      'InvalidParameterException',
      () => owner.send(new GetResourceSharesCommand({ resourceOwner: 'ALL' as 'SELF' })),
    ],
    [
      'UnknownResourceException',
      () =>
        owner.send(new GetResourceSharesCommand({ resourceOwner: 'SELF', resourceShareArns: [NO_SHARE] })),
    ],
    [
      'InvalidNextTokenException',
      () => owner.send(new GetResourceSharesCommand({ resourceOwner: 'SELF', nextToken: 'x' })),
    ],
    [
      'InvalidParameterException',
      () => owner.send(new GetResourceSharesCommand({ resourceOwner: 'SELF', maxResults: 501 })),
    ],
    [
      'InvalidResourceTypeException',
      () => owner.send(new ListResourcesCommand({ resourceOwner: 'SELF', resourceType: 'ec2:Subnet' })),
    ],
    [
      'InvalidParameterException',
      () =>
        owner.send(
          new GetResourceShareAssociationsCommand({ associationType: 'PRINCIPAL', resourceArn: TARGET }),
        ),
    ],
    [
      'ResourceShareInvitationArnNotFoundException',
      () =>
        other.send(new GetResourceShareInvitationsCommand({ resourceShareInvitationArns: [NO_INVITATION] })),
    ],
    [
      'ResourceShareInvitationArnNotFoundException',
      () =>
        other.send(new AcceptResourceShareInvitationCommand({ resourceShareInvitationArn: NO_INVITATION })),
    ],
  ];
  for (const [name, call] of rows)
    await t.rejects(call(), { name, $metadata: { httpStatusCode: 400 } }, name);
  t.same([...shares.shares], before);
  await accept(setup);
  const deletion = new DeleteResourceShareCommand({ resourceShareArn: arn });
  await t.rejects(
    other.send(deletion),
    { name: 'OperationNotPermittedException' },
    'who is shared with may not delete',
  );
  await owner.send(deletion);
  await t.rejects(owner.send(new DeleteResourceShareCommand({ resourceShareArn: arn })), {
    name: 'InvalidStateTransitionException',
  });
});

t.test('the size of an input is checked first', async (t) => {
  const { owner } = await setUp(t);
  const many = Array.from({ length: 20_001 }, () => '');
  const input = { resourceOwner: 'SELF' as const, resourceShareArns: many };
  await t.rejects(owner.send(new GetResourceSharesCommand(input)), {
    name: 'InvalidParameterException',
    message: 'The request has too many members',
  });
  const long = { name: 's', principals: ['x'.repeat(2049)] };
  await t.rejects(owner.send(new CreateResourceShareCommand(long)), {
    name: 'InvalidParameterException',
    message: /^principals\.0: /,
  });
  t.notOk(isSmallInput(Array.from({ length: 300 }, () => Array.from({ length: 100 }, () => 1))));
  t.ok(isSmallInput(null));
  let deep: unknown = 1;
  for (let depth = 0; depth < 100_000; depth++) deep = [deep];
  t.notOk(isSmallInput(deep), 'without a call for each depth');
});

t.test('policies decide', async (t) => {
  const { owner } = await setUp(t, [
    ALLOW_ALL,
    {
      Effect: 'Deny',
      Action: ['ram:Delete*'],
      Resource: ['*'],
      Condition: { StringEquals: { 'aws:ResourceTag/keep': ['yes'] } },
    },
    {
      Effect: 'Deny',
      Action: ['ram:Create*'],
      Resource: ['*'],
      Condition: { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['secret'] } },
    },
  ]);
  const create = async (key: string): Promise<string | undefined> => {
    const { resourceShare } = await owner.send(
      new CreateResourceShareCommand({ name: 's', tags: [{ key, value: 'yes' }] }),
    );
    return resourceShare?.resourceShareArn;
  };
  const kept = new DeleteResourceShareCommand({ resourceShareArn: await create('keep') });
  await t.rejects(owner.send(kept), {
    name: 'AccessDeniedException',
    message: /ram:DeleteResourceShare on resource: arn:.* explicit deny/,
  });
  await owner.send(new DeleteResourceShareCommand({ resourceShareArn: await create('team') }));
  await t.rejects(create('secret'), { name: 'AccessDeniedException' });
});

t.test('pages', async (t) => {
  const setup = await setUp(t);
  const arns = new Set<string>();
  for (let count = 0; count < 7; count++) arns.add(await share(setup));
  const found: (string | undefined)[] = [];
  const sizes: number[] = [];
  const pages = paginateGetResourceShares({ client: setup.owner, pageSize: 3 }, { resourceOwner: 'SELF' });
  for await (const { resourceShares = [] } of pages) {
    sizes.push(resourceShares.length);
    found.push(...resourceShares.map(({ resourceShareArn }) => resourceShareArn));
  }
  t.same(sizes, [3, 3, 1]);
  t.same(found, [...arns].sort());
});

t.test('a target that is gone is not listed', async (t) => {
  const setup = await setUp(t);
  await share(setup);
  setup.targets.delete(TARGET);
  t.match(await setup.owner.send(new ListResourcesCommand({ resourceOwner: 'SELF' })), { resources: [] });
});
