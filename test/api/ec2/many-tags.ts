/** CreateTags for as many resources as a request may name: in slices, and all or nothing. */
import t from 'tap';
import { ACCOUNT, type Ec2Fixture, openEc2, type Values } from '../../fixtures/api/ec2.js';
import { LoopHolds } from '../../fixtures/loop-holds.js';

const COUNT = 1000;

const idOf = (index: number): string => `tmf-0${String(index).padStart(16, '0')}`;

async function addFilters({ state }: Ec2Fixture): Promise<void> {
  const changes = Array.from({ length: COUNT }, (_, index) => {
    const trafficMirrorFilterId = idOf(index);
    const rules = { ingressFilterRules: [], egressFilterRules: [] };
    const resource = { trafficMirrorFilterId, networkServices: [], ...rules, tags: {} };
    const value = { ownerId: ACCOUNT, order: index + 1, resource };
    return { table: 'filters', key: trafficMirrorFilterId, value };
  });
  await state.store.commit(changes);
}

function tagAll(tags: number): Values {
  return Object.fromEntries([
    ...Array.from({ length: COUNT }, (_, index) => [`ResourceId.${index + 1}`, idOf(index)]),
    ...Array.from({ length: tags }, (_, index) => [`Tag.${index + 1}.Key`, `key ${index}`]),
  ]);
}

const tagsOf = ({ state }: Ec2Fixture, index: number): string[] =>
  Object.keys(state.catalog.find('filters', idOf(index))?.resource.tags ?? {});

t.test('changes that others make meanwhile are kept', async (t) => {
  let judged = 0;
  let meanwhile: () => void = () => {};
  const ec2 = await openEc2(t, {
    authorize: (_principal, action) => {
      if (action === 'ec2:CreateTags' && ++judged === COUNT / 2) meanwhile();
      return 'allow';
    },
  });
  await addFilters(ec2);
  const others: Promise<unknown>[] = [];
  meanwhile = () => {
    const mine = { 'ResourceId.1': idOf(0), 'Tag.1.Key': 'mine' };
    others.push(
      ec2.ok('ModifyTrafficMirrorFilterNetworkServices', {
        TrafficMirrorFilterId: idOf(0),
        'AddNetworkService.1': 'amazon-dns',
      }),
    );
    others.push(ec2.ok('CreateTags', { ...mine, 'Tag.1.Key': 'other' }));
  };
  await ec2.ok('CreateTags', tagAll(2));
  await Promise.all(others);
  t.same(tagsOf(ec2, 0), ['key 0', 'key 1', 'other']);
  t.same(ec2.state.catalog.find('filters', idOf(0))?.resource.networkServices, ['amazon-dns']);
  t.same(tagsOf(ec2, COUNT - 1), ['key 0', 'key 1']);
  t.ok(judged > COUNT + 1, 'what was changed is judged again');
});

t.test('all or nothing', async (t) => {
  const ec2 = await openEc2(t);
  await addFilters(ec2);
  const values = { ...tagAll(1), [`ResourceId.${COUNT}`]: 'tmf-0ffff' };
  t.equal(await ec2.code('CreateTags', values), 'InvalidTrafficMirrorFilterId.NotFound');
  t.same(tagsOf(ec2, 0), []);
  const holds = new LoopHolds();
  t.equal(await ec2.code('CreateTags', { ...tagAll(50), DryRun: true }), 'DryRunOperation');
  t.ok(holds.end() < 60, 'and nothing waits for long');
});
