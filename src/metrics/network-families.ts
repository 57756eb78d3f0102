/** The eight metrics of cloud Traffic Mirroring under their own names, which are no names for Prometheus. */
import { BYTE_METRICS, type NetworkMetrics, PACKET_METRICS } from '../counters/network-metrics.js';
import type { Family } from './family.js';

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
