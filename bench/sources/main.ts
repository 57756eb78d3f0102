/**
 * Many mirrored sources in one engine, changed through the control API beside a source with traffic:
 *
 *     node dist/bench/sources/main.js [--sources N] [--rate PACKETS]
 *
 * Prints what creating the last session and changing the shared filter cost, and what the source beside them lost.
 */
import { parseArgs } from 'node:util';
import { type ManySourcesFigures, measureManySources } from './many-sources.js';

const MEBIBYTE = 2 ** 20;

const { values } = parseArgs({
  options: { sources: { type: 'string', default: '200' }, rate: { type: 'string', default: '10000' } },
});
if (process.getuid?.() !== 0) {
  console.error('npm run bench:sources builds network namespaces: run it as root');
  process.exit(3);
}
const figures = await measureManySources({ sources: Number(values.sources), rate: Number(values.rate) });
for (const [text, figure] of rowsOf(figures)) console.log(`${text.padEnd(60)}${figure}`);

function rowsOf(figures: ManySourcesFigures): [string, string][] {
  const { created, lastCreated, changed, beside } = figures;
  return [
    ['create of the first session', ms(created)],
    ['create of the last ten sessions, median, worst', spread(lastCreated)],
    ['change of a rule that all share, median, worst', spread(changed)],
    [
      'beside: sent / mirrored / dropped by its ring',
      `${beside.sent} / ${beside.mirrored} / ${beside.dropped}`,
    ],
    ['engine restarts', String(figures.engineRestarts)],
    ['resident, daemon / engine', `${mebibytes(figures.daemonBytes)} / ${mebibytes(figures.engineBytes)}`],
    ['stop', ms(figures.stopMs)],
    ['start until every source captures', ms(figures.startMs)],
  ];
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  return `${ms(sorted[sorted.length >>> 1])}, ${ms(sorted.at(-1))}`;
}

function ms(time = Number.NaN): string {
  return `${time.toFixed(0)} ms`;
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MiB`;
}
