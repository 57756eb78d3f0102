/** Which lanes of a plan are opened. */
import t from 'tap';
import { lanesOf } from '../../src/plan/lanes.js';
import type { SourcePlan } from '../../src/plan/mirror-plan.js';
import { ENGINE_OPTIONS, sourcePlan } from '../fixtures/plans/builders.js';

const planOf = (...sources: SourcePlan[]) => ({
  sources,
  engine: ENGINE_OPTIONS,
  healthChecks: [],
});

t.test('lanes that are opened', async (t) => {
  const rows = [
    { name: 'ingress rules', input: [{ rules: [{}] }], want: ['ingress'] },
    { name: 'egress rules', input: [{ egress: [{}] }], want: ['egress'] },
    { name: 'both', input: [{ rules: [{}], egress: [{}] }], want: ['ingress', 'egress'] },
    {
      name: 'each in a session of its own',
      input: [{ egress: [{}] }, { rules: [{}] }],
      want: ['ingress', 'egress'],
    },
    {
      name: 'amazon-dns is mirrored in both directions',
      input: [{ amazonDns: true }],
      want: ['ingress', 'egress'],
    },
    { name: 'rejects alone want nothing', input: [{ rules: [{ reject: true as const }] }], want: [] },
    { name: 'no rules', input: [{}], want: [] },
    { name: 'no sessions', input: [], want: [] },
  ];
  for (const { name, input, want } of rows) {
    const lanes = lanesOf(planOf(sourcePlan(input)));
    t.same(
      lanes.map(({ direction }) => direction),
      want,
      name,
    );
  }
  const two = planOf(sourcePlan([{ rules: [{}] }]), sourcePlan([{ egress: [{}] }], { id: 'eni-2' }));
  t.same(
    lanesOf(two).map(({ source, direction }) => `${source.id} ${direction}`),
    ['eni-1 ingress', 'eni-2 egress'],
    'two sources',
  );
});
