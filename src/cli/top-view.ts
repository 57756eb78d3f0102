/** The lines that `top` shows, made from two statuses: text that fits the screen in width and height. */
import type { Amount, SessionCounts } from '../counters/snapshot.js';
import { laneKey } from '../plan/lanes.js';
import { packetRates, type Status } from '../status/status.js';

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Widths of a table's columns. The first column takes the rest and is aligned left; the others are aligned right. */
type Widths = readonly number[];

const COUNT = 9;
const LANE_WIDTHS: Widths = [0, 10, COUNT, COUNT, COUNT, COUNT, 6];
const WORKER_WIDTHS: Widths = [0, 12, COUNT, COUNT, COUNT];
const SESSION_WIDTHS: Widths = [0, COUNT, COUNT, COUNT, COUNT];
const TARGET_WIDTHS: Widths = [0, 12, 15, 10, 14];
const RULE_WIDTHS: Widths = [0, COUNT, 12];
const TOP_RULES = 10;
const UNITS = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/** @param before an earlier status, for rates; undefined: there are no rates yet. */
export function topView(now: Status, before: Status | undefined, { columns, rows }: ScreenSize): string[] {
  const seconds = before === undefined ? 0 : now.uptimeSeconds - before.uptimeSeconds;
  const perSecond = (value: number, earlier: number | undefined): string =>
    seconds > 0 ? formatNumber((value - (earlier ?? 0)) / seconds) : '-';
  const lines = [
    ...headLines(now, before),
    ...workerLines(now, before, perSecond, columns),
    '',
    ...laneLines(now, before, perSecond, columns),
    '',
    ...sessionLines(now, before, perSecond, columns),
    '',
    ...targetLines(now, columns),
    '',
    ...ruleLines(now, before, perSecond, columns),
  ];
  const fitting = lines.length > rows ? [...lines.slice(0, rows - 1), '…'] : lines;
  return fitting.map((line) => cut(line, columns).trimEnd());
}

/** @param earlier undefined: 0. */
type PerSecond = (value: number, earlier: number | undefined) => string;

function headLines(now: Status, before: Status | undefined): string[] {
  const { mirrored, skipped } = packetRates(now, before);
  const restarts = now.engines.reduce((sum, engine) => sum + engine.restarts, 0);
  return [
    `traffic-mirror ${now.version}  pid ${now.pid}  up ${formatDuration(now.uptimeSeconds)}  ` +
      `I/O ${now.io}  restarts ${restarts}  ${now.health.state}`,
    `mirrored ${formatNumber(mirrored)}/s  skipped ${formatNumber(skipped)}/s  (q quits)`,
    ...now.health.reasons.map((reason) => `! ${reason}`),
    // A daemon of an older version has none.
    ...(now.health.notes ?? []).map((note) => `- ${note}`),
  ];
}

/** Nothing where one worker has all frames. With libpcap I/O every engine is a first worker. */
function workerLines(
  now: Status,
  before: Status | undefined,
  perSecond: PerSecond,
  columns: number,
): string[] {
  if (!now.engines.some(({ worker }) => worker > 1)) return [];
  const head = ['WORKER', 'STATE', 'READ/s', 'DROPPED', 'DELAY'];
  const lines = now.engines.map(({ worker, pid, readPackets, ringDropped, loopDelayMs }) => [
    `${worker}${pid === null ? '' : ` pid ${pid}`}`,
    pid === null ? 'not running' : 'running',
    perSecond(readPackets, before?.engines.find((engine) => engine.worker === worker)?.readPackets),
    formatNumber(ringDropped),
    `${Math.round(loopDelayMs)} ms`,
  ]);
  return ['', ...[head, ...lines].map((cells) => row(cells, WORKER_WIDTHS, columns))];
}

function laneLines(now: Status, before: Status | undefined, perSecond: PerSecond, columns: number): string[] {
  const earlier = new Map(before?.lanes.map((lane) => [laneKey(lane), lane]));
  const head = ['SOURCE', 'STATE', 'READ/s', 'BIT/s', 'UNMATCH/s', 'DROPPED', 'RING'];
  const lines = now.lanes.map((lane) => {
    const last = earlier.get(laneKey(lane));
    return [
      `${lane.sourceId} ${lane.device} ${lane.direction}`,
      lane.state,
      perSecond(lane.read.packets, last?.read.packets),
      perSecond(8 * lane.read.bytes, 8 * (last?.read.bytes ?? 0)),
      perSecond(lane.unmatched, last?.unmatched),
      formatNumber(lane.ringDropped),
      `${Math.round(100 * lane.ringFill)} %`,
    ];
  });
  return [head, ...lines].map((cells) => row(cells, LANE_WIDTHS, columns));
}

