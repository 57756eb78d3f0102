/** The counts of each source and direction, and those of each source by the cloud's names. */
import { BYTE_METRICS, type NetworkMetrics, PACKET_METRICS } from '../counters/network-metrics.js';
import { LANE_COUNTS } from '../counters/table.js';
import type { LaneStatus } from '../status/status.js';
import type { Family, Labels } from './family.js';

const LANE_LABELS = ['source', 'direction'] as const;

export const LANE_FAMILIES: readonly Family[] = [
  laneFamily('captured_packets_total', 'Frames that came to the engine.', (lane) => lane.read.packets),
  laneFamily(
    'captured_bytes_total',
    'Bytes of the frames that came to the engine, as they were on the wire.',
    (lane) => lane.read.bytes,
  ),
  ...LANE_COUNTS.map(({ name, metric, help }) => laneFamily(metric, help, (lane) => lane[name])),
  {
    name: 'traffic_mirror_unmirrored_packets_total',
    help: 'Captured frames of a type that is never mirrored, by type.',
    type: 'counter',
    labels: [...LANE_LABELS, 'type'],
    samples: ({ lanes }) =>
      lanes.flatMap((lane) =>
        Object.entries(lane.unmirrored).map(([type, value]) => ({
          labels: { ...laneLabels(lane), type },
          value,
        })),
      ),
  },
  {
    name: 'traffic_mirror_ring_fill_ratio',
    help: 'Largest share of the capture ring that waited to be read in the last second or two.',
    type: 'gauge',
    labels: LANE_LABELS,
    samples: ({ lanes }) => lanes.map((lane) => ({ labels: laneLabels(lane), value: lane.ringFill })),
  },
];

/** The eight metrics of cloud Traffic Mirroring under their own names, which are no names for Prometheus. */
export const NETWORK_FAMILIES: readonly Family[] = [
  networkFamily(
    'network_bytes_total',
    'NetworkMirrorIn, NetworkMirrorOut, NetworkSkipMirrorIn and NetworkSkipMirrorOut of each source, in bytes.',
    BYTE_METRICS,
  ),
  networkFamily(
    'network_packets_total',
    'NetworkPacketsMirrorIn, NetworkPacketsMirrorOut, NetworkPacketsSkipMirrorIn and NetworkPacketsSkipMirrorOut of each source.',
    PACKET_METRICS,
  ),
];

export function laneLabels({ sourceId, direction }: LaneStatus): Labels {
  return { source: sourceId, direction };
}

function laneFamily(name: string, help: string, read: (lane: LaneStatus) => number): Family {
  return {
    name: `traffic_mirror_${name}`,
    help,
    type: 'counter',
    labels: LANE_LABELS,
    samples: ({ lanes }) => lanes.map((lane) => ({ labels: laneLabels(lane), value: read(lane) })),
  };
}

function networkFamily(name: string, help: string, metrics: readonly (keyof NetworkMetrics)[]): Family {
  return {
    name: `traffic_mirror_${name}`,
    help,
    type: 'counter',
    labels: ['source', 'metric'],
    samples: ({ sources }) =>
      sources.flatMap((source) =>
        metrics.map((metric) => ({ labels: { source: source.sourceId, metric }, value: source[metric] })),
      ),
  };
}
