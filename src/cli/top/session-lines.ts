/** The part of the view about sessions: what each mirrors, cuts and skips, and why. */
import { REMOVED_SESSIONS, type SessionCounts } from '../../counters/snapshot.js';
import { safeLine } from '../terminal-text.js';
import { type Comparison, skippedPackets } from './comparison.js';
import type { Paint } from './paint.js';
import { type Order, sorted } from './sort.js';
import { shortDirection } from './source-lines.js';
import { formatNumber, formatRate, headLine, line, losses, type Table, widthsOf } from './table.js';

const SESSIONS: Table = {
  columns: [
    { head: 'SESSION', width: 21, side: 'left' },
    { head: 'DIR', width: 3, side: 'left' },
    { head: 'VNI', width: 8, side: 'right', from: 118 },
    { head: 'TARGET', width: 21, side: 'left', from: 110 },
    { head: 'MIRR/s', width: 6, side: 'right' },
    { head: 'BIT/s', width: 6, side: 'right' },
    { head: 'CUT/s', width: 5, side: 'right' },
    { head: 'SKIP/s', width: 6, side: 'right' },
    { head: 'SKIPPED', width: 7, side: 'right' },
    { head: 'WHY', width: 19, side: 'left' },
  ],
  grow: [
    [9, 50],
    [0, 60],
  ],
};

/** A line per session and direction. */
export function sessionLines(
  comparison: Comparison,
  { order, isReversed, columns, paint }: { order: Order; isReversed: boolean; columns: number; paint: Paint },
): string[] {
  const widths = widthsOf(SESSIONS, columns);
  const described = new Map(comparison.now.sessions.map((session) => [session.sessionId, session]));
  const rows = comparison.now.lanes.flatMap((lane) =>
    lane.sessions.map((session) => {
      const mirrored = comparison.ofSession(lane, session, (counts) => counts.mirrored.packets);
      const skipped = comparison.ofSession(lane, session, skippedPackets);
      const cut = comparison.ofSession(lane, session, (counts) => counts.cut);
      const weights = { r: mirrored ?? 0, s: skipped ?? 0, c: cut ?? 0 };
      return { lane, session, mirrored, skipped, cut, weights };
    }),
  );
  const lines = sorted(rows, order, isReversed).map(({ lane, session, mirrored, skipped, cut }) => {
    const { virtualNetworkId, targetId } = described.get(session.sessionId) ?? {};
    const total = skippedPackets(session);
    return line(
      SESSIONS,
      widths,
      [
        session.sessionId === REMOVED_SESSIONS
          ? { text: deletedName(session), style: 'faint' }
          : safeLine(session.sessionId),
        shortDirection(lane.direction),
        virtualNetworkId === undefined ? '' : String(virtualNetworkId),
        safeLine(targetId ?? ''),
        formatRate(mirrored),
        formatRate(comparison.ofSession(lane, session, (counts) => 8 * counts.mirrored.bytes)),
        losses(formatRate(cut), cut),
        losses(formatRate(skipped), skipped),
        losses(formatNumber(total), total),
        reasonsOf(session),
      ],
      paint,
    );
  });
  return [headLine(SESSIONS, widths, paint), ...lines];
}

/** The name of a deleted session, or how many they are. */
function deletedName({ removedSessionIds = [] }: SessionCounts): string {
  const [only, other] = removedSessionIds;
  return only === undefined || other !== undefined ? 'deleted sessions' : safeLine(`deleted ${only}`);
}

/** `backlog 107, no-route 3`, since the daemon started; the most frequent first. */
function reasonsOf({ skipped }: SessionCounts): string {
  return Object.entries(skipped)
    .toSorted(([, a], [, b]) => b.packets - a.packets)
    .map(([reason, { packets }]) => `${reason} ${formatNumber(packets)}`)
    .join(', ');
}
