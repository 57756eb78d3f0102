/** What a change of the counters' layout tells: the last counts of what is gone, and nothing of what goes on. */
import t from 'tap';
import { Counters } from '../../src/counters/counters.js';
import { LANE_READ_PACKETS } from '../../src/counters/layout.js';
import { CountedLanes } from '../../src/engine/counted-lanes.js';
import type { LanePlan } from '../../src/plan/lanes.js';
import { sourcePlan } from '../fixtures/plans/builders.js';

const ONE = { rules: [{ protocol: 6 }] };

function laneOf(...sessions: (typeof ONE)[]): LanePlan {
  return { source: sourcePlan(sessions), direction: 'ingress' };
}

t.test('a lane that goes on', async (t) => {
  const counters = new Counters(0);
  const counted = new CountedLanes(counters);
  const lane = laneOf(ONE, ONE);
  const ids = new Set([lane.source.id]);
  const first = counted.take(lane);
  counted.commit([first], ids);
  counters.values[first.base + LANE_READ_PACKETS] = 7;

  const second = counted.take(laneOf({ rules: [{ protocol: 17 }, { protocol: 6 }] }, ONE));
  t.not(second.base, first.base, 'another piece');
  t.match(counted.commit([second], ids), { last: [], removed: [] }, 'it has lost no session');
  t.equal(counters.values[second.base + LANE_READ_PACKETS], 7, 'it counts on');

  const third = counted.take(laneOf(ONE));
  t.match(counted.commit([third], ids), {
    last: [{ sourceId: lane.source.id, read: { packets: 7 }, sessions: { length: 2 } }],
    removed: [],
  });
  t.match(counted.commit([], ids), {
    last: [{ read: { packets: 7 }, sessions: { length: 1 } }],
    removed: [{ sourceId: lane.source.id, direction: 'ingress' }],
  });
});

t.test('a lane of which a rule changes that is counted as before', async (t) => {
  const counters = new Counters(0);
  const counted = new CountedLanes(counters);
  const ids = new Set([laneOf(ONE).source.id]);
  const first = counted.take(laneOf(ONE, ONE));
  counted.commit([first], ids);
  counters.values[first.base + LANE_READ_PACKETS] = 7;

  const second = counted.take(laneOf({ rules: [{ protocol: 17 }] }, ONE));
  t.equal(second, first, 'stays where it is');
  counted.giveBack([second]);
  const other = counted.take({ ...laneOf(ONE), direction: 'egress' });
  t.not(other.base, first.base, 'a change that is refused does not give its piece to others');
  t.same(counted.commit([second, other], ids), { put: [other], removed: [], last: [] });
  t.equal(counters.values[first.base + LANE_READ_PACKETS], 7);

  t.match(counted.commit([], ids).removed.length, 2);
});
