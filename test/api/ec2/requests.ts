/** Client tokens, pages, filters, and accounts. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { checkResources } from '../../../src/resources/check-resources.js';
import { DEFAULT_QUOTAS } from '../../../src/resources/quotas.js';
import { ACCOUNT, INVENTORY, OTHER_ACCOUNT, openEc2, resourcesOf } from '../../fixtures/api/ec2.js';

const DAY_MS = 24 * 3600 * 1000;

t.test('a request that is sent again creates nothing again', async (t) => {
  const ec2 = await openEc2(t);
  const values = { NetworkInterfaceId: 'eni-ids', ClientToken: 'once' };
  const first = await ec2.ok('CreateTrafficMirrorTarget', values);
  const { requestId: _, ...same } = first;
  t.match(await ec2.ok('CreateTrafficMirrorTarget', values), same, 'same answer');
  const [a, b] = await Promise.all([
    ec2.ok('CreateTrafficMirrorFilter', { ClientToken: 'twice' }),
    ec2.ok('CreateTrafficMirrorFilter', { ClientToken: 'twice' }),
  ]);
  t.same(a.trafficMirrorFilter, b.trafficMirrorFilter, 'also while the first is under way');
  t.equal(
    await ec2.code('CreateTrafficMirrorTarget', { ...values, Description: 'x' }),
    'IdempotentParameterMismatch',
  );
  await ec2.state.close();
  const again = await openEc2(t, { directory: ec2.directory });
  t.match(await again.ok('CreateTrafficMirrorTarget', values), same, 'also after a restart');
  again.now += DAY_MS - 1;
  t.match(await again.ok('CreateTrafficMirrorTarget', values), same, 'for a day');
  again.now += 1;
  t.equal(
    await again.code('CreateTrafficMirrorTarget', values),
    'InterfaceInUseByTrafficMirrorTarget',
    'no longer',
  );
  await again.ok('CreateTrafficMirrorFilter', { ClientToken: 'new' });
  t.equal(again.state.store.table('clientTokens').size, 1, 'expired ones are forgotten');
});

t.test('the response to a request that is sent again shows the resource as it is now', async (t) => {
  const ec2 = await openEc2(t);
  const values = { Description: 'd'.repeat(255), ClientToken: 'once' };
  const { trafficMirrorFilter } = await ec2.ok('CreateTrafficMirrorFilter', values);
  const id: string = trafficMirrorFilter.trafficMirrorFilterId;
  const [record] = ec2.state.store.table<object>('clientTokens').values();
  t.match(record, { id });
  t.ok(JSON.stringify(record).length < 120, 'a token keeps the id only');
  await ec2.ok('CreateTags', { 'ResourceId.1': id, 'Tag.1.Key': 'team', 'Tag.1.Value': 'sec' });
  const again = await ec2.ok('CreateTrafficMirrorFilter', values);
  t.match(again.trafficMirrorFilter, {
    trafficMirrorFilterId: id,
    tagSet: { item: [{ key: 'team', value: 'sec' }] },
  });
  await ec2.ok('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: id });
  t.equal(await ec2.code('CreateTrafficMirrorFilter', values), 'InvalidTrafficMirrorFilterId.NotFound');
  t.equal((await ec2.ok('DescribeTrafficMirrorFilters')).trafficMirrorFilterSet, '', 'nothing comes back');
});

t.test('tokens of older versions held whole responses', async (t) => {
  const ec2 = await openEc2(t);
  const digest = createHash('sha256').update('[["Description","old"]]').digest('base64url');
  const content = { trafficMirrorFilter: { trafficMirrorFilterId: 'tmf-0old', description: 'old' } };
  const value = { digest, expiresAt: ec2.now + DAY_MS, content };
  const key = `${ACCOUNT} CreateTrafficMirrorFilter before`;
  await ec2.state.store.commit([{ table: 'clientTokens', key, value }]);
  await ec2.state.close();
  const after = await openEc2(t, { directory: ec2.directory });
  const values = { Description: 'old', ClientToken: 'before' };
  const answer = await after.ok('CreateTrafficMirrorFilter', values);
  t.match(answer, { ...content, clientToken: 'before' });
  const asked = await after.ok('CreateTrafficMirrorFilter', { ...values, Description: 'new' });
  t.match(asked.trafficMirrorFilter, { description: 'new' }, 'another request may be that of another user');
  after.now += DAY_MS;
  const created = await after.ok('CreateTrafficMirrorFilter', { ...values, ClientToken: 'other' });
  t.match(created.trafficMirrorFilter, { description: 'old' });
  t.equal(after.state.store.table('clientTokens').size, 1);
});

t.test('pages', async (t) => {
  const ec2 = await openEc2(t);
  const made: string[] = [];
  for (let index = 0; index < 23; index++) {
    const { trafficMirrorFilter } = await ec2.ok('CreateTrafficMirrorFilter', {
      Description: `filter ${index}`,
    });
    made.push(trafficMirrorFilter.trafficMirrorFilterId);
  }
  const seen: string[] = [];
  const sizes: number[] = [];
  let token: string | undefined;
  do {
    const page = await ec2.ok('DescribeTrafficMirrorFilters', {
      MaxResults: 5,
      ...(token !== undefined && { NextToken: token }),
    });
    const ids = page.trafficMirrorFilterSet.item.map(
      (item: { trafficMirrorFilterId: string }) => item.trafficMirrorFilterId,
    );
    seen.push(...ids);
    sizes.push(ids.length);
    // The last item of a page may be deleted before the next page is requested.
    await ec2.ok('DeleteTrafficMirrorFilter', { TrafficMirrorFilterId: ids.at(-1) });
    token = page.nextToken;
  } while (token !== undefined);
  t.same(seen, made, 'each once, in the order of creation');
  t.same(sizes, [5, 5, 5, 5, 3]);
  const page = await ec2.ok('DescribeTrafficMirrorFilters', { MaxResults: 5 });
  const foreign = { MaxResults: 5, NextToken: page.nextToken };
  t.equal(await ec2.code('DescribeTrafficMirrorTargets', foreign), 'InvalidPaginationToken');
});

t.test('filters of network interfaces', async (t) => {
  const ec2 = await openEc2(t);
  const rows = [
    { filter: ['status', 'in-use'], want: ['eni-web', 'eni-db'] },
    { filter: ['status', 'available'], want: ['eni-ids', 'eni-ids2'] },
    { filter: ['interface-type', 'interface'], want: ['eni-web', 'eni-db', 'eni-ids', 'eni-ids2'] },
    { filter: ['interface-type', 'gateway_load_balancer_endpoint'], want: [] },
    { filter: ['owner-id', ACCOUNT], want: ['eni-web', 'eni-db', 'eni-ids', 'eni-ids2'] },
    { filter: ['owner-id', OTHER_ACCOUNT], want: [] },
    { filter: ['private-ip-address', '10.9.*'], want: ['eni-ids', 'eni-ids2'] },
    // They have no tags.
    { filter: ['tag:team', '*'], want: [] },
    { filter: ['tag-key', '*'], want: [] },
  ] as const;
  for (const { filter, want } of rows) {
    const [name, value] = filter;
    const { networkInterfaceSet: set } = await ec2.ok('DescribeNetworkInterfaces', {
      'Filter.1.Name': name,
      'Filter.1.Value.1': value,
    });
    const items: { networkInterfaceId: string }[] = set === '' ? [] : set.item;
    t.same(
      items.map(({ networkInterfaceId }) => networkInterfaceId),
      want,
      `${name} ${value}`,
    );
  }
});

t.test('filters', async (t) => {
  const ec2 = await openEc2(t);
  for (const [description, team] of [
    ['web one', 'red'],
    ['web two', 'blue'],
    ['dns*', 'red'],
  ] as const) {
    await ec2.ok('CreateTrafficMirrorFilter', {
      Description: description,
      'TagSpecification.1.ResourceType': 'traffic-mirror-filter',
      'TagSpecification.1.Tag.1.Key': 'team',
      'TagSpecification.1.Tag.1.Value': team,
    });
  }
  const find = async (...filters: [name: string, ...values: string[]][]): Promise<string[]> => {
    const values = filters.flatMap(([name, ...wanted], filter) => [
      [`Filter.${filter + 1}.Name`, name],
      ...wanted.map((value, index) => [`Filter.${filter + 1}.Value.${index + 1}`, value]),
    ]);
    const { trafficMirrorFilterSet: set } = await ec2.ok(
      'DescribeTrafficMirrorFilters',
      Object.fromEntries(values),
    );
    return set === '' ? [] : set.item.map((item: { description: string }) => item.description);
  };
  t.same(await find(['description', 'web *']), ['web one', 'web two']);
  t.same(await find(['description', 'web ?wo', 'dns*']), ['web two', 'dns*'], 'one of the values is enough');
  t.same(await find(['description', 'Web*']), [], 'case counts');
  t.same(await find(['description', 'dns\\*']), ['dns*'], 'an escaped asterisk is one');
  t.same(await find(['tag:team', 'red'], ['description', 'web*']), ['web one'], 'every filter must fit');
  t.same(await find(['tag-key', 'te*']), ['web one', 'web two', 'dns*']);
  t.same(await find(['tag:constructor', '*']), []);
  t.same(
    await find(['description', '*'.repeat(500)]),
    ['web one', 'web two', 'dns*'],
    'many wildcards take no time',
  );
});

t.test('accounts see their own and shared resources', async (t) => {
  let shared = true;
  const ec2 = await openEc2(t, {
    shares: { isSharedWith: (_arn, accountId) => shared && accountId === OTHER_ACCOUNT },
  });
  const target = (await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }))
    .trafficMirrorTarget;
  const targetId = target.trafficMirrorTargetId;
  const mine = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter.trafficMirrorFilterId;
  const theirs = (await ec2.ok('CreateTrafficMirrorFilter', {}, OTHER_ACCOUNT)).trafficMirrorFilter;
  const found = await ec2.ok('DescribeTrafficMirrorTargets', {}, OTHER_ACCOUNT);
  t.same(found.trafficMirrorTargetSet.item, [target], 'the other account sees the shared target');
  t.equal(
    await ec2.code('DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: targetId }, OTHER_ACCOUNT),
    'UnauthorizedOperation',
  );
  const values = { NetworkInterfaceId: 'eni-other', TrafficMirrorTargetId: targetId, SessionNumber: 1 };
  t.equal(
    await ec2.code('CreateTrafficMirrorSession', { ...values, TrafficMirrorFilterId: mine }, OTHER_ACCOUNT),
    'InvalidTrafficMirrorFilterId.NotFound',
    'filters are not shared',
  );
  const session = (
    await ec2.ok(
      'CreateTrafficMirrorSession',
      { ...values, TrafficMirrorFilterId: theirs.trafficMirrorFilterId },
      OTHER_ACCOUNT,
    )
  ).trafficMirrorSession;
  const seen = await ec2.ok('DescribeTrafficMirrorSessions');
  const [{ state, stateReason, ...told }] = seen.trafficMirrorSessionSet.item;
  t.same(told, session, 'the owner of the target sees the session');
  t.same([state, stateReason.code], ['inactive', 'starting'], 'and what it does');
  t.equal(
    await ec2.code('DeleteTrafficMirrorSession', { TrafficMirrorSessionId: session.trafficMirrorSessionId }),
    'UnauthorizedOperation',
  );
  t.equal(ec2.applied.at(-1)?.trafficMirrorSessions.length, 1);
  shared = false;
  await ec2.state.store.commit([{ table: 'anyOtherTable', key: 'x', value: 1 }]);
  t.equal(ec2.applied.at(-1)?.trafficMirrorSessions.length, 0, 'without the share it is inactive');
  shared = true;
  await ec2.state.store.commit([{ table: 'anyOtherTable', key: 'x', value: 2 }]);
  t.equal(ec2.applied.at(-1)?.trafficMirrorSessions.length, 1);
  await ec2.ok('DeleteTrafficMirrorTarget', { TrafficMirrorTargetId: targetId });
  t.equal(ec2.applied.at(-1)?.trafficMirrorSessions.length, 0, 'its owner can take it back');
});

t.test('the configuration file', async (t) => {
  const file = `${INVENTORY}
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-file, networkInterfaceId: eni-ids }
trafficMirrorFilters:
  - { trafficMirrorFilterId: tmf-file }
trafficMirrorSessions:
  - { trafficMirrorSessionId: tms-file, networkInterfaceId: eni-web, trafficMirrorTargetId: tmt-file,
      trafficMirrorFilterId: tmf-file, sessionNumber: 5 }
`;
  const ec2 = await openEc2(t, { configuration: file });
  const create = (NetworkInterfaceId: string, SessionNumber: number) =>
    ec2.ok('CreateTrafficMirrorSession', {
      NetworkInterfaceId,
      SessionNumber,
      TrafficMirrorTargetId: 'tmt-file',
      TrafficMirrorFilterId: 'tmf-file',
    });
  await create('eni-web', 1);
  await create('eni-db', 1);
  const ids = (): string[] =>
    ec2.applied.at(-1)?.trafficMirrorSessions.map((s) => s.networkInterfaceId) ?? [];
  t.same(ids(), ['eni-web', 'eni-web', 'eni-db'], 'sessions of file and API run side by side');
  const described = await ec2.ok('DescribeTrafficMirrorSessions');
  t.equal(described.trafficMirrorSessionSet.item[0].trafficMirrorSessionId, 'tms-file', 'and are shown so');

  const declare = async (text: string): Promise<void> =>
    ec2.state.reload(
      { resources: resourcesOf(text), region: 'us-east-1', accountIds: [ACCOUNT] },
      async (resources) => {
        ec2.applied.push(resources);
        t.same(checkResources(resources, DEFAULT_QUOTAS), []);
      },
    );
  await declare(file.replace('sessionNumber: 5', 'sessionNumber: 1'));
  t.same(ids(), ['eni-web', 'eni-db'], 'a session of the file takes its number from one of the API');
  await declare(
    file
      .replace('tmt-file', 'tmt-x')
      .replace('trafficMirrorTargetId: tmt-file', 'trafficMirrorTargetId: tmt-x'),
  );
  t.same(ids(), ['eni-web'], 'a target that left the file leaves sessions inactive');
  await declare(file);
  t.same(ids(), ['eni-web', 'eni-web', 'eni-db']);
  await declare(file.replace('  - { networkInterfaceId: eni-db, device: veth1 }\n', ''));
  t.same(ids(), ['eni-web', 'eni-web']);
  await declare(file);
  t.same(ids(), ['eni-web', 'eni-web'], 'sessions go for good with their source');
  await t.rejects(
    ec2.state.reload(
      { resources: resourcesOf(INVENTORY), region: 'us-east-1', accountIds: [ACCOUNT] },
      async () => Promise.reject(new Error('no')),
    ),
    { message: 'no' },
  );
  t.equal(
    (await ec2.ok('DescribeTrafficMirrorTargets')).trafficMirrorTargetSet.item.length,
    1,
    'a refused file',
  );
});

t.test('a change that the engine refuses is undone', async (t) => {
  let refuses = false;
  const ec2 = await openEc2(t, {
    apply: async () => (refuses ? Promise.reject(new Error('no memory')) : undefined),
  });
  const target = (await ec2.ok('CreateTrafficMirrorTarget', { NetworkInterfaceId: 'eni-ids' }))
    .trafficMirrorTarget;
  const filter = (await ec2.ok('CreateTrafficMirrorFilter')).trafficMirrorFilter;
  const values = {
    NetworkInterfaceId: 'eni-web',
    SessionNumber: 1,
    TrafficMirrorTargetId: target.trafficMirrorTargetId,
    TrafficMirrorFilterId: filter.trafficMirrorFilterId,
    ClientToken: 'retry',
  };
  refuses = true;
  const { status, content } = await ec2.call('CreateTrafficMirrorSession', values);
  t.equal(status, 503);
  t.match(content.Errors.Error, {
    Code: 'ServiceUnavailable',
    Message: 'The change could not be made, and nothing was changed: the engine does not take it',
  });
  t.equal((await ec2.ok('DescribeTrafficMirrorSessions')).trafficMirrorSessionSet, '');
  refuses = false;
  await ec2.ok('CreateTrafficMirrorSession', values);
  await ec2.state.close();
  const again = await openEc2(t, { directory: ec2.directory });
  t.equal((await again.ok('DescribeTrafficMirrorSessions')).trafficMirrorSessionSet.item.length, 1);
});
