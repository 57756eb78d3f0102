/** UpdateResourceShare, TagResource and UntagResource. */
import t from 'tap';
import type { PolicyStatement } from '../../../src/api/service.js';
import { ACCOUNT, OTHER_ACCOUNT } from '../../fixtures/api/ec2.js';
import { ALLOW_ALL, openServices, userOf } from '../../fixtures/api/services.js';

const owner = userOf(ACCOUNT, 'u', ALLOW_ALL);

type Open = Awaited<ReturnType<typeof openServices>>;

async function send({ call }: Open, action: string, input: object, principal = owner) {
  const answer = await call('ram', action, input, principal);
  return {
    status: answer.status,
    code: answer.headers['x-amzn-errortype'],
    body: JSON.parse(String(answer.body)),
  };
}

async function shareOf(services: Open, input: object = {}): Promise<string> {
  const { body } = await send(services, 'CreateResourceShare', { name: 's', ...input });
  return body.resourceShare.resourceShareArn;
}

t.test('a name, with a client token', async (t) => {
  const services = await openServices(t);
  const resourceShareArn = await shareOf(services);
  const rename = { resourceShareArn, name: 'sensors', clientToken: 'a' };
  const first = await send(services, 'UpdateResourceShare', rename);
  t.match(first.body, {
    resourceShare: { name: 'sensors', allowExternalPrincipals: true },
    clientToken: 'a',
  });
  t.match(await send(services, 'UpdateResourceShare', { ...rename, name: 'x' }), {
    code: 'IdempotentParameterMismatchException',
  });
  await send(services, 'UpdateResourceShare', { resourceShareArn, name: 'third' });
  const again = await send(services, 'UpdateResourceShare', rename);
  t.match(again.body.resourceShare, { name: 'third' }, 'a request that is sent again changes nothing');
  const nothing = await send(services, 'UpdateResourceShare', { resourceShareArn });
  t.match(nothing.body.resourceShare, { name: 'third', allowExternalPrincipals: true });
});

t.test('an invitation shows the name that it was sent with', async (t) => {
  const services = await openServices(t);
  const resourceShareArn = await shareOf(services, { principals: [OTHER_ACCOUNT] });
  await send(services, 'UpdateResourceShare', { resourceShareArn, name: 'other' });
  const other = userOf(OTHER_ACCOUNT, 'u', ALLOW_ALL);
  const { body } = await send(services, 'GetResourceShareInvitations', {}, other);
  t.match(body.resourceShareInvitations, [{ resourceShareName: 's', status: 'PENDING' }]);
});

t.test('tags', async (t) => {
  const services = await openServices(t);
  const resourceShareArn = await shareOf(services, { tags: [{ key: 'team', value: 'red' }] });
  const tagsNow = async (): Promise<unknown> =>
    (await send(services, 'GetResourceShares', { resourceOwner: 'SELF' })).body.resourceShares[0].tags;
  const tags = [{ key: 'team', value: 'blue' }, { key: 'site' }];
  t.match(await send(services, 'TagResource', { resourceShareArn, tags }), { status: 200, body: {} });
  t.same(await tagsNow(), [
    { key: 'team', value: 'blue' },
    { key: 'site', value: '' },
  ]);
  const removed = await send(services, 'UntagResource', { resourceShareArn, tagKeys: ['team', 'nothing'] });
  t.match(removed, { status: 200, body: {} });
  t.same(await tagsNow(), [{ key: 'site', value: '' }]);
  const many = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: '' }));
  const full = await send(services, 'TagResource', { resourceShareArn, tags: many });
  t.equal(full.code, 'TagLimitExceededException', '51 tags');
  t.same(await tagsNow(), [{ key: 'site', value: '' }], 'none of them');
  for (const wrong of [
    { tags: [] },
    { tags: [...many, { key: 'x' }] },
    { tags: [{ key: 'aws:x', value: '' }] },
    { tags: [{ key: '', value: '' }] },
    { tags: [{ key: 'k', value: 'v'.repeat(257) }] },
    {},
  ]) {
    const { code } = await send(services, 'TagResource', { resourceShareArn, ...wrong });
    t.equal(code, 'InvalidParameterException', JSON.stringify(wrong).slice(0, 60));
  }
  for (const wrong of [{ tagKeys: [] }, { tagKeys: 'team' }, {}]) {
    const { code } = await send(services, 'UntagResource', { resourceShareArn, ...wrong });
    t.equal(code, 'InvalidParameterException', JSON.stringify(wrong));
  }
});

t.test('shares that cannot be changed', async (t) => {
  const services = await openServices(t);
  const resourceShareArn = await shareOf(services);
  const inputs: [action: string, input: object][] = [
    ['UpdateResourceShare', { name: 'x' }],
    ['TagResource', { tags: [{ key: 'a', value: 'b' }] }],
    ['UntagResource', { tagKeys: ['a'] }],
  ];
  const other = userOf(OTHER_ACCOUNT, 'u', ALLOW_ALL);
  for (const [action, input] of inputs) {
    const malformed = await send(services, action, { resourceShareArn: 'arn:aws:ram:x', ...input });
    t.equal(malformed.code, 'MalformedArnException', action);
    const foreign = await send(services, action, { resourceShareArn, ...input }, other);
    t.equal(foreign.code, 'UnknownResourceException', action);
    const denied = await send(services, action, { resourceShareArn, ...input }, userOf(ACCOUNT, 'nobody'));
    t.equal(denied.code, 'AccessDeniedException', action);
  }
  await send(services, 'DeleteResourceShare', { resourceShareArn });
  for (const [action, input] of inputs) {
    const { code } = await send(services, action, { resourceShareArn, ...input });
    t.equal(code, 'InvalidStateTransitionException', action);
  }
});

t.test('policies on tags hold for tagging', async (t) => {
  const services = await openServices(t);
  const resourceShareArn = await shareOf(services, { tags: [{ key: 'team', value: 'red' }] });
  const deny = (operator: string, key: string, ...values: string[]): PolicyStatement => ({
    ...ALLOW_ALL,
    Effect: 'Deny',
    Condition: { [operator]: { [key]: values } },
  });
  const as = (statement: PolicyStatement) => userOf(ACCOUNT, 'v', ALLOW_ALL, statement);
  const onRed = as(deny('StringEquals', 'aws:ResourceTag/team', 'red'));
  const untag = { resourceShareArn, tagKeys: ['team'] };
  t.equal((await send(services, 'UntagResource', untag, onRed)).code, 'AccessDeniedException');
  const rename = { resourceShareArn, name: 'x' };
  t.equal((await send(services, 'UpdateResourceShare', rename, onRed)).code, 'AccessDeniedException');
  const noTeam = as(deny('ForAnyValue:StringEquals', 'aws:TagKeys', 'team'));
  t.equal((await send(services, 'UntagResource', untag, noTeam)).code, 'AccessDeniedException');
  const hidden = {
    resourceShareArn,
    tags: [
      { key: 'team', value: 'red' },
      { key: 'team', value: 'blue' },
    ],
  };
  t.equal((await send(services, 'TagResource', hidden, noTeam)).code, 'AccessDeniedException');
  const noRed = as(deny('StringEquals', 'aws:RequestTag/team', 'red'));
  t.equal((await send(services, 'TagResource', hidden, noRed)).code, 'AccessDeniedException', 'named twice');
  const other = { resourceShareArn, tags: [{ key: 'team', value: 'green' }] };
  t.equal((await send(services, 'TagResource', other, noRed)).status, 200);
});
