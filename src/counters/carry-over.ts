/** What was counted so far, moved to another layout. */
import { LANE_LENGTH, SESSION_LENGTH } from './layout.js';
import type { LaneBases } from './snapshot.js';

/** A block of counters and where in it is what. */
export interface CountedBlock {
  readonly values: Float64Array;
  readonly lanes: readonly LaneBases[];
}

/** Copies the counts of each lane and session that is in both blocks; the others stay as they are. */
export function carryOver(from: CountedBlock, to: CountedBlock): void {
  const copy = (length: number, source: number, destination: number): void =>
    to.values.set(from.values.subarray(source, source + length), destination);
  const lanes = new Map(from.lanes.map((lane) => [`${lane.direction} ${lane.sourceId}`, lane]));
  for (const lane of to.lanes) {
    const earlier = lanes.get(`${lane.direction} ${lane.sourceId}`);
    if (earlier === undefined) continue;
    copy(LANE_LENGTH, earlier.base, lane.base);
    const sessions = new Map(earlier.sessions.map(({ sessionId, base }) => [sessionId, base]));
    for (const { sessionId, base } of lane.sessions) {
      const earlierBase = sessions.get(sessionId);
      if (earlierBase !== undefined) copy(SESSION_LENGTH, earlierBase, base);
    }
  }
}
