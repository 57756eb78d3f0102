/**
 * The eight metrics of cloud Traffic Mirroring, from the counts of a source. Here each is a total. In the cloud each
 * has a value per period.
 */
import type { Amount, LaneCounts, SessionCounts } from './snapshot.js';

/** In is ingress, Out is egress; bytes are those of the frames on the wire. */
export const BYTE_METRICS = [
  'NetworkMirrorIn',
  'NetworkMirrorOut',
  'NetworkSkipMirrorIn',
  'NetworkSkipMirrorOut',
] as const;
export const PACKET_METRICS = [
  'NetworkPacketsMirrorIn',
  'NetworkPacketsMirrorOut',
  'NetworkPacketsSkipMirrorIn',
  'NetworkPacketsSkipMirrorOut',
] as const;

export type NetworkMetrics = Record<(typeof BYTE_METRICS | typeof PACKET_METRICS)[number], number>;

/** @param lanes of one source; a direction without a lane mirrors nothing. */
export function networkMetrics(lanes: readonly LaneCounts[]): NetworkMetrics {
  const ingress = sumLanes(lanes.filter(({ direction }) => direction === 'ingress'));
  const egress = sumLanes(lanes.filter(({ direction }) => direction === 'egress'));
  return {
    NetworkMirrorIn: ingress.mirrored.bytes,
    NetworkMirrorOut: egress.mirrored.bytes,
    NetworkSkipMirrorIn: ingress.skipped.bytes,
    NetworkSkipMirrorOut: egress.skipped.bytes,
    NetworkPacketsMirrorIn: ingress.mirrored.packets,
    NetworkPacketsMirrorOut: egress.mirrored.packets,
    NetworkPacketsSkipMirrorIn: ingress.skipped.packets,
    NetworkPacketsSkipMirrorOut: egress.skipped.packets,
  };
}

/** Frames that the ring had no room for count as skipped too, without bytes: the kernel does not count those. */
function sumLanes(lanes: readonly LaneCounts[]): { mirrored: Amount; skipped: Amount } {
  const sessions = lanes.flatMap((lane) => lane.sessions);
  const skipped = sumAmounts(sessions.flatMap(skippedAmounts));
  const ringDropped = lanes.reduce((sum, lane) => sum + lane.ringDropped, 0);
  return {
    mirrored: sumAmounts(sessions.map(({ mirrored }) => mirrored)),
    skipped: { packets: skipped.packets + ringDropped, bytes: skipped.bytes },
  };
}

function skippedAmounts({ skipped }: SessionCounts): Amount[] {
  return Object.values(skipped);
}

function sumAmounts(amounts: readonly Amount[]): Amount {
  return amounts.reduce(
    (sum, { packets, bytes }) => ({ packets: sum.packets + packets, bytes: sum.bytes + bytes }),
    { packets: 0, bytes: 0 },
  );
}
