/** What a soak saw, as a page. */
import { describeMachine } from '../machine.js';
import { median } from '../median.js';
import { type Account, type Renamed, untold } from './account.js';

type Process = 'daemon' | 'engine';

type PerProcess = Readonly<Record<Process, number>>;

export interface Sample {
  readonly seconds: number;
  /** Resident memory with the rings, which the engine has mapped. */
  readonly residentBytes: PerProcess;
  readonly descriptors: PerProcess;
  /** 99th percentile of the event loop's delay in the last ten full seconds. */
  readonly delayMs: PerProcess;
  /** How long the daemon took to tell its status: its event loop, and the way there. */
  readonly answerMs: number;
  /** Load average of the machine over a minute. */
  readonly loadAverage: number;
}

/** The outcome of one fault. */
export interface Outcome {
  readonly name: string;
  /** From the end of the cause to the next copy; undefined: none came. */
  readonly recoveredMs: number | undefined;
  /** From the account before it to the one behind it. */
  readonly account: Account;
}

export interface Soak {
  readonly hours: number;
  readonly seed: string;
  readonly rate: number;
  readonly samples: readonly Sample[];
  readonly outcomes: readonly Outcome[];
  /** One for each time that the source was renamed. */
  readonly renamed: readonly Renamed[];
  /** From the beginning to the end. */
  readonly whole: Account;
  /** The account of the last load, without a fault. */
  readonly undisturbed: Account;
  /** What did not add up. */
  readonly problems: readonly string[];
  readonly exitCode: number | null;
}

const MEBIBYTE = 1 << 20;
const SECONDS_PER_HOUR = 3600;
const PROCESSES: readonly Process[] = ['daemon', 'engine'];
const SLOPE_LIMIT_MEBIBYTES = 1;
const DELAY_LIMIT_MS = 20;
/** A shorter soak says nothing of a slope: what it sees is the way to the size that stays. */
const SLOPE_HOURS = 1;

export function renderSoak(soak: Soak): string {
  return [
    '# Soak',
    '',
    `Written by \`npm run soak -- --hours ${soak.hours} --seed ${soak.seed} --write\`: ${describeMachine()}.`,
    `${soak.rate} packets a second, and a fault now and then; a pause of two seconds behind each, to count. In the last`,
    `six tenths of the time no engine is ended. Load average of the machine: ${range(soak.samples.map(({ loadAverage }) => loadAverage))}.`,
    '',
    '## Limits',
    '',
    '| | seen | limit | |',
    '|---|---|---|---|',
    ...limits(soak),
    '',
    '## Size and speed',
    '',
    '| | daemon | engine, rings included |',
    '|---|---|---|',
    sizes('resident memory, MiB', soak, ({ residentBytes }, of) => residentBytes[of] / MEBIBYTE),
    sizes('descriptors', soak, ({ descriptors }, of) => descriptors[of]),
    delays(soak),
    '',
    `The status was answered within ${answerQuantile(soak, 0.5)} ms (median) and ${answerQuantile(soak, 0.99)} ms (99th percentile).`,
    '',
    '## Faults',
    '',
    '| fault | how often | mirrors again, median | at the latest | passed | untold | skipped or dropped by the ring | lost on the way | arrived untold |',
    '|---|---|---|---|---|---|---|---|---|',
    ...faultRows(soak.outcomes),
    '',
    'Time is from the moment the cause is gone; for an engine that is killed or hangs, from the moment it was. Frames are',
    'those from the count before the fault to the count behind it. *Untold*: passed the source while no engine captured',
    'it, or read by an engine that was killed before it told, which it does twice a second. *Lost on the way*: copies that',
    'the kernel took to send and a device, a queue or a missing neighbour did not deliver. *Arrived untold*: copies of an',
    'engine that was killed before it told; what it lost on the way would lessen them.',
    '',
  ].join('\n');
}

