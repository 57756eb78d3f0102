/** Counts of a lane as lines for a person; the sums of each line can be checked against the one above it. */
import type { LaneCounts, SessionCounts } from '../counters/snapshot.js';

export function formatLaneCounts(lane: LaneCounts): string[] {
  const matched = lane.sessions.reduce((sum, session) => sum + session.matched.packets, 0);
  const unmirrored = Object.entries(lane.unmirrored).map(([type, count]) => `${count} ${type}`);
  return [
    `  read ${lane.read.packets} = matched ${matched} + unmatched ${lane.unmatched}` +
      ` + unparsable ${lane.unparsable} + unmirrored ${unmirrored.join(' + ') || '0'}`,
    ...(lane.ringDropped > 0 ? [`  skipped for a full ring, never read: ${lane.ringDropped}`] : []),
    ...lane.sessions.flatMap(formatSession),
  ];
}

function formatSession(session: SessionCounts): string[] {
  const skipped = Object.entries(session.skipped).map(([reason, { packets }]) => `${packets} ${reason}`);
  const segmented =
    session.segmented > 0 ? ` - segmented ${session.segmented} + segments ${session.segments}` : '';
  const notes = [
    ...(session.unsegmented > 0 ? [`${session.unsegmented} GSO frames as they are`] : []),
    ...(session.truncated > 0 ? [`${session.truncated} truncated to PacketLength`] : []),
    ...(session.cut > 0 ? [`${session.cut} cut`] : []),
    ...(session.fragmented > 0 ? [`${session.fragmented} sent in fragments`] : []),
  ];
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