function sessionLines(
  now: Status,
  before: Status | undefined,
  perSecond: PerSecond,
  columns: number,
): string[] {
  const counts = sessionSums(now);
  const earlier = before && sessionSums(before);
  const head = ['SESSION', 'MIRROR/s', 'BIT/s', 'SKIP/s', 'SKIPPED'];
  const lines = now.sessions.map(({ sessionId, sourceId, sessionNumber, targetId, virtualNetworkId }) => {
    const sum = counts.get(sessionId);
    const last = earlier?.get(sessionId);
    return [
      `${sessionId} ${sourceId}#${sessionNumber} to ${targetId} VNI ${virtualNetworkId}`,
      perSecond(sum?.mirrored.packets ?? 0, last?.mirrored.packets),
      perSecond(8 * (sum?.mirrored.bytes ?? 0), 8 * (last?.mirrored.bytes ?? 0)),
      perSecond(sum?.skipped ?? 0, last?.skipped),
      formatNumber(sum?.skipped ?? 0),
    ];
  });
  return [head, ...lines].map((cells) => row(cells, SESSION_WIDTHS, columns));
}

function targetLines({ targets }: Status, columns: number): string[] {
  const head = row(['TARGET', 'STATE', 'DEVICE', 'FRAMES TO', 'COPIES LEAVE'], TARGET_WIDTHS, columns);
  const lines = targets.map(({ address, device, maximumInnerLength, state, reason, emission = '' }) =>
    state === 'reachable'
      ? row([address, state, device, `${maximumInnerLength} B`, emission], TARGET_WIDTHS, columns)
      : `${address}  ${state}: ${reason}`,
  );
  return [head, ...lines];
}

/** The busiest rules. Rules that never matched are left out. */
function ruleLines(now: Status, before: Status | undefined, perSecond: PerSecond, columns: number): string[] {
  const earlier = before && ruleSums(before);
  const rules = [...ruleSums(now)]
    .map(([name, packets]) => ({ name, packets, added: packets - (earlier?.get(name) ?? 0) }))
    .filter(({ packets }) => packets > 0)
    .sort((a, b) => b.added - a.added || b.packets - a.packets)
    .slice(0, TOP_RULES);
  const lines = rules.map(({ name, packets }) => [
    name,
    perSecond(packets, earlier?.get(name)),
    formatNumber(packets),
  ]);
  return [['RULE', 'FRAMES/s', 'FRAMES'], ...lines].map((cells) => row(cells, RULE_WIDTHS, columns));
}

interface SessionSum {
  readonly mirrored: Amount;
  readonly skipped: number;
}

/** Sums by session, both directions together. */
function sessionSums({ lanes }: Status): Map<string, SessionSum> {
  const sums = new Map<string, SessionSum>();
  for (const session of lanes.flatMap((lane) => lane.sessions)) {
    const { mirrored, skipped } = sums.get(session.sessionId) ?? NOTHING;
    sums.set(session.sessionId, {
      mirrored: {
        packets: mirrored.packets + session.mirrored.packets,
        bytes: mirrored.bytes + session.mirrored.bytes,
      },
      skipped: skipped + skippedPackets(session),
    });
  }
  return sums;
}

const NOTHING: SessionSum = { mirrored: { packets: 0, bytes: 0 }, skipped: 0 };

function skippedPackets({ skipped }: SessionCounts): number {
  return Object.values(skipped).reduce((sum, { packets }) => sum + packets, 0);
}

/** Packets by session and rule, both directions together. */
function ruleSums({ lanes }: Status): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { sessionId, rules, services } of lanes.flatMap((lane) => lane.sessions)) {
    const named = [
      ...rules.map(({ ruleId, packets }) => [ruleId, packets] as const),
      ...Object.entries(services),
    ];
    for (const [name, packets] of named) {
      const key = `${sessionId}  ${name}`;
      sums.set(key, (sums.get(key) ?? 0) + packets);
    }
  }
  return sums;
}

function row(cells: readonly string[], widths: Widths, columns: number): string {
  const [first = '', ...rest] = cells;
  const fixed = widths.slice(1);
  const left = Math.max(8, columns - fixed.reduce((sum, width) => sum + width + 1, 0));
  return [cut(first, left).padEnd(left), ...rest.map((cell, index) => cell.padStart(fixed[index] ?? 0))].join(
    ' ',
  );
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}…`;
}

/** Four significant digits at most: 999, 1.23k, 45.6M. */
function formatNumber(value: number): string {
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 1000 && unit < UNITS.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)}${UNITS[unit]}`;
}

function formatDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.floor(seconds)} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}
