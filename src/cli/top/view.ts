/** What `top` shows: a few lines that stay, and a part that is scrolled. Every line fits the screen. */
import type { Status } from '../../status/status.js';
import { cutTo } from '../terminal-text.js';
import { Comparison, skippedPackets } from './comparison.js';
import { ruleLines, targetLines } from './other-lines.js';
import type { Paint, Style } from './paint.js';
import { sessionLines } from './session-lines.js';
import type { Order } from './sort.js';
import { sourceLines, workerLines } from './source-lines.js';
import { formatNumber, formatRate } from './table.js';

export interface Layout {
  readonly columns: number;
  readonly paint: Paint;
  readonly order: Order;
  readonly isReversed: boolean;
  /** Most lines for each of reasons and notes of health; the others are only counted. */
  readonly mostReasons: number;
}

/** The two parts of a view. */
export interface View {
  /** Stays in place. */
  readonly head: readonly string[];
  readonly body: readonly string[];
}

const STYLES_OF_HEALTH = { ok: 'good', degraded: 'doubtful', failing: 'bad' } as const;

/** @param before an earlier status, for rates; undefined: there are no rates yet. */
export function viewOf(now: Status, before: Status | undefined, layout: Layout): View {
  const comparison = new Comparison(now, before);
  const { columns, paint } = layout;
  return {
    head: headLines(comparison, layout),
    body: [
      ...sourceLines(comparison, layout),
      ...workerLines(comparison, columns, paint),
      '',
      ...sessionLines(comparison, layout),
      '',
      ...targetLines(now, columns, paint),
      '',
      ...ruleLines(comparison, columns, paint),
    ],
  };
}

function headLines(comparison: Comparison, { columns, paint, mostReasons }: Layout): string[] {
  const { now } = comparison;
  const restarts = now.engines.reduce((sum, engine) => sum + engine.restarts, 0);
  const fit = (style: Style, text: string): string => paint(style, cutTo(text, columns));
  const title =
    `traffic-mirror ${now.version}  pid ${now.pid}  up ${formatDuration(now.uptimeSeconds)}  ` +
    `I/O ${now.io}  restarts ${restarts}  ${now.health.state}`;
  return [
    fit(STYLES_OF_HEALTH[now.health.state] ?? 'plain', title),
    fit('plain', totals(comparison)),
    ...reloadLines(now).map((text) => fit('bad', text)),
    ...bounded(now.health.reasons, mostReasons).map((reason) => fit('bad', `! ${reason}`)),
    // A daemon of an older version has none.
    ...bounded(now.health.notes ?? [], mostReasons).map((note) => fit('doubtful', `- ${note}`)),
    '',
  ];
}

/** All sessions together; the reasons of skips, the most frequent first. */
function totals(comparison: Comparison): string {
  const skipped = comparison.overSessions(skippedPackets);
  const reasons = new Set(
    comparison.now.lanes.flatMap(({ sessions }) =>
      sessions.flatMap((session) => Object.keys(session.skipped)),
    ),
  );
  const byReason = [...reasons]
    .map((reason) => ({
      reason,
      rate: comparison.overSessions((session) => skippedFor(session.skipped, reason)),
    }))
    .filter(({ rate }) => rate !== undefined && rate > 0)
    .toSorted((a, b) => (b.rate ?? 0) - (a.rate ?? 0))
    .map(({ reason, rate }) => `${reason} ${formatRate(rate)}`);
  const parts = [
    `mirrored ${formatRate(comparison.overSessions(({ mirrored }) => mirrored.packets))}/s`,
    `cut ${formatRate(comparison.overSessions(({ cut }) => cut))}/s`,
    `skipped ${formatRate(skipped)}/s${byReason.length > 0 ? `: ${byReason.join(', ')}` : ''}`,
  ];
  return parts.join('  ');
}

function skippedFor(
  skipped: Readonly<Record<string, { packets: number } | undefined>>,
  reason: string,
): number {
  return skipped[reason]?.packets ?? 0;
}

/** Short: how long ago, and the first problem without the name of the file, which `status` shows. */
function reloadLines({ reload, configurationFile, startedAt, uptimeSeconds }: Status): string[] {
  const { lastResult, lastAt, problems } = reload;
  if (lastResult !== 'failed' || lastAt === null) return [];
  const agoSeconds = uptimeSeconds - (Date.parse(lastAt) - Date.parse(startedAt)) / 1000;
  const [first = ''] = problems;
  const inFile = first.startsWith(`${configurationFile}:`)
    ? `line ${first.slice(configurationFile.length + 1)}`
    : first;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return [`! reload failed ${formatDuration(Math.max(0, agoSeconds))} ago${more}: ${inFile}`];
}

function bounded(lines: readonly string[], most: number): string[] {
  if (lines.length <= most) return [...lines];
  const shown = lines.slice(0, Math.max(0, most - 1));
  return [...shown, `${formatNumber(lines.length - shown.length)} more: status`];
}

function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.floor(seconds)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}
