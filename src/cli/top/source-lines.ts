/** The parts of the view about sources and workers. */
import type { Direction } from '../../plan/mirror-plan.js';
import type { LaneStatus } from '../../status/status.js';
import { safeLine } from '../terminal-text.js';
import type { Comparison } from './comparison.js';
import type { Paint } from './paint.js';
import { type Order, sorted } from './sort.js';
import { formatNumber, formatRate, headLine, line, losses, type Table, widthsOf } from './table.js';

/** Ids of AWS have 21 characters, names of devices 15. */
const SOURCES: Table = {
  columns: [
    { head: 'SOURCE', width: 21, side: 'left' },
    { head: 'DIR', width: 3, side: 'left' },
    { head: 'DEVICE', width: 11, side: 'left' },
    { head: 'STATE', width: 9, side: 'left' },
    { head: 'READ/s', width: 6, side: 'right' },
    { head: 'BIT/s', width: 6, side: 'right' },
    { head: 'UNMAT/s', width: 7, side: 'right', from: 90 },
    { head: 'DROP/s', width: 6, side: 'right' },
    { head: 'DROPS', width: 5, side: 'right' },
    { head: 'RING', width: 4, side: 'right' },
    { head: 'BEHIND', width: 7, side: 'right', from: 100 },
  ],
  grow: [
    [2, 15],
    [0, 60],
  ],
};

const WORKERS: Table = {
  columns: [
    { head: 'WORKER', width: 12, side: 'left' },
    { head: 'STATE', width: 12, side: 'left' },
    { head: 'READ/s', width: 9, side: 'right' },
    { head: 'DROPPED', width: 9, side: 'right' },
    { head: 'DELAY', width: 9, side: 'right' },
  ],
  grow: [[0, 30]],
};

/** The direction in few characters. */
export function shortDirection(direction: Direction): string {
  return direction === 'ingress' ? 'in' : 'out';
}

/** A line per source and direction. */
export function sourceLines(
  comparison: Comparison,
  { order, isReversed, columns, paint }: { order: Order; isReversed: boolean; columns: number; paint: Paint },
): string[] {
  const widths = widthsOf(SOURCES, columns);
  const rows = comparison.now.lanes.map((lane) => {
    const read = comparison.ofLane(lane, ({ read }) => read.packets);
    const dropped = comparison.ofLane(lane, ({ ringDropped }) => ringDropped);
    return { lane, read, dropped, weights: { r: read ?? 0, s: dropped ?? 0, c: 0 } };
  });
  const lines = sorted(rows, order, isReversed).map(({ lane, read, dropped }) =>
    line(
      SOURCES,
      widths,
      [
        safeLine(lane.sourceId),
        shortDirection(lane.direction),
        safeLine(lane.device),
        stateOf(lane),
        formatRate(read),
        formatRate(comparison.ofLane(lane, (counts) => 8 * counts.read.bytes)),
        formatRate(comparison.ofLane(lane, ({ unmatched }) => unmatched)),
        losses(formatRate(dropped), dropped),
        formatNumber(lane.ringDropped),
        { text: `${Math.round(100 * lane.ringFill)}%`, style: lane.ringFill > 0.5 ? 'doubtful' : 'plain' },
        { text: seconds(lane.behindSeconds), style: lane.behindSeconds > 1 ? 'bad' : 'plain' },
      ],
      paint,
    ),
  );
  return [headLine(SOURCES, widths, paint), ...lines];
}

/** Nothing where one worker has all frames. With libpcap I/O every engine is a first worker. */
export function workerLines(comparison: Comparison, columns: number, paint: Paint): string[] {
  const { engines } = comparison.now;
  if (!engines.some(({ worker }) => worker > 1)) return [];
  const widths = widthsOf(WORKERS, columns);
  const lines = engines.map(({ worker, pid, readPackets, ringDropped, loopDelayMs }) =>
    line(
      WORKERS,
      widths,
      [
        `${worker}${pid === null ? '' : ` pid ${pid}`}`,
        pid === null ? { text: 'not running', style: 'bad' } : { text: 'running', style: 'good' },
        formatRate(comparison.ofWorker(worker, readPackets)),
        formatNumber(ringDropped),
        `${Math.round(loopDelayMs)} ms`,
      ],
      paint,
    ),
  );
  return ['', headLine(WORKERS, widths, paint), ...lines];
}

function stateOf({ state, carrier }: LaneStatus): { text: string; style: 'good' | 'bad' | 'doubtful' } {
  if (state !== 'capturing') return { text: state, style: 'bad' };
  return carrier ? { text: state, style: 'good' } : { text: 'no link', style: 'doubtful' };
}

/** A daemon of an older version does not tell. */
function seconds(value: number | undefined): string {
  if (value === undefined) return '-';
  return value < 1 ? `${(1000 * value).toFixed(1)} ms` : `${value.toFixed(1)} s`;
}
