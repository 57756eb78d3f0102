/** Traffic mirror sessions: each connects a source, a filter and a target. */
import { randomInt } from 'node:crypto';
import type { SessionOptions } from '../plan/mirror-plan.js';
import {
  LOAD_BALANCER_PACKET_LENGTH,
  type PacketLength,
  type SessionNumber,
  VNI_RANGE,
  type Vni,
} from './numbers.js';
import type { Tags } from './tags.js';
import { isLoadBalanced, type Receiver, type TrafficMirrorTarget } from './traffic-mirror-target.js';

/** A session. A frame goes to the first session, by number, whose filter accepts it. */
export interface TrafficMirrorSession extends SessionOptions {
  readonly trafficMirrorSessionId: string;
  /** The source: a declared interface with a device, or the name of a local device. */
  readonly networkInterfaceId: string;
  readonly trafficMirrorTargetId: string;
  readonly trafficMirrorFilterId: string;
  /** Unique on its source. */
  readonly sessionNumber: SessionNumber;
  /** Bytes of a frame to keep; absent: all. Towards a load balancer it is never absent. */
  readonly packetLength?: PacketLength;
  /** Sessions may share one that was given; one that was chosen at random is unique. */
  readonly virtualNetworkId: Vni;
  readonly description?: string;
  readonly tags: Tags;
  /** The selector for one of whose matches it was made; absent: it was requested. */
  readonly selectorId?: string;
}

/** A session as it was requested, before a virtual network id that was left out is chosen. */
export type RequestedSession = Omit<TrafficMirrorSession, 'virtualNetworkId'> & {
  readonly virtualNetworkId?: Vni;
};

/** An integer from `minimum` up to but not including `limit`. */
export type RandomInteger = (minimum: number, limit: number) => number;

/**
 * Fills in what sessions left out: the packet length towards a load balancer, and the virtual network id. The id is the
 * one that the session had before, unless another session has it now; else one at random that no session of the list
 * has.
 * @param random for tests; the default is unpredictable
 * @param before the sessions that this list replaces
 */
export function completeSessions(
  sessions: readonly RequestedSession[],
  targets: readonly TrafficMirrorTarget[],
  random: RandomInteger = randomInt,
  before: readonly TrafficMirrorSession[] = [],
): TrafficMirrorSession[] {
  const used = new Set(sessions.map((session) => session.virtualNetworkId));
  const earlier = keepVnis(sessions, before, used);
  const receivers = new Map(targets.map((target) => [target.trafficMirrorTargetId, target]));
  return sessions.map((session) => {
    const receiver = receivers.get(session.trafficMirrorTargetId) ?? {};
    const packetLength = completePacketLength(receiver, session.packetLength);
    return {
      ...session,
      ...(packetLength !== undefined && { packetLength }),
      virtualNetworkId:
        session.virtualNetworkId ?? earlier.get(session.trafficMirrorSessionId) ?? takeVni(used, random),
    };
  });
}

/** The packet length of a session, with the default of load balancers. */
export function completePacketLength(
  receiver: Receiver,
  packetLength: PacketLength | undefined,
): PacketLength | undefined {
  return packetLength ?? (isLoadBalanced(receiver) ? LOAD_BALANCER_PACKET_LENGTH : undefined);
}

/** The ids that sessions keep, by session id. All are kept before any id is chosen at random. */
function keepVnis(
  sessions: readonly RequestedSession[],
  before: readonly TrafficMirrorSession[],
  used: Set<Vni | undefined>,
): Map<string, Vni> {
  const had = new Map(before.map((session) => [session.trafficMirrorSessionId, session.virtualNetworkId]));
  const kept = new Map<string, Vni>();
  for (const { trafficMirrorSessionId: id, virtualNetworkId } of sessions) {
    const vni = had.get(id);
    if (virtualNetworkId !== undefined || vni === undefined || used.has(vni)) continue;
    used.add(vni);
    kept.set(id, vni);
  }
  return kept;
}

function takeVni(used: Set<Vni | undefined>, random: RandomInteger): Vni {
  const vni = chooseVni((candidate) => used.has(candidate), random);
  used.add(vni);
  return vni;
}

/** A virtual network id at random that is not taken. Never 0, which clients read as "not set". */
export function chooseVni(isTaken: (vni: Vni) => boolean, random: RandomInteger = randomInt): Vni {
  for (;;) {
    const vni = random(1, VNI_RANGE.maximum + 1) as Vni;
    if (!isTaken(vni)) return vni;
  }
}
