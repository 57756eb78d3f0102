/** Who asks for metrics, and of what. */
import type { Slices } from '../work-queue.js';
import type { MetricStore } from './metric-store.js';

export interface MetricReader {
  readonly accountId: string;
  readonly store: MetricStore;
  /** The time that the call has before others get theirs. */
  readonly slices: Slices;
  /** Milliseconds since 1970. */
  readonly now: number;
}
