/** Families of counts: of each lane, of each session on a lane, and of each source under the cloud's names. */
import { BYTE_METRICS, type NetworkMetrics, PACKET_METRICS } from '../counters/network-metrics.js';
import type { Amount, SessionCounts } from '../counters/snapshot.js';
import { LANE_COUNTS, SESSION_COUNTS } from '../counters/table.js';
import type { LaneStatus, Status } from '../status/status.js';
import type { Family, Labels, Sample } from './family.js';

const LANE_LABELS = ['source', 'direction'] as const;
const SESSION_LABELS = ['source', 'direction', 'session'] as const;

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

export const SESSION_FAMILIES: readonly Family[] = [
  ...amountFamilies('matched', 'that a session mirrors: copies due', (session) => session.matched),
  ...amountFamilies('mirrored', 'whose copies the kernel took to send', (session) => session.mirrored),
  ...skippedFamilies(),
  ...SESSION_COUNTS.map(({ name, metric, help }) => sessionFamily(metric, help, (session) => session[name])),
  {
    name: 'traffic_mirror_rule_matched_packets_total',
    help: 'Matched frames by the accept rule that decided.',
    type: 'counter',
    labels: [...SESSION_LABELS, 'rule'],
    samples: (status) =>
      eachSession(status, (session, labels) =>
        session.rules.map(({ ruleId, packets }) => ({ labels: { ...labels, rule: ruleId }, value: packets })),
      ),
  },
  {
    name: 'traffic_mirror_service_matched_packets_total',
    help: 'Matched frames by the network service that decided.',
    type: 'counter',
    labels: [...SESSION_LABELS, 'service'],
    samples: (status) =>
      eachSession(status, (session, labels) =>
        Object.entries(session.services).map(([service, value]) => ({
          labels: { ...labels, service },
          value,
        })),
      ),
  },
];

/** The eight metrics of cloud Traffic Mirroring. Their own names stand in a label, since Prometheus does not allow them. */
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

function sessionFamily(name: string, help: string, read: (session: SessionCounts) => number): Family {
  return {
    name: `traffic_mirror_${name}`,
    help,
    type: 'counter',
    labels: SESSION_LABELS,
    samples: (status) => eachSession(status, (session, labels) => [{ labels, value: read(session) }]),
  };
}

/** @param what continues "Frames ...". */
function amountFamilies(name: string, what: string, read: (session: SessionCounts) => Amount): Family[] {
  return [
    sessionFamily(`${name}_packets_total`, `Frames ${what}.`, (session) => read(session).packets),
    sessionFamily(
      `${name}_bytes_total`,
      `Bytes on the wire of the frames ${what}.`,
      (session) => read(session).bytes,
    ),
  ];
}

function skippedFamilies(): Family[] {
  const family = (unit: keyof Amount, help: string): Family => ({
    name: `traffic_mirror_skipped_${unit}_total`,
    help,
    type: 'counter',
    labels: [...SESSION_LABELS, 'reason'],
    samples: (status) =>
      eachSession(status, (session, labels) =>
        Object.entries(session.skipped).map(([reason, amount]) => ({
          labels: { ...labels, reason },
          value: amount[unit],
        })),
      ),
  });
  return [
    family('packets', 'Frames whose copies were due and not sent, by reason.'),
    family('bytes', 'Bytes on the wire of the frames whose copies were due and not sent, by reason.'),
  ];
}

function eachSession(
  { lanes }: Status,
  samples: (session: SessionCounts, labels: Labels) => readonly Sample[],
): Sample[] {
  return lanes.flatMap((lane) =>
    lane.sessions.flatMap((session) => samples(session, { ...laneLabels(lane), session: session.sessionId })),
  );
}
