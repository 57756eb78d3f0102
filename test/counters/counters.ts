/** The block that the data path increments, and the places in it. */
import t from 'tap';
import { Counters } from '../../src/counters/counters.js';
import * as layout from '../../src/counters/layout.js';
import { LATENCY_BUCKETS } from '../../src/counters/layout.js';
import { SKIP_INDEX, SKIP_REASONS } from '../../src/counters/skip-reason.js';
import { UNMIRRORED_TYPES } from '../../src/plan/mirror-plan.js';

t.test('places do not overlap and fill their run', async (t) => {
  const lane = [
    layout.LANE_READ_PACKETS,
    layout.LANE_READ_BYTES,
    layout.LANE_UNMATCHED,
    layout.LANE_UNPARSABLE,
    layout.LANE_RING_DROPPED,
    ...UNMIRRORED_TYPES.map((_, index) => layout.LANE_UNMIRRORED + index),
    layout.LANE_LATENCY_MICROSECONDS,
    ...LATENCY_BUCKETS.map((_, index) => layout.LANE_LATENCY + index),
    layout.LANE_RING_FILL,
    layout.LANE_RING_BYTES,
    layout.LANE_RING_WANTED_BYTES,
    layout.LANE_BEHIND,
  ];
  const session = [
    layout.SESSION_MATCHED_PACKETS,
    layout.SESSION_MATCHED_BYTES,
    layout.SESSION_MIRRORED_PACKETS,
    layout.SESSION_MIRRORED_BYTES,
    layout.SESSION_TRUNCATED,
    layout.SESSION_CUT,
    layout.SESSION_SEGMENTED,
    layout.SESSION_SEGMENTS,
    layout.SESSION_UNSEGMENTED,
    layout.SESSION_FRAGMENTED,
    ...SKIP_REASONS.map((_, index) => layout.SESSION_SKIPPED_PACKETS + index),
    ...SKIP_REASONS.map((_, index) => layout.SESSION_SKIPPED_BYTES + index),
  ];
  t.same(sorted(lane), upTo(layout.LANE_LENGTH), 'lane');
  t.same(sorted(session), upTo(layout.SESSION_LENGTH), 'session');
});

t.test('every reason has its index', async (t) => {
  t.same(
    SKIP_REASONS.map((reason) => SKIP_INDEX[reason]),
    upTo(SKIP_REASONS.length),
  );
});

t.test('a copy is counted in its session and nowhere else', async (t) => {
  const base = 3;
  const rows = [
    {
      name: 'mirrored',
      count: (counters: Counters) => counters.mirrored(base, 60),
      want: { [base + layout.SESSION_MIRRORED_PACKETS]: 1, [base + layout.SESSION_MIRRORED_BYTES]: 60 },
    },
    ...SKIP_REASONS.map((reason, index) => ({
      name: `skipped, ${reason}`,
      count: (counters: Counters) => counters.skipped(base, SKIP_INDEX[reason], 1514),
      want: {
        [base + layout.SESSION_SKIPPED_PACKETS + index]: 1,
        [base + layout.SESSION_SKIPPED_BYTES + index]: 1514,
      },
    })),
  ];
  for (const { name, count, want } of rows) {
    const counters = new Counters(base + layout.SESSION_LENGTH);
    count(counters);
    t.same(counted(counters), want, name);
    count(counters);
    const twice = Object.fromEntries(Object.entries(want).map(([place, value]) => [place, 2 * value]));
    t.same(counted(counters), twice, `${name}, twice`);
  }
});

t.test('how long a block took is counted in one bucket, by its upper bound', async (t) => {
  const base = 5;
  const rows = [
    { input: 0, want: '0.0001' },
    { input: 100, want: '0.0001' },
    { input: 101, want: '0.0002' },
    { input: 1000, want: '0.001' },
    { input: 1_999_999, want: '2' },
    { input: 2_000_001, want: '+Inf' },
  ];
  for (const { input, want } of rows) {
    const counters = new Counters(base + layout.LANE_LENGTH);
    counters.delayed(base, input);
    const place = base + layout.LANE_LATENCY + LATENCY_BUCKETS.indexOf(want);
    const sum = base + layout.LANE_LATENCY_MICROSECONDS;
    t.same(counted(counters), { ...(input > 0 && { [sum]: input }), [place]: 1 }, `${input} µs`);
  }
});

t.test('counts stay exact beyond 32 bits', async (t) => {
  const counters = new Counters(layout.SESSION_LENGTH);
  counters.values[layout.SESSION_MIRRORED_BYTES] = 2 ** 50 + 1;
  counters.mirrored(0, 65535);
  t.equal(counters.values[layout.SESSION_MIRRORED_BYTES], 2 ** 50 + 65536);
});

/** What is not 0, by place. */
function counted({ values }: Counters): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== 0));
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}

function upTo(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

t.test('copies in a row: each with its session, also where their numbers wrap around', async (t) => {
  const MOST = 0x7fff_ffff;
  const two = layout.SESSION_LENGTH;
  const bases = Int32Array.of(0, 0, two, 0);
  const bytes = Int32Array.of(1, 10, 100, 1000);
  const counted = (from: number, to: number) => {
    const counters = new Counters(2 * layout.SESSION_LENGTH);
    counters.allMirrored(bases, bytes, from, to, bases.length - 1);
    return [0, two].flatMap((base) => [
      counters.values[base + layout.SESSION_MIRRORED_PACKETS],
      counters.values[base + layout.SESSION_MIRRORED_BYTES],
    ]);
  };
  t.same(counted(0, 4), [3, 1011, 1, 100]);
  t.same(counted(1, 3), [1, 10, 1, 100], 'a part');
  t.same(counted(2, 2), [0, 0, 0, 0], 'none');
  t.same(counted(3, 6), [3, 1011, 0, 0], 'around the end of the lists');
  t.same(counted(MOST, (MOST + 4) | 0), [3, 1011, 1, 100], 'around the last number');
});
