import t, { type Test } from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import { buildPlan, type PlanInput } from '../../src/resources/build-plan.js';
import { PlanCache } from '../../src/resources/plan-cache.js';
import type { ResourceSet } from '../../src/resources/resource-set.js';

const TEXT = `
networkInterfaces:
  - { networkInterfaceId: eni-a, device: veth0 }
  - { networkInterfaceId: eni-b, device: veth1 }
  - { networkInterfaceId: eni-ids, address: 10.9.0.2, maximumBitsPerSecond: 1000000 }
networkLoadBalancers:
  - { networkLoadBalancerArn: nlb-ids, targets: [10.9.0.3, 10.9.0.4] }
trafficMirrorTargets:
  - { trafficMirrorTargetId: tmt-ids, networkInterfaceId: eni-ids }
  - { trafficMirrorTargetId: tmt-pool, networkLoadBalancerArn: nlb-ids }
trafficMirrorFilters:
  - { trafficMirrorFilterId: tmf-dns, networkServices: [amazon-dns] }
trafficMirrorSessions:
  - { trafficMirrorSessionId: tms-a, networkInterfaceId: eni-a, trafficMirrorTargetId: tmt-ids,
      trafficMirrorFilterId: tmf-dns, sessionNumber: 1, virtualNetworkId: 1 }
  - { trafficMirrorSessionId: tms-b, networkInterfaceId: eni-b, trafficMirrorTargetId: tmt-pool,
      trafficMirrorFilterId: tmf-dns, sessionNumber: 1, virtualNetworkId: 2 }
`;

function input(text = TEXT): PlanInput {
  const result = parseConfiguration(text, 'test.yaml');
  if (result.ok) return result.configuration;
  throw new Error(result.problems.map(formatProblem).join('\n'));
}

/** Builds the plan before and the plan after, with one cache. */
function change(t: Test, lists: (before: ResourceSet) => Partial<ResourceSet>) {
  const before = input();
  const after = { ...before, resources: { ...before.resources, ...lists(before.resources) } };
  const cache = new PlanCache();
  const { sources: old } = buildPlan(before, cache);
  const { sources: now } = buildPlan(after, cache);
  t.same(now, buildPlan(after).sources, 'as built without what is kept');
  t.equal(old.length, 2);
  t.equal(now.length, 2);
  return { now, isKept: now.map((source, index) => source === old[index]) };
}

t.test('a plan of the same resources is made of the same sources', async (t) => {
  t.same(change(t, () => ({})).isKept, [true, true]);
});

t.test('equal resources of a file that was read again give the same sources', async (t) => {
  t.same(change(t, () => input().resources).isKept, [true, true]);
});

t.test('a session that changes changes its source alone', async (t) => {
  const { now, isKept } = change(t, ({ trafficMirrorSessions }) => ({
    trafficMirrorSessions: [
      ...input(
        TEXT.replace('virtualNetworkId: 1 ', 'virtualNetworkId: 9 '),
      ).resources.trafficMirrorSessions.slice(0, 1),
      ...trafficMirrorSessions.slice(1),
    ],
  }));
  t.same(isKept, [false, true]);
  t.equal(now[0]?.sessions[0]?.vni, 9);
});

t.test('a receiver whose rate changes changes the sources of its targets alone', async (t) => {
  const { now, isKept } = change(t, ({ networkInterfaces }) => ({
    networkInterfaces: networkInterfaces.map((one) =>
      one.networkInterfaceId === 'eni-ids' ? { ...one, maximumBitsPerSecond: 2_000_000 } : one,
    ),
  }));
  t.same(isKept, [false, true]);
  t.same(now[0]?.sessions[0]?.limits, [{ name: 'networkInterfaceId eni-ids', bitsPerSecond: 2_000_000 }]);
});

t.test('a load balancer whose addresses change changes the sources of its targets alone', async (t) => {
  const { now, isKept } = change(t, ({ networkLoadBalancers }) => ({
    networkLoadBalancers: networkLoadBalancers.map((one) => ({ ...one, targets: one.targets.slice(1) })),
  }));
  t.same(isKept, [true, false]);
  t.equal(now[1]?.sessions[0]?.targetAddresses.length, 1);
});
