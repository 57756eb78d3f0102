/** Totals over the lives of an engine: exact, and never less than they were. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  type LaneCounts,
  REMOVED_SESSIONS,
  type RuleCount,
  type SessionCounts,
} from '../../src/counters/snapshot.js';
import { countsOf, LANE_COUNTS, SESSION_COUNTS } from '../../src/counters/table.js';
import { mergeGauges, mergeLanes, Totals } from '../../src/counters/totals.js';
import { flatten, laneCountsArbitrary } from '../fixtures/counters/lane-counts.js';

function lane(sourceId: string, unmatched: number, sessions: LaneCounts['sessions'] = []): LaneCounts {
  return {
    sourceId,
    direction: 'ingress',
    read: { packets: unmatched, bytes: 60 * unmatched },
    ...countsOf(LANE_COUNTS, () => 0),
    unmatched,
    unmirrored: {},
    latency: { microseconds: 10 * unmatched, blocks: { '0.001': unmatched } },
    sessions,
  };
}

t.test('of one engine and its successors', async (t) => {
  const totals = new Totals();
  const unmatched = (): number[] => totals.read().map((counts) => counts.unmatched);
  t.same(totals.read(), [], 'before the first report');
  totals.update([lane('eni-1', 5)]);
  totals.update([lane('eni-1', 7)]);
  t.same(unmatched(), [7], 'the newest report counts');
  totals.retire();
  t.same(unmatched(), [7], 'an engine that ended keeps what it counted');
  totals.retire();
  t.same(unmatched(), [7], 'one that ended before its first report adds nothing');
  totals.update([lane('eni-1', 2)]);
  t.same(unmatched(), [9], 'its successor adds to it');
  totals.update([lane('eni-2', 1)], [{ sourceId: 'eni-1', direction: 'ingress' }]);
  t.same(unmatched(), [9, 1], 'a lane that was taken out of the plan keeps what it counted');
  totals.update([lane('eni-1', 3), lane('eni-2', 1)]);
  t.same(unmatched(), [12, 1], 'and goes on from there when it is back');
});

t.test('of sessions that are no more', async (t) => {
  const session = (sessionId: string, packets: number) => ({
    sessionId,
    matched: { packets, bytes: 0 },
    mirrored: { packets, bytes: 0 },
    skipped: {},
    ...countsOf(SESSION_COUNTS, () => 0),
    rules: [{ ruleId: `${sessionId}/10`, packets }],
    services: {},
  });
  const totals = new Totals();
  const matched = (): Record<string, number> =>
    Object.fromEntries(
      totals
        .read()
        .flatMap(({ sessions }) => sessions.map((counts) => [counts.sessionId, counts.matched.packets])),
    );
  totals.update([lane('eni-1', 0, [session('tms-1', 5), session('tms-2', 7)])]);
  totals.update([lane('eni-1', 0, [session('tms-2', 8)])]);
  t.same(
    matched(),
    { 'tms-1': 5, 'tms-2': 8 },
    'a removed session is what it was while others still show it',
  );
  totals.keepOnly([{ sourceId: 'eni-1', direction: 'ingress', sessionIds: ['tms-2'] }]);
  t.same(matched(), { 'tms-2': 8, [REMOVED_SESSIONS]: 5 }, 'what a removed session counted stays in the sum');
  totals.update([lane('eni-1', 0, [session('tms-1', 1), session('tms-2', 8)])]);
  t.same(matched(), { 'tms-1': 1, 'tms-2': 8, [REMOVED_SESSIONS]: 5 }, 'one that is back counts from zero');
  totals.retire();
  totals.keepOnly([{ sourceId: 'eni-1', direction: 'ingress', sessionIds: ['tms-1'] }]);
  t.same(matched(), { 'tms-1': 1, [REMOVED_SESSIONS]: 13 }, 'also of engines that ended');
  totals.keepOnly([]);
  t.same(matched(), { [REMOVED_SESSIONS]: 14 });
  const [removed] = totals.read().flatMap(({ sessions }) => sessions);
  t.same(removed?.rules, [], 'by rule only while the rule is there');
  t.same(removed?.removedSessionIds, ['tms-2', 'tms-1'], 'by name, the last one at the end');
});

t.test('merging', async (t) => {
  const session = (sessionId: string, skipped: SessionCounts['skipped'], rules: RuleCount[] = []) => ({
    sessionId,
    matched: { packets: 3, bytes: 300 },
    mirrored: { packets: 2, bytes: 200 },
    skipped,
    // Each row its own number.
    ...countsOf(SESSION_COUNTS, (_, index) => index + 1),
    rules,
    services: { 'amazon-dns': 1 },
  });
  const before = [
    lane('eni-1', 1, [
      session('tms-1', { backlog: { packets: 1, bytes: 100 } }, [{ ruleId: '__proto__', packets: 1 }]),
    ]),
  ];
  const after = [
    lane('eni-1', 2, [
      session('tms-1', { backlog: { packets: 4, bytes: 50 }, refused: { packets: 1, bytes: 9 } }, [
        { ruleId: 'tmfr-20', packets: 4 },
        { ruleId: '__proto__', packets: 2 },
      ]),
      session('tms-2', {}),
    ]),
    { ...lane('eni-1', 8), direction: 'egress' as const },
  ];
  t.strictSame(mergeLanes(before, after), [
    lane('eni-1', 3, [
      {
        sessionId: 'tms-1',
        matched: { packets: 6, bytes: 600 },
        mirrored: { packets: 4, bytes: 400 },
        skipped: { backlog: { packets: 5, bytes: 150 }, refused: { packets: 1, bytes: 9 } },
        ...countsOf(SESSION_COUNTS, (_, index) => 2 * (index + 1)),
        rules: [
          { ruleId: '__proto__', packets: 3 },
          { ruleId: 'tmfr-20', packets: 4 },
        ],
        services: { 'amazon-dns': 2 },
      },
      session('tms-2', {}),
    ]),
    { ...lane('eni-1', 8), direction: 'egress' },
  ]);
  t.strictSame(
    before,
    [
      lane('eni-1', 1, [
        session('tms-1', { backlog: { packets: 1, bytes: 100 } }, [{ ruleId: '__proto__', packets: 1 }]),
      ]),
    ],
    'the arguments stay',
  );
});

t.test('never go back, and lose nothing, over any lives of an engine', async (t) => {
  const lives = fc.array(fc.array(laneCountsArbitrary, { maxLength: 4 }), { maxLength: 4 });
  const property = fc.property(lives, (all) => {
    const totals = new Totals();
    const wanted = new Map<string, number>();
    let last = flatten(totals.read());
    const check = (): void => {
      const now = flatten(totals.read());
      for (const [place, value] of last) assert.ok((now.get(place) ?? -1) >= value, `${place} went back`);
      last = now;
    };
    for (const increments of all) {
      let counts: LaneCounts[] = [];
      for (const increment of increments) {
        counts = mergeLanes(counts, increment);
        for (const [place, value] of flatten(increment)) wanted.set(place, (wanted.get(place) ?? 0) + value);
        totals.update(counts);
        check();
      }
      totals.retire();
      check();
    }
    assert.deepEqual(last, wanted);
  });
  fc.assert(property, { numRuns: 500 });
  t.pass();
});

t.test('gauges of engines that share a lane', async (t) => {
  const one = { sourceId: 'eni-1', direction: 'ingress' as const, ringFill: 0.5, behindSeconds: 0 };
  const rings = { ringBytes: 3, ringWantedBytes: 4 };
  const egress = { ...one, ...rings, direction: 'egress' as const };
  const merged = mergeGauges([
    { ...one, ...rings },
    egress,
    { ...one, ringFill: 0.25, behindSeconds: 2, ringBytes: 5, ringWantedBytes: 5 },
  ]);
  t.strictSame(
    [...merged.values()],
    [{ ...one, behindSeconds: 2, ringBytes: 8, ringWantedBytes: 9 }, egress],
    'the fullest ring, the longest delay, all bytes',
  );
});

t.test('names of sessions that are no more are bounded', async (t) => {
  const totals = new Totals();
  for (let index = 0; index < 1000; index++) {
    const session = {
      sessionId: `tms-${index}`,
      matched: { packets: 1, bytes: 0 },
      mirrored: { packets: 1, bytes: 0 },
      skipped: {},
      ...countsOf(SESSION_COUNTS, () => 0),
      rules: [],
      services: {},
    };
    totals.update([lane('eni-1', 0, [session])]);
    totals.update([lane('eni-1', 0, [])]);
    totals.keepOnly([{ sourceId: 'eni-1', direction: 'ingress', sessionIds: [] }]);
  }
  const [removed] = totals.read().flatMap(({ sessions }) => sessions);
  t.equal(removed?.matched.packets, 1000, 'their counts are all there');
  t.same(
    removed?.removedSessionIds,
    Array.from({ length: 20 }, (_, index) => `tms-${980 + index}`),
  );
});

t.test('names of the same session in several engines', async (t) => {
  const session = (sessionId: string, removedSessionIds?: string[]) => ({
    sessionId,
    ...(removedSessionIds && { removedSessionIds }),
    matched: { packets: 1, bytes: 0 },
    mirrored: { packets: 1, bytes: 0 },
    skipped: {},
    ...countsOf(SESSION_COUNTS, () => 0),
    rules: [],
    services: {},
  });
  const merged = mergeLanes(
    [lane('eni-1', 0, [session(REMOVED_SESSIONS, ['tms-1', 'tms-2'])])],
    [lane('eni-1', 0, [session(REMOVED_SESSIONS, ['tms-2', 'tms-3'])])],
  );
  t.match(merged[0]?.sessions, [{ matched: { packets: 2 }, removedSessionIds: ['tms-1', 'tms-2', 'tms-3'] }]);
});

t.test('of a source that came and went by itself', async (t) => {
  const totals = new Totals();
  const ids = (): string[] => totals.read().map(({ sourceId }) => sourceId);
  const gone = { sourceId: 'eni-gone', direction: 'ingress' as const };
  totals.update([lane('eni-1', 5), lane('eni-gone', 3)]);
  totals.drop([gone]);
  t.same(ids(), ['eni-1']);
  totals.update([lane('eni-1', 6), lane('eni-gone', 4)]);
  t.same(ids(), ['eni-1'], 'a report that was on its way brings nothing back');
  totals.update([lane('eni-1', 6)], [gone]);
  t.same(ids(), ['eni-1'], 'nor does the last one');
  totals.update([lane('eni-gone', 1)]);
  t.same(ids(), ['eni-1', 'eni-gone'], 'a new one of the name counts');
  totals.drop([gone]);
  totals.readmit([gone]);
  totals.update([lane('eni-gone', 2)]);
  t.same(
    totals.read().map(({ unmatched }) => unmatched),
    [6, 2],
    'also when it comes back before the engine has told of its end',
  );
});
