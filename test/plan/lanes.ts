/** Which lanes of a plan are opened. */
import t from 'tap';
import { enginePlansOf } from '../../src/plan/engine-plan.js';
import { deviceKey, lanesOf } from '../../src/plan/lanes.js';
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

t.test('a rate that changes opens nothing anew', async (t) => {
  const [source] = [sourcePlan([{ rules: [{}] }])];
  t.equal(deviceKey({ ...source, maximumBitsPerSecond: 1000 }), deviceKey(source));
});

t.test('engines that share a limit get equal parts of it', async (t) => {
  const limited = (id: string, limits: readonly string[]): SourcePlan => {
    const source = sourcePlan([{ rules: [{}], egress: [{}] }], { id, device: id });
    const named = limits.map((name) => ({ name, bitsPerSecond: 9001 }));
    const sessions = source.sessions.map((session) => ({ ...session, limits: named }));
    return { ...source, maximumBitsPerSecond: 8001, sessions };
  };
  const plan = planOf(limited('a', ['target t', 'target a']), limited('b', ['target t']));
  const engine = { ...plan.engine, maximumBitsPerSecond: 12_003 };
  const parts = [...enginePlansOf({ ...plan, engine }, 'libpcap').values()].map((part) => [
    part.engine.maximumBitsPerSecond,
    part.lanes[0]?.source.maximumBitsPerSecond,
    ...(part.lanes[0]?.source.sessions[0]?.limits ?? []).map(({ bitsPerSecond }) => bitsPerSecond),
  ]);
  t.strictSame(parts, [
    [3000, 4000, 2250, 4500],
    [3000, 4000, 2250, 4500],
    [3000, 4000, 2250],
    [3000, 4000, 2250],
  ]);
  const [whole] = enginePlansOf({ ...plan, engine }, 'ring').values();
  t.equal(whole?.engine.maximumBitsPerSecond, 12_003, 'one engine has it whole');
  t.equal(whole?.lanes[0]?.source.maximumBitsPerSecond, 8001);
});
