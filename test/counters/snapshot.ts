/** Counters as plain named numbers. */
import t from 'tap';
import { LANE_LENGTH, SESSION_LENGTH, SESSION_SKIPPED_PACKETS } from '../../src/counters/layout.js';
import { readLane } from '../../src/counters/snapshot.js';

const lane = {
  sourceId: 'eni-1',
  direction: 'egress',
  base: 2,
  sessions: [
    { sessionId: 'tms-1', base: 2 + LANE_LENGTH },
    { sessionId: 'tms-2', base: 2 + LANE_LENGTH + SESSION_LENGTH },
  ],
} as const;

t.test('nothing counted: no reason and no type is listed', async (t) => {
  const values = new Float64Array(2 + LANE_LENGTH + 2 * SESSION_LENGTH);
  const nothing = { packets: 0, bytes: 0 };
  const session = {
    matched: nothing,
    mirrored: nothing,
    skipped: {},
    truncated: 0,
    cut: 0,
    segmented: 0,
    segments: 0,
    unsegmented: 0,
    fragmented: 0,
  };
  t.strictSame(readLane(values, lane), {
    sourceId: 'eni-1',
    direction: 'egress',
    read: nothing,
    ringDropped: 0,
    unmatched: 0,
    unparsable: 0,
    unmirrored: {},
    sessions: [
      { sessionId: 'tms-1', ...session },
      { sessionId: 'tms-2', ...session },
    ],
  });
});

t.test('every counter goes to its name', async (t) => {
  // The number of a place is its distance from the lane's base, so that each value below names its place.
  const values = Float64Array.from({ length: 2 + LANE_LENGTH + 2 * SESSION_LENGTH }, (_, index) => index - 2);
  const session = (first: number) => ({
    matched: { packets: first, bytes: first + 1 },
    mirrored: { packets: first + 2, bytes: first + 3 },
    truncated: first + 4,
    cut: first + 5,
    segmented: first + 6,
    segments: first + 7,
    unsegmented: first + 8,
    fragmented: first + 9,
    skipped: {
      backlog: { packets: first + 10, bytes: first + 19 },
      buffers: { packets: first + 11, bytes: first + 20 },
      'no-route': { packets: first + 12, bytes: first + 21 },
      refused: { packets: first + 13, bytes: first + 22 },
      permission: { packets: first + 14, bytes: first + 23 },
      'target-down': { packets: first + 15, bytes: first + 24 },
      oversize: { packets: first + 16, bytes: first + 25 },
      loop: { packets: first + 17, bytes: first + 26 },
      error: { packets: first + 18, bytes: first + 27 },
    },
  });
  t.strictSame(readLane(values, lane), {
    sourceId: 'eni-1',
    direction: 'egress',
    read: { packets: 0, bytes: 1 },
    unmatched: 2,
    unparsable: 3,
    ringDropped: 4,
    unmirrored: {
      arp: 5,
      dhcp: 6,
      'instance-metadata': 7,
      ntp: 8,
      'amazon-time-sync': 9,
      'windows-activation': 10,
    },
    sessions: [
      { sessionId: 'tms-1', ...session(11) },
      { sessionId: 'tms-2', ...session(39) },
    ],
  });
});

t.test('a reason is listed by its packets: a frame of no bytes counts', async (t) => {
  const values = new Float64Array(2 + LANE_LENGTH + 2 * SESSION_LENGTH);
  values[2 + LANE_LENGTH + SESSION_SKIPPED_PACKETS] = 1;
  t.strictSame(readLane(values, lane).sessions[0]?.skipped, { backlog: { packets: 1, bytes: 0 } });
});
