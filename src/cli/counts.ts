/** Counts of a lane as lines for a person; the sums of each line can be checked against the one above it. */
import type { LaneCounts, SessionCounts } from '../counters/snapshot.js';
import { LANE_COUNTS, SESSION_COUNTS } from '../counters/table.js';

export function formatLaneCounts(lane: LaneCounts): string[] {
  const matched = lane.sessions.reduce((sum, session) => sum + session.matched.packets, 0);
  const unmirrored = Object.entries(lane.unmirrored).map(([type, count]) => `${count} ${type}`);
  const terms = LANE_COUNTS.flatMap((row) => ('note' in row ? [] : [` + ${row.name} ${lane[row.name]}`]));
  return [
    `  read ${lane.read.packets} = matched ${matched}${terms.join('')}` +
      ` + unmirrored ${unmirrored.join(' + ') || '0'}`,
    ...LANE_COUNTS.flatMap((row) =>
      'note' in row && lane[row.name] > 0 ? [`  ${row.note}: ${lane[row.name]}`] : [],
    ),
    ...lane.sessions.flatMap(formatSession),
  ];
}

function formatSession(session: SessionCounts): string[] {
  const skipped = Object.entries(session.skipped).map(([reason, { packets }]) => `${packets} ${reason}`);
  const segmented =
    session.segmented > 0 ? ` - segmented ${session.segmented} + segments ${session.segments}` : '';
  const notes = SESSION_COUNTS.flatMap((row) =>
    'note' in row && session[row.name] > 0 ? [`${session[row.name]} ${row.note}`] : [],
  );
  const decided = [
    ...session.rules.map(({ ruleId, packets }) => ({ name: ruleId, packets })),
    ...Object.entries(session.services).map(([name, packets]) => ({ name, packets })),
  ].filter(({ packets }) => packets > 0);
  return [
    `    ${session.sessionId}: matched ${session.matched.packets}${segmented} =` +
      ` mirrored ${session.mirrored.packets} + skipped ${skipped.join(' + ') || '0'}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`,
    ...(decided.length > 0
      ? [`      by ${decided.map(({ name, packets }) => `${name} ${packets}`).join(', ')}`]
      : []),
  ];
}
