/** Figures of a run of the bench, as taken. */
import { type Spread, spreadOf } from '../spread.js';
import type { BulkTcp } from './bulk-tcp.js';
import { NO_MIRROR } from './contender-names.js';
import type { Idle } from './idle.js';
import type { Latency } from './latency.js';
import type { Overload } from './overload.js';
import type { Measurement } from './round.js';

/** Values of one contender in one scenario. */
export interface Series<T> {
  readonly scenario: string;
  readonly contender: string;
  /** One for each round; null where it failed. */
  readonly values: (T | null)[];
}

export interface Results {
  readonly startedAt: string;
  /** How it was run. */
  readonly command: string;
  /** Names of the loops that are not this project's. */
  readonly externals: readonly string[];
  readonly rounds: number;
  /** Of each load. */
  readonly seconds: number;
  readonly minutes: number;
  /** Soft interrupts are not in the CPU time of the process on top of which they run; null: the kernel does not tell. */
  readonly isInterruptTimeApart: boolean | null;
  /** Load averages of the machine over a minute. */
  readonly loadBefore: number;
  readonly loadAfter: number;
  readonly load: readonly Series<Measurement>[];
  readonly bulkTcp: readonly Series<BulkTcp>[];
  readonly latency: readonly Series<Latency>[];
  readonly idle: readonly Series<Idle>[];
  /** Absent: not measured, or failed. */
  readonly overload?: Overload;
  /** What failed, and why. */
  readonly failures: readonly string[];
}

/** Of fewer copies the cost of each says nothing. */
const LEAST_PPS = 1000;
const NANOSECONDS = 1e9;

/** A figure of a series in each round, undefined where it failed. */
export function figures<T>(
  series: Series<T> | undefined,
  figure: (value: T) => number | undefined,
): (number | undefined)[] {
  return series?.values.map((value) => (value === null ? undefined : figure(value))) ?? [];
}

/** The series of a contender in a scenario; undefined: not measured. */
export function seriesOf<T>(
  all: readonly Series<T>[],
  scenario: string,
  contender: string,
): Series<T> | undefined {
  return all.find((one) => one.scenario === scenario && one.contender === contender);
}

/** CPU time of the contender's processes for a copy that arrived, in nanoseconds. */
export function copyNanoseconds({ mirrorProcessors, mirroredPps }: Measurement): number | undefined {
  if (mirroredPps < LEAST_PPS || mirrorProcessors === 0) return undefined;
  return (mirrorProcessors / mirroredPps) * NANOSECONDS;
}

/** Share of the copies due that did not arrive. */
export function lostPart({ due, mirrored }: Measurement): number {
  return due === 0 ? 0 : (due - mirrored) / due;
}

/**
 * CPU time of the whole machine for a copy that arrived, beyond what the same frames cost without a mirror, in
 * nanoseconds; undefined: the scenario was not measured without.
 */
export function machineNanoseconds(results: Results, series: Series<Measurement>): Spread | undefined {
  const plain = seriesOf(results.load, series.scenario, NO_MIRROR);
  const forwarding = spreadOf(
    figures(plain, ({ busyProcessors, forwardedPps }) => busyProcessors / forwardedPps),
  );
  if (forwarding === undefined) return undefined;
  const costs = figures(series, ({ busyProcessors, forwardedPps, mirroredPps }) => {
    if (mirroredPps < LEAST_PPS) return undefined;
    return ((busyProcessors - forwarding.median * forwardedPps) / mirroredPps) * NANOSECONDS;
  });
  return spreadOf(costs);
}
