/** Shares within organizations: who has them without being asked, who never has, and what ends when an account leaves. */
import t, { type Test } from 'tap';
import type { Membership, PolicyStatement } from '../../../src/api/service.js';
import { ACCOUNT, INVENTORY, OTHER_ACCOUNT, REGION, resourcesOf } from '../../fixtures/api/ec2.js';
import { xmlTextAt } from '../../fixtures/api/parse-xml.js';
import { ALLOW_ALL, openServices, THIRD_ACCOUNT, userOf } from '../../fixtures/api/services.js';

const ORGANIZATION = 'o-a1b2c3d4e5';
const ELSEWHERE = 'o-f6g7h8i9j0';
const SENSORS = 'ou-a1b2-c3d4e5f6';
const OTHERS = 'ou-a1b2-zzzzzzzz';

const organizationArn = (id = ORGANIZATION, management = '999988887777'): string =>
  `arn:aws:organizations::${management}:organization/${id}`;
const unitArn = (unit = SENSORS, organization = ORGANIZATION, management = '999988887777'): string =>
  `arn:aws:organizations::${management}:ou/${organization}/${unit}`;

const inside = (...organizationalUnits: string[]): Membership => ({
  organization: ORGANIZATION,
  organizationalUnits,
});

interface Answer {
  readonly status: number;
  /** The name of the error; undefined for an answer without one. */
  readonly code: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly body: any;
}

