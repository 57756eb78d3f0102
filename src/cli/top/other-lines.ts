/** The parts of the view about targets and rules. */
import type { SessionCounts } from '../../counters/snapshot.js';
import type { Status } from '../../status/status.js';
import { cutTo, safeLine } from '../terminal-text.js';
import type { Comparison } from './comparison.js';
import type { Paint } from './paint.js';
import { formatNumber, formatRate, headLine, line, type Table, widthsOf } from './table.js';

const TARGETS: Table = {
  columns: [
    { head: 'TARGET', width: 16, side: 'left' },
    { head: 'STATE', width: 11, side: 'left' },
    { head: 'DEVICE', width: 15, side: 'left' },
    { head: 'FRAMES TO', width: 9, side: 'right' },
    { head: 'COPIES LEAVE', width: 13, side: 'right' },
  ],
  grow: [[0, 55]],
};

const RULES: Table = {
  columns: [
    { head: 'RULE', width: 22, side: 'left' },
    { head: 'SESSION', width: 21, side: 'left' },
    { head: 'FRAMES/s', width: 9, side: 'right' },
    { head: 'FRAMES', width: 9, side: 'right' },
  ],
  grow: [
    [1, 21],
    [0, 60],
  ],
};

/** Rules that are shown: the busiest. */
const TOP_RULES = 10;

/** A line per address. */
export function targetLines({ targets }: Status, columns: number, paint: Paint): string[] {
  const widths = widthsOf(TARGETS, columns);
  const lines = targets.map(({ address, device, maximumInnerLength, state, reason, emission = '' }) =>
    state === 'reachable'
      ? line(
          TARGETS,
          widths,
          [
            safeLine(address),
            { text: state, style: 'good' },
            safeLine(device),
            `${maximumInnerLength} B`,
            emission,
          ],
          paint,
        )
      : paint('bad', cutTo(`${address}  ${state}: ${reason}`, columns)),
  );
  return [headLine(TARGETS, widths, paint), ...lines];
}

/** The busiest rules. Rules that never matched are left out. */
export function ruleLines(comparison: Comparison, columns: number, paint: Paint): string[] {
  const widths = widthsOf(RULES, columns);
  const lines = rulesOf(comparison)
    .toSorted((a, b) => (b.rate ?? 0) - (a.rate ?? 0) || b.packets - a.packets)
    .slice(0, TOP_RULES)
    .map(({ name, sessionId, rate, packets }) =>
      line(
        RULES,
        widths,
        [safeLine(name), safeLine(sessionId), formatRate(rate), formatNumber(packets)],
        paint,
      ),
    );
  return [headLine(RULES, widths, paint), ...lines];
}

interface RuleRow {
  readonly name: string;
  readonly sessionId: string;
  /** Of both directions together, as is `packets`. */
  rate: number | undefined;
  packets: number;
}

/** Rules and network services that matched, each once per session. */
function rulesOf(comparison: Comparison): RuleRow[] {
  const rows = new Map<string, RuleRow>();
  for (const lane of comparison.now.lanes) {
    for (const session of lane.sessions) {
      const before = new Map(named(comparison.sessionBefore(lane, session)));
      for (const [name, packets] of named(session)) {
        if (packets === 0) continue;
        const key = `${session.sessionId} ${name}`;
        const row = rows.get(key) ?? { name, sessionId: session.sessionId, rate: undefined, packets: 0 };
        const rate = comparison.rate(packets, before.get(name) ?? 0);
        if (rate !== undefined) row.rate = (row.rate ?? 0) + rate;
        row.packets += packets;
        rows.set(key, row);
      }
    }
  }
  return [...rows.values()];
}

function named(session: SessionCounts | undefined): [string, number][] {
  const rules = session?.rules.map(({ ruleId, packets }): [string, number] => [ruleId, packets]) ?? [];
  return [...rules, ...Object.entries(session?.services ?? {})];
}
