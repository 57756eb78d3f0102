/** Rates: the difference of two statuses, per second. */
import { type NetworkMetrics, PACKET_METRICS } from '../counters/network-metrics.js';
import type { Status } from './status.js';

/** The parts of the status that rates are made of. */
export type RateInput = Pick<Status, 'uptimeSeconds' | 'sources'>;

/** Packets per second over all sources. */
export interface PacketRates {
  readonly mirrored: number;
  readonly skipped: number;
}

/** @param before undefined: since the daemon started. */
export function packetRates(now: RateInput, before: RateInput | undefined): PacketRates {
  const seconds = now.uptimeSeconds - (before?.uptimeSeconds ?? 0);
  const perSecond = (metrics: readonly (keyof NetworkMetrics)[]): number =>
    seconds > 0 ? (sum(now, metrics) - sum(before, metrics)) / seconds : 0;
  return {
    mirrored: perSecond(PACKET_METRICS.filter((name) => !name.includes('Skip'))),
    skipped: perSecond(PACKET_METRICS.filter((name) => name.includes('Skip'))),
  };
}

function sum(status: RateInput | undefined, metrics: readonly (keyof NetworkMetrics)[]): number {
  const sources = status?.sources ?? [];
  return sources.reduce((total, source) => metrics.reduce((part, name) => part + source[name], total), 0);
}
