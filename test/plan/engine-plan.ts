/** How a plan is divided among engines. */
import t from 'tap';
import { enginePlansOf, workerIndex, workersOf } from '../../src/plan/engine-plan.js';
import { lanesOf } from '../../src/plan/lanes.js';
import type { MirrorPlan } from '../../src/plan/mirror-plan.js';
import { planChange } from '../../src/plan/plan-change.js';
import { ENGINE_OPTIONS, sourcePlan } from '../fixtures/plans/builders.js';

const SOURCES = [sourcePlan([{ rules: [{ protocol: 6 }], egress: [{ protocol: 17 }] }])];

function planOf(workers: number): MirrorPlan {
  return { sources: SOURCES, engine: { ...ENGINE_OPTIONS, workers }, healthChecks: [] };
}

t.test('one worker has everything, and knows of no share', async (t) => {
  const plans = [...enginePlansOf(planOf(1), 'ring')];
  t.same(
    plans.map(([key]) => key),
    ['ring'],
  );
  t.notOk(plans[0]![1].worker);
  t.equal(workerIndex(plans[0]![1]), 0);
});

t.test('several have every lane, and a share each', async (t) => {
  const plan = planOf(3);
  const plans = enginePlansOf(plan, 'ring');
  t.equal(plans.size, 3);
  t.same(
    [...plans.values()].map(({ worker }) => worker),
    [0, 1, 2].map((index) => ({ index, of: 3 })),
  );
  for (const [index, one] of [...plans.values()].entries()) {
    t.same(one.lanes, lanesOf(plan));
    t.same(planChange(undefined, one)?.worker, { index, of: 3 }, 'is told to the engine');
    t.equal(planChange(one, one), undefined);
  }
  t.same([...enginePlansOf(planOf(3), 'ring').keys()], [...plans.keys()], 'the same keys each time');
});

t.test('libpcap I/O has an engine for each lane, whatever the workers', async (t) => {
  t.equal(workersOf(planOf(3), 'libpcap'), 1);
  const plans = [...enginePlansOf(planOf(3), 'libpcap').values()];
  t.same(
    plans.map(({ lanes, worker }) => [lanes.length, worker]),
    [
      [1, undefined],
      [1, undefined],
    ],
  );
});
