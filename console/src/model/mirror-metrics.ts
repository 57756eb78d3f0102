/** The eight metrics of mirroring. */
import type { MetricQuery } from '../aws/monitoring.js';
import { bytesText, countText } from './amounts.js';

/** Milliseconds of an hour. */
export const HOUR_MS = 3_600_000;

/** Seconds of the shortest period. */
export const MINUTE_S = 60;

/** A metric. */
export interface MirrorMetric {
  /** Of a query: begins with a small letter. */
  readonly id: string;
  readonly name: string;
  readonly unit: 'Bytes' | 'Count';
}

/** The metrics: In is what the source receives, Out what it sends. */
export const MIRROR_METRICS: readonly MirrorMetric[] = (
  [
    ['NetworkMirrorIn', 'Bytes'],
    ['NetworkMirrorOut', 'Bytes'],
    ['NetworkPacketsMirrorIn', 'Count'],
    ['NetworkPacketsMirrorOut', 'Count'],
    ['NetworkSkipMirrorIn', 'Bytes'],
    ['NetworkSkipMirrorOut', 'Bytes'],
    ['NetworkPacketsSkipMirrorIn', 'Count'],
    ['NetworkPacketsSkipMirrorOut', 'Count'],
  ] as const
).map(([name, unit], index) => ({ id: `m${index + 1}`, name, unit }));

/** The queries of the sums of an instance by minute. */
export function queriesOf(instanceId: string): MetricQuery[] {
  return MIRROR_METRICS.map(({ id, name }) => ({
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: 'AWS/EC2',
        MetricName: name,
        Dimensions: [{ Name: 'InstanceId', Value: instanceId }],
      },
      Period: MINUTE_S,
      Stat: 'Sum',
    },
  }));
}

/** A value with its unit. */
export function textOf({ unit }: MirrorMetric, value: number | undefined): string {
  return unit === 'Bytes' ? bytesText(value) : countText(value);
}
