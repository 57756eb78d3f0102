/** Figures of a run of the bench: medians over the rounds. */
import { median } from '../median.js';
import type { BulkTcp } from './bulk-tcp.js';
import type { Measurement } from './round.js';

/** Figures of a contender in a scenario. */
export interface Load {
  /** Frames a second that the source still forwards. */
  readonly forwardedPps: number;
  readonly mirroredPps: number;
  /** Share of the copies due that did not arrive. */
  readonly lost: number;
  /** What a mirrored packet costs the machine beyond what forwarding it costs; absent when nothing was mirrored. */
  readonly cpuMicroseconds: number | undefined;
  readonly residentMegabytes: number;
}

export interface Results {
  readonly startedAt: string;
  readonly rounds: number;
  /** The load of each round. */
  readonly seconds: number;
  readonly load: ({ scenario: string; contender: string } & Load)[];
  readonly bulkTcp: { scenario: string; contender: string; values: BulkTcp[] }[];
  readonly latency: { contender: string; values: { p50Ms: number; p99Ms: number }[] }[];
}

/** @param baseline rounds of the same scenario without a mirror. */
export function summarise(rounds: readonly Measurement[], baseline: readonly Measurement[]): Load {
  const of = (value: (measurement: Measurement) => number): number => median(rounds.map(value));
  const forwardingSeconds = median(baseline.map(({ busySeconds, forwarded }) => busySeconds / forwarded));
  const mirrored = of((round) => round.mirrored);
  const cost = of(
    (round) => (round.busySeconds - forwardingSeconds * round.forwarded) / Math.max(1, round.mirrored),
  );
  return {
    forwardedPps: of((round) => round.forwarded / round.seconds),
    mirroredPps: of((round) => round.mirrored / round.seconds),
    lost: of((round) => (round.lost === 0 ? 0 : round.lost / (round.lost + round.mirrored))),
    cpuMicroseconds: mirrored < 1000 ? undefined : cost * 1e6,
    residentMegabytes: of((round) => round.residentBytes / 1e6),
  };
}
