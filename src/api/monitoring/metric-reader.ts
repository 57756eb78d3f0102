/** Who asks for metrics, and of what. */
import type { MetricStore } from './metric-store.js';

export interface MetricReader {
  readonly accountId: string;
  readonly store: MetricStore;
  /** Milliseconds since 1970. */
  readonly now: number;
}
