/** Counters as plain named numbers. */
import t from 'tap';
import {
  LANE_LENGTH,
  LATENCY_BUCKETS,
  SESSION_LENGTH,
  SESSION_SKIPPED_PACKETS,
} from '../../src/counters/layout.js';
import { SKIP_REASONS } from '../../src/counters/skip-reason.js';
import { readGauges, readLane } from '../../src/counters/snapshot.js';
import { countsOf, LANE_COUNTS, SESSION_COUNTS } from '../../src/counters/table.js';

const OUTCOMES = 2 + LANE_LENGTH + 2 * SESSION_LENGTH;
const lane = {
  sourceId: 'eni-1',
  direction: 'egress',
  base: 2,
  outcomesBase: OUTCOMES,
  sessions: [
    {
      sessionId: 'tms-1',
      base: 2 + LANE_LENGTH,
      outcomes: [
        { sessionIndex: 0, kind: 'service', service: 'amazon-dns' },
        { sessionIndex: 0, kind: 'rule', ruleId: 'tmfr-10' },
      ],
      outcomesBase: OUTCOMES,
    },
    {
      sessionId: 'tms-2',
      base: 2 + LANE_LENGTH + SESSION_LENGTH,
      outcomes: [{ sessionIndex: 1, kind: 'rule', ruleId: '__proto__' }],
      outcomesBase: OUTCOMES + 2,
    },
  ],
} as const;
const LENGTH = OUTCOMES + 3;

t.test('nothing counted: no reason and no type is listed', async (t) => {
  const values = new Float64Array(LENGTH);
  const nothing = { packets: 0, bytes: 0 };
  const session = {
    matched: nothing,
    mirrored: nothing,
    skipped: {},
    ...countsOf(SESSION_COUNTS, () => 0),
    rules: [],
    services: {},
  };
  t.strictSame(readLane(values, lane), {
    sourceId: 'eni-1',
    direction: 'egress',
    read: nothing,
    ...countsOf(LANE_COUNTS, () => 0),
    unmirrored: {},
    latency: { microseconds: 0, blocks: {} },
    sessions: [
      { sessionId: 'tms-1', ...session },
      { sessionId: 'tms-2', ...session },
    ],
  });
});

t.test('every counter goes to its name', async (t) => {
  // The number of a place is its distance from the lane's base, so that each value below names its place.
  const values = Float64Array.from({ length: LENGTH }, (_, index) => index - 2);
  const skippedAt = (first: number): number => first + 4 + SESSION_COUNTS.length;
  const session = (first: number) => ({
    matched: { packets: first, bytes: first + 1 },
    mirrored: { packets: first + 2, bytes: first + 3 },
    ...countsOf(SESSION_COUNTS, (_, index) => first + 4 + index),
    skipped: Object.fromEntries(
      SKIP_REASONS.map((reason, index) => [
        reason,
        { packets: skippedAt(first) + index, bytes: skippedAt(first) + SKIP_REASONS.length + index },
      ]),
    ),
  });
  t.strictSame(readLane(values, lane), {
    sourceId: 'eni-1',
    direction: 'egress',
    read: { packets: 0, bytes: 1 },
    ...countsOf(LANE_COUNTS, (_, index) => 2 + index),
    unmirrored: {
      arp: 5,
      dhcp: 6,
      'instance-metadata': 7,
      ntp: 8,
      'amazon-time-sync': 9,
      'windows-activation': 10,
    },
    latency: {
      microseconds: 11,
      blocks: Object.fromEntries(LATENCY_BUCKETS.map((bound, index) => [bound, 12 + index])),
    },
    sessions: [
      {
        sessionId: 'tms-1',
        ...session(33),
        rules: [{ ruleId: 'tmfr-10', packets: OUTCOMES - 1 }],
        services: { 'amazon-dns': OUTCOMES - 2 },
      },
      {
        sessionId: 'tms-2',
        ...session(33 + SESSION_LENGTH),
        rules: [{ ruleId: '__proto__', packets: OUTCOMES }],
        services: {},
      },
    ],
  });
  t.strictSame(readGauges(values, lane), {
    sourceId: 'eni-1',
    direction: 'egress',
    ringFill: 29,
    ringBytes: 30,
    ringWantedBytes: 31,
    behindSeconds: 32,
  });
});

t.test('a reason is listed by its packets: a frame of no bytes counts', async (t) => {
  const values = new Float64Array(LENGTH);
  values[2 + LANE_LENGTH + SESSION_SKIPPED_PACKETS] = 1;
  t.strictSame(readLane(values, lane).sessions[0]?.skipped, { backlog: { packets: 1, bytes: 0 } });
});
