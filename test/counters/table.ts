/** A row of the table is a counter everywhere: in the block, in `status`, in sums and in what people read. */
import t from 'tap';
import { formatLaneCounts } from '../../src/cli/status.js';
import { Counters } from '../../src/counters/counters.js';
import * as layout from '../../src/counters/layout.js';
import { type LaneCounts, readLane } from '../../src/counters/snapshot.js';
import { LANE_COUNTS, SESSION_COUNTS } from '../../src/counters/table.js';
import { mergeLanes } from '../../src/counters/totals.js';
import { flatten } from '../fixtures/counters/lane-counts.js';

const SESSION_BASE = layout.LANE_LENGTH;

/** What is read when nothing was counted but this. */
function countsWith(index: number, value: number): LaneCounts {
  const { values } = new Counters(layout.LANE_LENGTH + layout.SESSION_LENGTH);
  values[index] = value;
  const sessions = [{ sessionId: 'tms-1', base: SESSION_BASE, outcomes: [], outcomesBase: 0 }];
  return readLane(values, { sourceId: 'eni-1', direction: 'ingress', base: 0, outcomesBase: 0, sessions });
}

/** What is not zero, by its place. */
function nonZero(lanes: readonly LaneCounts[]): [string, number][] {
  return [...flatten(lanes)].filter(([, value]) => value !== 0);
}

const rows = [
  ...LANE_COUNTS.map((row, index) => ({
    row,
    place: layout.LANE_COUNTED + index,
    name: `ingress eni-1/${row.name}`,
  })),
  ...SESSION_COUNTS.map((row, index) => ({
    row,
    place: SESSION_BASE + layout.SESSION_COUNTED + index,
    name: `ingress eni-1/tms-1/${row.name}`,
  })),
];

for (const { row, place, name } of rows) {
  t.test(name, async (t) => {
    const counts = countsWith(place, 7);
    t.same(nonZero([counts]), [[name, 7]], 'is read, and nothing else');
    t.same(nonZero(mergeLanes([counts], [countsWith(place, 5)])), [[name, 12]], 'is added up');
    const lines = formatLaneCounts(counts).join('\n');
    if ('note' in row) t.match(lines, row.note, 'is noted where it is not zero');
    if ('note' in row) t.notMatch(formatLaneCounts(countsWith(place, 0)).join('\n'), row.note);
  });
}

t.test('no two rows have the same name or family', async (t) => {
  const all = [...LANE_COUNTS, ...SESSION_COUNTS];
  t.equal(new Set(all.map(({ name }) => name)).size, all.length);
  t.equal(new Set(all.map(({ metric }) => metric)).size, all.length);
});
