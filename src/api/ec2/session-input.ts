/** What must hold of a session among all others, for its creation and for its modification. */
import type { NetworkInterface } from '../../resources/network-interface.js';
import {
  LOAD_BALANCER_PACKET_LENGTH,
  type PacketLength,
  type SessionNumber,
} from '../../resources/numbers.js';
import { interfaceTraits } from '../../resources/resource-view.js';
import type { TrafficMirrorSession } from '../../resources/traffic-mirror-session.js';
import { isLoadBalanced, type TrafficMirrorTarget } from '../../resources/traffic-mirror-target.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error, invalidValue } from './ec2-error.js';
import type { Entry } from './kinds.js';

/** The interface has a device, and is no target. @throws Ec2Error */
export function requireSource(call: Ec2Call, id: string, source: NetworkInterface): void {
  if (source.device === undefined) {
    throw invalidValue(id, 'networkInterfaceId', 'The interface has no device, and a source needs one');
  }
  const target = call.context.catalog.targetWithTrait(interfaceTraits(source));
  if (target === undefined) return;
  throw interfaceInUse(call, id, target);
}

/** @param targetId the target that the interface is */
export function interfaceInUse(call: Ec2Call, id: string, targetId: string): Ec2Error {
  return new Ec2Error(
    'InterfaceInUseByTrafficMirrorTarget',
    `Interface ${id} is in use by ${call.nameOf('targets', targetId)}`,
  );
}

/** @param others the other sessions on the interface. @throws Ec2Error InvalidParameterValue */
export function requireFreeNumber(
  call: Ec2Call,
  sessionNumber: SessionNumber,
  others: readonly Entry<TrafficMirrorSession>[],
): void {
  const same = others.find(({ resource }) => resource.sessionNumber === sessionNumber);
  if (same === undefined) return;
  const user = call.nameOf('sessions', same.resource.trafficMirrorSessionId);
  const why = `The session number is already being used by ${user}`;
  throw invalidValue(sessionNumber, 'sessionNumber', why);
}

/**
 * What to keep of frames towards the target: with a load balancer there is a default, and a maximum.
 * @throws Ec2Error InvalidParameterValue
 */
export function packetLengthFor(
  target: TrafficMirrorTarget,
  packetLength: PacketLength | undefined,
): PacketLength | undefined {
  if (!isLoadBalanced(target)) return packetLength;
  if (packetLength === undefined) return LOAD_BALANCER_PACKET_LENGTH;
  if (packetLength <= LOAD_BALANCER_PACKET_LENGTH) return packetLength;
  const why = `Expecting a value between 1 and ${LOAD_BALANCER_PACKET_LENGTH} for a load balancer target`;
  throw invalidValue(packetLength, 'packetLength', why);
}
