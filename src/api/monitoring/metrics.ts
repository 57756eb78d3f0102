/**
 * The metrics of Traffic Mirroring in CloudWatch: for one instance, for all instances with something in common, or for all
 * sources of an account together.
 */

import { BYTE_METRICS, type NetworkMetrics, PACKET_METRICS } from '../../counters/network-metrics.js';
import type { InterfacePlace } from '../../resources/network-interface.js';

export type MetricName = keyof NetworkMetrics;

export const NAMESPACE = 'AWS/EC2';

/**
 * The dimensions of instances. A source whose interface belongs to no instance counts as an instance of its own: its
 * `InstanceId` is the id of the interface.
 */
export const DIMENSIONS = ['InstanceId', 'AutoScalingGroupName', 'ImageId', 'InstanceType'] as const;

export type DimensionName = (typeof DIMENSIONS)[number];

/** The dimension of series that have only a value. */
const SOURCE_DIMENSION = 'InstanceId';

/** A dimension with its value. */
export interface Dimension {
  readonly name: DimensionName;
  readonly value: string;
}

/** What dimensions are made of. */
type InstanceAttributes = Pick<
  InterfacePlace,
  'instanceId' | 'autoScalingGroupName' | 'imageId' | 'instanceType'
>;

/** Names of the metrics, in the order of the counts in a point. */
export const METRIC_NAMES: readonly MetricName[] = [...BYTE_METRICS, ...PACKET_METRICS];

/** Counts of one minute, by the index of METRIC_NAMES. */
export type PointValues = readonly number[];

/** A series of points. */
export interface Series {
  readonly accountId: string;
  /** The value of its dimension; undefined: all sources of the account together. */
  readonly sourceId: string | undefined;
  /** Absent: `SOURCE_DIMENSION`, or none without a value. Older versions know no other. */
  readonly dimension?: Exclude<DimensionName, typeof SOURCE_DIMENSION>;
}

/** The dimensions in which a source counts. @param instance that of its interface, as far as it is known */
export function dimensionsOf(
  sourceId: string,
  { instanceId = sourceId, autoScalingGroupName, imageId, instanceType }: InstanceAttributes,
): Dimension[] {
  const values = {
    InstanceId: instanceId,
    AutoScalingGroupName: autoScalingGroupName,
    ImageId: imageId,
    InstanceType: instanceType,
  } satisfies Record<DimensionName, string | undefined>;
  return DIMENSIONS.flatMap((name) => (values[name] === undefined ? [] : [{ name, value: values[name] }]));
}

/** The series of an account in a dimension; without one, that of all its sources. */
export function seriesOf(accountId: string, dimension: Dimension | undefined): Series {
  if (dimension === undefined) return { accountId, sourceId: undefined };
  const { name, value: sourceId } = dimension;
  return name === SOURCE_DIMENSION ? { accountId, sourceId } : { accountId, sourceId, dimension: name };
}

/** The dimension of a series, if it has one. */
export function dimensionOf({ sourceId, dimension }: Series): Dimension | undefined {
  return sourceId === undefined ? undefined : { name: dimension ?? SOURCE_DIMENSION, value: sourceId };
}

/** A key for each series. Ids have no line breaks, so that no two series have the same. */
export function seriesKey({ accountId, sourceId, dimension }: Series): string {
  if (sourceId === undefined) return accountId;
  return dimension === undefined ? `${accountId} ${sourceId}` : `${accountId}\n${dimension}\n${sourceId}`;
}

export function isDimensionName(name: string): name is DimensionName {
  return (DIMENSIONS as readonly string[]).includes(name);
}

export function unitOf(name: MetricName): 'Bytes' | 'Count' {
  return (BYTE_METRICS as readonly string[]).includes(name) ? 'Bytes' : 'Count';
}

export function isMetricName(name: string): name is MetricName {
  return (METRIC_NAMES as readonly string[]).includes(name);
}