/** The three accounts, a target of the first, and their memberships, which tests change. */
async function setUp(t: Test, members: Readonly<Record<string, Membership>>) {
  const memberships = new Map(Object.entries(members));
  const fixture = await openServices(t, INVENTORY, { memberships });
  const ram = async (
    action: string,
    input: object,
    accountId = ACCOUNT,
    statements: PolicyStatement[] = [ALLOW_ALL],
  ): Promise<Answer> => {
    const answer = await fixture.call('ram', action, input, userOf(accountId, 'u', ...statements));
    const { status, headers } = answer;
    return { status, code: headers['x-amzn-errortype'], body: JSON.parse(String(answer.body)) };
  };
  const ec2 = (action: string, input: object, accountId: string) =>
    fixture.call('ec2', action, input, userOf(accountId, 'u', ALLOW_ALL));
  const made = await ec2('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }, ACCOUNT);
  const target = xmlTextAt(String(made.body), '/trafficMirrorTargetId');
  const targetArn = `arn:aws:ec2:${REGION}:${ACCOUNT}:traffic-mirror-target/${target}`;
  const share = async (input: object): Promise<string> => {
    const { body } = await ram('CreateResourceShare', { name: 's', resourceArns: [targetArn], ...input });
    return body.resourceShare?.resourceShareArn ?? JSON.stringify(body);
  };
  /** Whether the account sees the target. */
  const sees = async (accountId: string): Promise<boolean> => {
    const { body } = await ec2('DescribeTrafficMirrorTargets', {}, accountId);
    return String(body).includes(target);
  };
  const invitations = async (accountId: string): Promise<{ resourceShareInvitationArn: string }[]> =>
    (await ram('GetResourceShareInvitations', {}, accountId)).body.resourceShareInvitations;
  return { ...fixture, memberships, ram, ec2, target, targetArn, share, sees, invitations };
}

t.test('an organization has a share without being asked, others never', async (t) => {
  const setup = await setUp(t, { [ACCOUNT]: inside(), [OTHER_ACCOUNT]: inside() });
  const { ram, share, sees } = setup;
  const resourceShareArn = await share({ principals: [organizationArn()] });
  t.equal(await sees(OTHER_ACCOUNT), true);
  t.equal(await sees(THIRD_ACCOUNT), false, 'an account in no organization');
  t.same(await setup.invitations(OTHER_ACCOUNT), []);
  const listed = await ram('ListPrincipals', { resourceOwner: 'SELF' });
  t.match(listed.body.principals, [{ id: organizationArn(), resourceShareArn, external: false }]);
  const resources = await ram('ListResources', { resourceOwner: 'OTHER-ACCOUNTS' }, OTHER_ACCOUNT);
  t.match(resources.body.resources, [{ arn: setup.targetArn, resourceShareArn }]);
  const owners = await ram('ListPrincipals', { resourceOwner: 'OTHER-ACCOUNTS' }, OTHER_ACCOUNT);
  t.match(owners.body.principals, [{ id: ACCOUNT, external: false }]);
  t.same((await ram('GetResourceShares', { resourceOwner: 'OTHER-ACCOUNTS' })).body.resourceShares, []);
  const associations = { associationType: 'PRINCIPAL', principal: organizationArn(ORGANIZATION, ACCOUNT) };
  t.match((await ram('GetResourceShareAssociations', associations)).body.resourceShareAssociations, [
    { associatedEntity: organizationArn(), status: 'ASSOCIATED', external: false },
  ]);
  setup.memberships.set(OTHER_ACCOUNT, { organization: ELSEWHERE, organizationalUnits: [] });
  t.equal(await sees(OTHER_ACCOUNT), false, 'after it has gone to another');
  setup.memberships.set(OTHER_ACCOUNT, inside());
  setup.memberships.delete(ACCOUNT);
  t.equal(await sees(OTHER_ACCOUNT), false, 'after the owner has left');
});

t.test('a unit has a share, the rest of the organization does not', async (t) => {
  const { ram, share, sees, memberships } = await setUp(t, {
    [ACCOUNT]: inside(),
    [OTHER_ACCOUNT]: inside('ou-a1b2-parent00', SENSORS),
    [THIRD_ACCOUNT]: inside(OTHERS),
  });
  await share({ principals: [unitArn()], allowExternalPrincipals: false });
  t.equal(await sees(OTHER_ACCOUNT), true);
  t.equal(await sees(THIRD_ACCOUNT), false);
  memberships.set(THIRD_ACCOUNT, { organization: ELSEWHERE, organizationalUnits: [SENSORS] });
  t.equal(await sees(THIRD_ACCOUNT), false, 'a unit of the same id in another organization');
  memberships.set(OTHER_ACCOUNT, inside(OTHERS));
  t.equal(await sees(OTHER_ACCOUNT), false, 'after it has left the unit');
  const gone = await ram('CreateResourceShare', { name: 's', principals: [unitArn('ou-a1b2-nowhere0')] });
  t.match(gone, { code: 'UnknownResourceException', body: { message: /^OrganizationalUnit ou-a1b2-now/ } });
});

t.test('an account of the organization is not asked, one outside is', async (t) => {
  const { ram, share, sees, invitations } = await setUp(t, {
    [ACCOUNT]: inside(),
    [OTHER_ACCOUNT]: inside(),
  });
  const resourceShareArn = await share({ principals: [OTHER_ACCOUNT, THIRD_ACCOUNT] });
  t.same([await sees(OTHER_ACCOUNT), await sees(THIRD_ACCOUNT)], [true, false]);
  t.equal((await invitations(OTHER_ACCOUNT)).length, 0);
  const [invitation] = await invitations(THIRD_ACCOUNT);
  await ram('AcceptResourceShareInvitation', { ...invitation }, THIRD_ACCOUNT);
  t.equal(await sees(THIRD_ACCOUNT), true);
  const { body } = await ram('GetResourceShareAssociations', { associationType: 'PRINCIPAL' });
  t.match(
    // biome-ignore lint/suspicious/noExplicitAny: an answer
    body.resourceShareAssociations.map((one: any) => [one.associatedEntity, one.status, one.external]),
    [
      [OTHER_ACCOUNT, 'ASSOCIATED', false],
      [THIRD_ACCOUNT, 'ASSOCIATED', true],
    ],
  );
  const leave = (accountId: string) =>
    ram('DisassociateResourceShare', { resourceShareArn, principals: [accountId] }, accountId);
  t.match(await leave(OTHER_ACCOUNT), {
    code: 'OperationNotPermittedException',
    body: { message: /within the organization/ },
  });
  t.equal((await leave(THIRD_ACCOUNT)).status, 200);
  t.same([await sees(OTHER_ACCOUNT), await sees(THIRD_ACCOUNT)], [true, false]);
});

t.test('an account that leaves loses what it was not asked for', async (t) => {
  const { ram, share, sees, memberships, invitations } = await setUp(t, {
    [ACCOUNT]: inside(),
    [OTHER_ACCOUNT]: inside(),
  });
  const resourceShareArn = await share({ principals: [OTHER_ACCOUNT] });
  memberships.delete(OTHER_ACCOUNT);
  t.equal(await sees(OTHER_ACCOUNT), false);
  const { body } = await ram('GetResourceShareAssociations', { associationType: 'PRINCIPAL' });
  t.match(body.resourceShareAssociations, [{ associatedEntity: OTHER_ACCOUNT, status: 'DISASSOCIATED' }]);
  t.same((await ram('ListPrincipals', { resourceOwner: 'SELF' })).body.principals, []);
  const read = { resourceOwner: 'OTHER-ACCOUNTS' };
  t.same((await ram('ListResources', read, OTHER_ACCOUNT)).body.resources, []);
  const invite = { resourceShareArn, principals: [OTHER_ACCOUNT] };
  t.equal((await ram('AssociateResourceShare', invite)).status, 200);
  t.equal(await sees(OTHER_ACCOUNT), false, 'outside, it is asked');
  const [invitation] = await invitations(OTHER_ACCOUNT);
  await ram('AcceptResourceShareInvitation', { ...invitation }, OTHER_ACCOUNT);
  t.equal(await sees(OTHER_ACCOUNT), true);
  memberships.set(OTHER_ACCOUNT, inside());
  t.equal(await sees(OTHER_ACCOUNT), true);
});

t.test('without external principals, nobody outside ever has the share', async (t) => {
  const { ram, share, sees, memberships, invitations } = await setUp(t, {
    [ACCOUNT]: inside(),
    [OTHER_ACCOUNT]: inside(),
  });
  const resourceShareArn = await share({ principals: [OTHER_ACCOUNT], allowExternalPrincipals: false });
  t.equal(await sees(OTHER_ACCOUNT), true);
  const outside = { resourceShareArn, principals: [THIRD_ACCOUNT] };
  const refused = { code: 'OperationNotPermittedException', body: { message: /external principals/ } };
  t.match(await ram('AssociateResourceShare', outside), refused);

  const update = (allowExternalPrincipals: boolean) =>
    ram('UpdateResourceShare', { resourceShareArn, allowExternalPrincipals });
  t.match((await update(true)).body.resourceShare, { allowExternalPrincipals: true });
  t.equal((await ram('AssociateResourceShare', outside)).status, 200);
  const first = {
    code: 'OperationNotPermittedException',
    body: { message: new RegExp(`^${THIRD_ACCOUNT} is`) },
  };
  t.match(await update(false), first, 'who is invited could accept later');
  const [invitation] = await invitations(THIRD_ACCOUNT);
  await ram('AcceptResourceShareInvitation', { ...invitation }, THIRD_ACCOUNT);
  t.match(await update(false), first, 'who has accepted has the share');
  memberships.set(THIRD_ACCOUNT, inside());
  t.equal((await update(false)).status, 200, 'who has come into the organization is not outside');
  t.equal(await sees(THIRD_ACCOUNT), true);
  memberships.delete(THIRD_ACCOUNT);
  t.equal(await sees(THIRD_ACCOUNT), false, 'and loses the share when it leaves, though it had accepted');
});

t.test('an organization is one principal, whatever account its ARN names', async (t) => {
  const { ram, share, sees } = await setUp(t, { [ACCOUNT]: inside(), [OTHER_ACCOUNT]: inside(SENSORS) });
  for (const arnOf of [
    (management: string) => organizationArn(ORGANIZATION, management),
    (management: string) => unitArn(SENSORS, ORGANIZATION, management),
  ]) {
    const [first, second] = [arnOf('111111111111'), arnOf('222222222222')];
    const resourceShareArn = await share({ principals: [first, second] });
    await ram('AssociateResourceShare', { resourceShareArn, principals: [second] });
    const listed = (await ram('ListPrincipals', { resourceOwner: 'SELF', principals: [second] })).body;
    t.equal(listed.principals.length, 1, 'once in the share');
    t.equal(await sees(OTHER_ACCOUNT), true);
    const { body } = await ram('DisassociateResourceShare', { resourceShareArn, principals: [second] });
    t.match(body.resourceShareAssociations, [{ associatedEntity: first, status: 'DISASSOCIATED' }]);
    t.equal(await sees(OTHER_ACCOUNT), false, 'taken out by another of its ARNs');
    t.match(await ram('DisassociateResourceShare', { resourceShareArn, principals: [first] }), {
      code: 'UnknownResourceException',
    });
  }
});

t.test('organizations that are not the caller’s, and other principals', async (t) => {
  const { ram, memberships } = await setUp(t, {
    [ACCOUNT]: inside(),
    [OTHER_ACCOUNT]: { organization: ELSEWHERE, organizationalUnits: [SENSORS] },
  });
  const attempt = (principal: string) => ram('CreateResourceShare', { name: 's', principals: [principal] });
  for (const id of [ELSEWHERE, 'o-nowhere0000']) {
    const message = `Organization ${id} could not be found.`;
    t.match(await attempt(organizationArn(id)), { code: 'UnknownResourceException', body: { message } });
    t.match(await attempt(unitArn(SENSORS, id)), { code: 'UnknownResourceException', body: { message } });
  }
  memberships.delete(ACCOUNT);
  t.match(await attempt(organizationArn()), { code: 'UnknownResourceException' }, 'of no organization');
  for (const principal of [
    ORGANIZATION,
    SENSORS,
    'arn:aws:organizations::1:organization/o-a1b2c3d4e5',
    `${organizationArn()}/x`,
    `arn:aws:organizations::999988887777:organization/${ORGANIZATION}/${SENSORS}`,
    `arn:aws:organizations::999988887777:ou/${SENSORS}`,
    'arn:aws:iam::444455556666:user/other',
    'arn:aws:iam::444455556666:root',
    '__proto__',
  ]) {
    t.match(await attempt(principal), {
      code: 'InvalidParameterException',
      body: { message: /^Principal ID .* is malformed\. Verify the ID and try again/ },
    });
  }
});

t.test('a member cannot change the share of its organization', async (t) => {
  const { ram, share, sees, targetArn } = await setUp(t, { [ACCOUNT]: inside(), [OTHER_ACCOUNT]: inside() });
  const resourceShareArn = await share({ principals: [organizationArn()] });
  const tries: [action: string, input: object][] = [
    ['UpdateResourceShare', { name: 'mine' }],
    ['TagResource', { tags: [{ key: 'a', value: 'b' }] }],
    ['UntagResource', { tagKeys: ['a'] }],
    ['AssociateResourceShare', { principals: [THIRD_ACCOUNT] }],
    ['DisassociateResourceShare', { principals: [organizationArn()] }],
    ['DisassociateResourceShare', { resourceArns: [targetArn] }],
    ['DeleteResourceShare', {}],
  ];
  for (const [action, input] of tries) {
    const { code } = await ram(action, { resourceShareArn, ...input }, OTHER_ACCOUNT);
    t.equal(code, 'OperationNotPermittedException', action);
    const stranger = await ram(action, { resourceShareArn, ...input }, THIRD_ACCOUNT);
    t.equal(stranger.code, 'UnknownResourceException', `${action}: who does not see it`);
  }
  const leave = { resourceShareArn, principals: [OTHER_ACCOUNT] };
  t.equal((await ram('DisassociateResourceShare', leave, OTHER_ACCOUNT)).code, 'UnknownResourceException');
  const reshare = { name: 's', resourceArns: [targetArn], principals: [THIRD_ACCOUNT] };
  t.equal((await ram('CreateResourceShare', reshare, OTHER_ACCOUNT)).code, 'OperationNotPermittedException');
  t.same([await sees(OTHER_ACCOUNT), await sees(THIRD_ACCOUNT)], [true, false], 'nothing has changed');
});

t.test('a session goes when its account leaves the organization, and comes back with it', async (t) => {
  const { ec2, share, target, state, memberships } = await setUp(t, {
    [ACCOUNT]: inside(),
    [OTHER_ACCOUNT]: inside(),
  });
  await share({ principals: [organizationArn()] });
  const filter = xmlTextAt(
    String((await ec2('CreateTrafficMirrorFilter', {}, OTHER_ACCOUNT)).body),
    '/trafficMirrorFilterId',
  );
  const session = {
    NetworkInterfaceId: 'eni-other',
    TrafficMirrorTargetId: target,
    TrafficMirrorFilterId: filter,
    SessionNumber: 1,
  };
  t.equal((await ec2('CreateTrafficMirrorSession', session, OTHER_ACCOUNT)).status, 200);
  t.equal(state.active.resources.trafficMirrorSessions.length, 1);
  memberships.delete(OTHER_ACCOUNT);
  t.equal(state.active.resources.trafficMirrorSessions.length, 0);
  memberships.set(OTHER_ACCOUNT, inside());
  t.equal(state.active.resources.trafficMirrorSessions.length, 1);
});

t.test('a reload moves accounts, one that fails moves nobody', async (t) => {
  const { ec2, share, sees, target, state, ram } = await setUp(t, {
    [ACCOUNT]: inside(),
    [OTHER_ACCOUNT]: inside(),
  });
  await share({ principals: [organizationArn()] });
  const made = await ec2('CreateTrafficMirrorFilter', {}, OTHER_ACCOUNT);
  const session = {
    NetworkInterfaceId: 'eni-other',
    TrafficMirrorTargetId: target,
    TrafficMirrorFilterId: xmlTextAt(String(made.body), '/trafficMirrorFilterId'),
    SessionNumber: 1,
  };
  t.equal((await ec2('CreateTrafficMirrorSession', session, OTHER_ACCOUNT)).status, 200);
  const sessions: number[] = [];
  const reload = (memberships: ReadonlyMap<string, Membership>, outcome?: Error): Promise<void> =>
    state.reload(
      {
        resources: resourcesOf(INVENTORY),
        region: REGION,
        accountIds: [ACCOUNT, OTHER_ACCOUNT, THIRD_ACCOUNT],
        memberships,
      },
      async ({ trafficMirrorSessions }) => {
        sessions.push(trafficMirrorSessions.length);
        if (outcome !== undefined) throw outcome;
      },
    );
  await t.rejects(reload(new Map([[ACCOUNT, inside()]]), new Error('refused')), { message: 'refused' });
  t.equal(await sees(OTHER_ACCOUNT), true, 'as before');
  t.equal(state.active.resources.trafficMirrorSessions.length, 1);
  await reload(new Map([[ACCOUNT, inside()]]));
  t.equal(await sees(OTHER_ACCOUNT), false);
  const principals = [organizationArn()];
  t.equal(
    (await ram('CreateResourceShare', { name: 's', principals })).status,
    200,
    'the owner is still inside',
  );
  await reload(
    new Map([
      [ACCOUNT, inside()],
      [OTHER_ACCOUNT, inside()],
    ]),
  );
  t.equal(await sees(OTHER_ACCOUNT), true);
  t.same(sessions, [0, 0, 1], 'what the engine was told');
});
