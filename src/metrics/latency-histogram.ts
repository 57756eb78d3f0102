/** The latency counts of each source and direction as a histogram. */
import type { Histogram, Registry } from 'prom-client';
import { LATENCY_BUCKETS } from '../counters/layout.js';
import type { LaneStatus, Status } from '../status/status.js';
import type { Labels, Sample } from './family.js';
import { laneLabels } from './lane-families.js';

const NAME = 'traffic_mirror_latency_seconds';

/** A value of a family whose members have names of their own. */
interface NamedSample extends Sample {
  readonly metricName: string;
}

/** @param read the status of this scrape. */
export function registerLatency(registry: Registry, read: () => Status): void {
  const metric = {
    name: NAME,
    get: async () => ({
      name: NAME,
      help: 'From when a block of frames began in the kernel to when its copies were handed to it, one per block.',
      type: 'histogram',
      aggregator: 'sum',
      values: read().lanes.flatMap(laneSamples),
    }),
  };
  // prom-client's own histogram counts what is observed, while these counts are made in the engine. Of a metric the
  // registry asks for no more than this.
  registry.registerMetric(metric as unknown as Histogram);
}

/** Buckets add up: each counts what is not above its bound. */
function laneSamples(lane: LaneStatus): NamedSample[] {
  const labels = laneLabels(lane);
  let count = 0;
  const buckets = LATENCY_BUCKETS.map((le) => {
    count += lane.latency.blocks[le] ?? 0;
    return named('bucket', { ...labels, le }, count);
  });
  return [...buckets, named('sum', labels, lane.latency.microseconds / 1e6), named('count', labels, count)];
}

function named(member: string, labels: Labels, value: number): NamedSample {
  return { metricName: `${NAME}_${member}`, labels, value };
}