function limits(soak: Soak): string[] {
  const { whole, undisturbed, problems, outcomes, exitCode } = soak;
  const late = secondHalf(soak);
  const slopes = PROCESSES.map((of) => {
    const slope = slopePerHour(late.map((sample) => [sample.seconds, sample.residentBytes[of]]));
    const verdict = soak.hours < SLOPE_HOURS ? 'too short to tell' : met(slope < SLOPE_LIMIT_MEBIBYTES);
    const limit = `below ${SLOPE_LIMIT_MEBIBYTES} MiB/h`;
    return row(`slope of the ${of}'s memory in the second half`, `${slope.toFixed(2)} MiB/h`, limit, verdict);
  });
  const descriptors = PROCESSES.map((of) => {
    const most = (part: readonly Sample[]): number =>
      Math.max(...part.map((sample) => sample.descriptors[of]));
    const [before, after] = [most(soak.samples.filter((sample) => !late.includes(sample))), most(late)];
    const seen = `${before} in the first half, ${after} in the second`;
    return row(`most descriptors of the ${of}`, seen, 'no more in the second', met(after <= before));
  });
  const delay = PROCESSES.map((of) => {
    const windows = soak.samples.map(({ delayMs }) => delayMs[of]);
    const above = windows.filter((window) => window >= DELAY_LIMIT_MS).length;
    const seen = `${Math.max(...windows).toFixed(1)} ms at most, above the limit in ${above} of ${windows.length} looks`;
    const limit = `below ${DELAY_LIMIT_MS} ms`;
    return row(`event loop of the ${of}, 99th percentile of ten seconds`, seen, limit, met(above === 0));
  });
  const { passed, matched, mirrored, skipped, arrived, ringDropped } = whole;
  const reached = outcomes.filter(({ recoveredMs }) => recoveredMs !== undefined).length;
  return [
    ...slopes,
    ...descriptors,
    ...delay,
    row(
      'frames that passed the source',
      `${passed} = ${matched} matched + ${ringDropped} dropped by the ring + ${untold(whole)} untold`,
      'exact',
      met(problems.length === 0),
    ),
    row(
      'copies due',
      `${matched} = ${mirrored} mirrored + ${skipped} skipped; ${arrived} arrived`,
      'exact',
      '',
    ),
    row(
      'of a renamed source, captured before the engine had left it',
      range(soak.renamed.map(({ captured }) => captured)),
      'part of passed',
      '',
    ),
    row('what did not add up', problems.join('; ') || 'nothing', 'nothing', met(problems.length === 0)),
    row(
      'last load, undisturbed',
      `${undisturbed.passed} passed, ${undisturbed.mirrored} mirrored, ${undisturbed.arrived} arrived`,
      'all the same',
      met(undisturbed.passed === undisturbed.mirrored && undisturbed.mirrored === undisturbed.arrived),
    ),
    row(
      'faults after which it mirrors again',
      `${reached} of ${outcomes.length}`,
      'all',
      met(reached === outcomes.length),
    ),
    row('exit code in the end', String(exitCode), '0', met(exitCode === 0)),
  ];
}

function sizes(name: string, { samples }: Soak, read: (sample: Sample, of: Process) => number): string {
  return row(name, ...PROCESSES.map((of) => range(samples.map((sample) => read(sample, of)))));
}

function delays({ samples }: Soak): string {
  const of = (process: Process): string => {
    const windows = samples.map(({ delayMs }) => delayMs[process]);
    return `${quantile(windows, 0.5)}, ${quantile(windows, 0.99)}`;
  };
  return row('event loop delay, 99th percentile of ten seconds: median, 99 of 100; ms', ...PROCESSES.map(of));
}

function answerQuantile({ samples }: Soak, share: number): string {
  return quantile(
    samples.map(({ answerMs }) => answerMs),
    share,
  );
}

function faultRows(outcomes: readonly Outcome[]): string[] {
  const names = [...new Set(outcomes.map(({ name }) => name))].toSorted();
  return names.map((name) => {
    const own = outcomes.filter((outcome) => outcome.name === name);
    const times = own.map(({ recoveredMs }) => recoveredMs ?? Number.POSITIVE_INFINITY);
    const total = (read: (account: Account) => number): string =>
      String(own.reduce((sum, { account }) => sum + read(account), 0));
    return row(
      name,
      String(times.length),
      `${median(times)} ms`,
      `${Math.max(...times)} ms`,
      total(({ passed }) => passed),
      total(untold),
      total(({ skipped, ringDropped }) => skipped + ringDropped),
      total(({ mirrored, arrived }) => Math.max(0, mirrored - arrived)),
      total(({ mirrored, arrived }) => Math.max(0, arrived - mirrored)),
    );
  });
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function met(isMet: boolean): string {
  return isMet ? 'met' : '**missed**';
}

function secondHalf({ hours, samples }: Soak): readonly Sample[] {
  return samples.filter(({ seconds }) => seconds > (hours * SECONDS_PER_HOUR) / 2);
}

function range(values: readonly number[]): string {
  if (values.length === 0) return 'none';
  return `${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)}`;
}

function quantile(values: readonly number[], share: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
}

/** The slope of the line that fits best, in MiB per hour. @param points seconds and bytes. */
function slopePerHour(points: readonly (readonly [number, number])[]): number {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const over = mean(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  const under = mean(points.map(([x]) => (x - meanX) ** 2));
  return ((over / under) * SECONDS_PER_HOUR) / MEBIBYTE;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
