/** The metrics of Traffic Mirroring in CloudWatch, for one source or for all sources of an account together. */
import { BYTE_METRICS, type NetworkMetrics, PACKET_METRICS } from '../../counters/network-metrics.js';

export type MetricName = keyof NetworkMetrics;

export const NAMESPACE = 'AWS/EC2';
/** Its value is the id of the source's network interface. Every source counts as an instance of its own. */
export const SOURCE_DIMENSION = 'InstanceId';

/** Names of the metrics, in the order of the counts in a point. */
export const METRIC_NAMES: readonly MetricName[] = [...BYTE_METRICS, ...PACKET_METRICS];

/** Counts of one minute, by the index of METRIC_NAMES. */
export type PointValues = readonly number[];

/** A series of points. */
export interface Series {
  readonly accountId: string;
  /** Undefined: all sources of the account together. */
  readonly sourceId: string | undefined;
}

export function unitOf(name: MetricName): 'Bytes' | 'Count' {
  return (BYTE_METRICS as readonly string[]).includes(name) ? 'Bytes' : 'Count';
}

export function isMetricName(name: string): name is MetricName {
  return (METRIC_NAMES as readonly string[]).includes(name);
}
