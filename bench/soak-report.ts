/** What a soak saw, as a page. */
import { machine } from './machine.js';
import { median } from './results.js';

/** All processes of the daemon together. */
export interface Sample {
  readonly seconds: number;
  readonly residentBytes: number;
  readonly descriptors: number;
  /** How long the daemon took to tell its status: its event loop, and the way there. */
  readonly answerMs: number;
  readonly engines: number;
}

export interface Recovery {
  readonly name: string;
  /** From the end of the cause to the next copy; undefined: none came. */
  readonly milliseconds: number | undefined;
}

export interface Soak {
  readonly hours: number;
  readonly seed: string;
  readonly rate: number;
  readonly samples: readonly Sample[];
  readonly recoveries: readonly Recovery[];
  readonly account: { readonly sent: number; readonly problems: readonly string[] };
  readonly exitCode: number | null;
}

const MEBIBYTE = 1 << 20;
const SECONDS_PER_HOUR = 3600;

export function renderSoak(soak: Soak): string {
  // What was looked at while an engine was being started says nothing of a slope.
  const whole = soak.samples.filter(({ engines }) => engines === 1);
  const late = whole.filter(({ seconds }) => seconds > (soak.hours * SECONDS_PER_HOUR) / 2);
  const resident = whole.map(({ residentBytes }) => residentBytes / MEBIBYTE);
  const answers = soak.samples.map(({ answerMs }) => answerMs).toSorted((a, b) => a - b);
  const descriptors = whole.map((sample) => sample.descriptors);
  const names = [...new Set(soak.recoveries.map(({ name }) => name))].toSorted();
  return [
    '# Soak',
    '',
    `Written by \`npm run soak -- --hours ${soak.hours} --seed ${soak.seed} --write\`: ${machine()}.`,
    `${soak.rate} packets a second all the time, and a fault now and then.`,
    '',
    '| | |',
    '|---|---|',
    `| resident memory, daemon and engine, rings included | ${range(resident, 0)} MiB |`,
    `| slope of it in the second half | ${slopePerHour(late).toFixed(2)} MiB/h |`,
    `| descriptors | ${range(descriptors, 0)} |`,
    `| status answered, median and 99th percentile | ${quantile(answers, 0.5)} and ${quantile(answers, 0.99)} ms |`,
    `| frames of the last load, all read, mirrored and arrived | ${soak.account.sent} |`,
    `| counts that do not add up | ${soak.account.problems.join('; ') || 'none'} |`,
    `| exit code in the end | ${soak.exitCode} |`,
    '',
    '| fault | how often | mirrors again, median | at the latest |',
    '|---|---|---|---|',
    ...names.map((name) => {
      const times = soak.recoveries
        .filter((one) => one.name === name)
        .map((one) => one.milliseconds ?? Infinity);
      return `| ${name} | ${times.length} | ${median(times)} ms | ${Math.max(...times)} ms |`;
    }),
    '',
    'From the moment the cause is gone; for an engine that hangs, from 7 s after it began to.',
    '',
  ].join('\n');
}

function range(values: readonly number[], digits: number): string {
  return `${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)}`;
}

function quantile(sorted: readonly number[], share: number): string {
  return (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
}

/** Of the line that fits best. */
function slopePerHour(samples: readonly Sample[]): number {
  const meanX = mean(samples.map(({ seconds }) => seconds));
  const meanY = mean(samples.map(({ residentBytes }) => residentBytes));
  const over = mean(samples.map((one) => (one.seconds - meanX) * (one.residentBytes - meanY)));
  const under = mean(samples.map((one) => (one.seconds - meanX) ** 2));
  return ((over / under) * SECONDS_PER_HOUR) / MEBIBYTE;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
