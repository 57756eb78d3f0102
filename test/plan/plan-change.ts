/** Plans as differences: what is sent, and that any sequence of them is the last plan. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { Counters } from '../../src/counters/counters.js';
import { readLane } from '../../src/counters/snapshot.js';
import { CountedLanes } from '../../src/engine/counted-lanes.js';
import { FilterCache } from '../../src/engine/filter-cache.js';
import { compile } from '../../src/match/compile.js';
import type { EnginePlan } from '../../src/plan/engine-plan.js';
import { type LanePlan, laneKey, lanesOf } from '../../src/plan/lanes.js';
import type { SourcePlan } from '../../src/plan/mirror-plan.js';
import { type PlannedSource, planChange, sourcesIn } from '../../src/plan/plan-change.js';
import { ENGINE_OPTIONS, sourcePlan } from '../fixtures/plans/builders.js';

function planOf(sources: readonly SourcePlan[], changes: Partial<EnginePlan> = {}): EnginePlan {
  const lanes = lanesOf({ sources, engine: ENGINE_OPTIONS, healthChecks: [] });
  return { io: 'ring', lanes, targetAddresses: ['10.9.0.2'], engine: ENGINE_OPTIONS, ...changes };
}

function source(index: number, protocol: number): SourcePlan {
  return sourcePlan([{ rules: [{ protocol }], egress: [{ protocol: 6 }] }], {
    id: `eni-${index}`,
    device: `veth${index}`,
  });
}

t.test('only what changed', async (t) => {
  const all = [0, 1, 2].map((index) => source(index, 6));
  const before = planOf(all);
  t.equal(planChange(before, planOf(all)), undefined, 'the same');
  t.equal(planChange(before, structuredClone(before)), undefined, 'an equal one');
  const changed = planChange(before, planOf([all[0]!, source(1, 17), source(3, 6)]));
  t.same(
    changed?.put.map((put) => put.source.id),
    ['eni-1', 'eni-3'],
  );
  t.same(changed?.removed, ['eni-2']);
  t.same(planChange(before, planOf(all, { targetAddresses: [] }))?.put, [], 'other addresses alone');
});

t.test('rules that sources share are sent once, and compiled once', async (t) => {
  const [first] = [source(0, 6)];
  const shared = Array.from({ length: 50 }, (_, index) => ({
    ...first,
    id: `eni-${index}`,
    device: `veth${index}`,
  }));
  const change = planChange(undefined, planOf(shared))!;
  t.ok(change.rules.length <= 2, `${change.rules.length} lists`);
  const filters = new FilterCache();
  const received = sourcesIn(JSON.parse(JSON.stringify(change)), filters.intern);
  const lanes = lanesIn(received);
  const compiled = new Set(lanes.map((lane) => filters.of(lane)));
  t.equal(lanes.length, 100);
  t.equal(compiled.size, 2, 'one for each direction');
  filters.keepOnly(lanes);
  t.equal(filters.size, 2);
});

t.test('filters that are no longer used are forgotten', async (t) => {
  const filters = new FilterCache();
  for (let round = 0; round < 500; round++) {
    const received = sourcesIn(planChange(undefined, planOf([source(0, round % 256)]))!, (rules) =>
      filters.intern([{ ...rules[0]!, ruleNumber: round + 1 }]),
    );
    const lanes = lanesIn(received);
    for (const lane of lanes) filters.of(lane);
    filters.keepOnly(lanes);
  }
  t.ok(filters.size < 100, `${filters.size} are kept`);
});

/** What an engine keeps of its plan. */
class Applied {
  readonly sources = new Map<string, PlannedSource>();
  readonly filters = new FilterCache();
  readonly counters = new Counters(0);
  readonly counted = new CountedLanes(this.counters);
  readonly bases = new Map<string, ReturnType<CountedLanes['take']>>();

  apply(before: EnginePlan | undefined, after: EnginePlan, isRefused: boolean): void {
    const change = planChange(before, after);
    if (change === undefined) return;
    const put = sourcesIn(JSON.parse(JSON.stringify(change)), this.filters.intern);
    const bases = lanesIn(put).map((lane) => this.counted.take(lane));
    if (isRefused) {
      this.counted.giveBack(bases);
      return;
    }
    const touched = new Set([...change.removed, ...put.map((planned) => planned.source.id)]);
    for (const id of touched) this.sources.delete(id);
    for (const planned of put) this.sources.set(planned.source.id, planned);
    const layout = this.counted.commit(bases, touched);
    for (const lane of layout.removed) this.bases.delete(laneKey(lane));
    for (const lane of layout.put) this.bases.set(laneKey(lane), lane);
  }
}

function lanesIn(planned: Iterable<PlannedSource>): LanePlan[] {
  return [...planned].flatMap(({ source, directions }) =>
    directions.map((direction) => ({ source, direction })),
  );
}

t.test('any sequence of differences is the last plan: lanes, filters, counters', async (t) => {
  const plans = fc.array(
    fc.record({
      sources: fc.uniqueArray(fc.record({ index: fc.nat(5), protocol: fc.constantFrom(1, 6, 17) }), {
        selector: ({ index }) => index,
      }),
      isRefused: fc.boolean(),
    }),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(plans, (all) => {
      const engine = new Applied();
      let before: EnginePlan | undefined;
      /** What each lane was counted, since it is there. */
      const counts = new Map<string, number>();
      for (const { sources, isRefused } of all) {
        const after = planOf(sources.map(({ index, protocol }) => source(index, protocol)));
        engine.apply(before, after, isRefused);
        if (!isRefused) before = after;
        const wanted = before === undefined ? [] : before.lanes;
        const keys = new Set(
          wanted.map((lane) => laneKey({ sourceId: lane.source.id, direction: lane.direction })),
        );
        for (const key of counts.keys()) if (!keys.has(key)) counts.delete(key);
        assert.deepEqual([...engine.bases.keys()].sort(), [...keys].sort());
        const found = new Map(
          lanesIn(engine.sources.values()).map((lane) => [
            laneKey({ sourceId: lane.source.id, direction: lane.direction }),
            lane,
          ]),
        );
        for (const lane of wanted) {
          const key = laneKey({ sourceId: lane.source.id, direction: lane.direction });
          const applied = found.get(key)!;
          assert.deepEqual(applied.source, lane.source);
          assert.equal(
            engine.filters.of(applied).javascript,
            compile(lane.source, lane.direction).javascript,
          );
          const bases = engine.bases.get(key)!;
          const { read, sessions, unmatched } = readLane(engine.counters.values, bases);
          assert.equal(
            read.packets,
            counts.get(key) ?? 0,
            'a lane that stays goes on, a new one begins at zero',
          );
          assert.equal(unmatched, 0, 'no other lane counts here');
          assert.deepEqual(
            sessions.map(({ sessionId }) => sessionId),
            lane.source.sessions.map(({ id }) => id),
          );
          engine.counters.values[bases.base]! += 1;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
      }
    }),
    { numRuns: 300 },
  );
  t.pass();
});
