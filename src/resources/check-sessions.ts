/** The sessions of a file: their numbers, their packet lengths, and that no source is a target. */
import { type Draft, entries } from './draft.js';
import { LOAD_BALANCER_PACKET_LENGTH } from './numbers.js';
import { show } from './parsed.js';
import { formatPath, placesOf, type ResourceProblem } from './problem.js';
import type { ResourceSet } from './resource-set.js';
import { type ResourceView, sourceId } from './resource-view.js';
import { checkPacketLength, checkSessionNumber, checkTargetIsNoSource } from './rules.js';
import { isLoadBalanced, RECEIVER_KEYS, type Receiver } from './traffic-mirror-target.js';

type View = ResourceView<number>;

/** Reports `duplicate-session-number` and `load-balancer-packet-length`. */
export function checkSessions(resources: Draft<ResourceSet>, view: View): ResourceProblem[] {
  return [...duplicateNumbers(resources, view), ...packetLengths(resources)];
}

function duplicateNumbers({ trafficMirrorSessions }: Draft<ResourceSet>, view: View): ResourceProblem[] {
  return [...entries(trafficMirrorSessions)].flatMap(([index, { networkInterfaceId, sessionNumber }]) => {
    if (networkInterfaceId === undefined || sessionNumber === undefined) return [];
    const violation = checkSessionNumber(view, networkInterfaceId, sessionNumber, index);
    if (violation === undefined) return [];
    const taken = `${sessionNumber} on ${show(sourceId(view, networkInterfaceId))}`;
    const text = `${taken} is taken by ${sessionPath(violation.other)}`;
    return [{ path: ['trafficMirrorSessions', index, 'sessionNumber'], code: violation.code, text }];
  });
}

function packetLengths({
  trafficMirrorTargets,
  trafficMirrorSessions,
}: Draft<ResourceSet>): ResourceProblem[] {
  const receivers = new Map<string | undefined, Draft<Receiver>>();
  for (const [, target] of entries(trafficMirrorTargets)) {
    if (isLoadBalanced(target)) receivers.set(target.trafficMirrorTargetId, target);
  }
  return [...entries(trafficMirrorSessions)].flatMap(([index, { trafficMirrorTargetId, packetLength }]) => {
    if (trafficMirrorTargetId === undefined) return [];
    const violation = checkPacketLength(receivers.get(trafficMirrorTargetId) ?? {}, packetLength);
    if (violation === undefined) return [];
    const text = `${violation.packetLength} is above ${LOAD_BALANCER_PACKET_LENGTH}, the maximum towards a load balancer`;
    return [{ path: ['trafficMirrorSessions', index, 'packetLength'], code: violation.code, text }];
  });
}

/** Reports `interface-both-source-and-target`, at the target. */
export function checkSourceAndTarget(resources: Draft<ResourceSet>, view: View): ResourceProblem[] {
  return RECEIVER_KEYS.flatMap((name) =>
    placesOf(resources.trafficMirrorTargets, ['trafficMirrorTargets'], name).flatMap(({ value, path }) => {
      const violation = checkTargetIsNoSource(view, { [name]: value });
      if (violation === undefined) return [];
      const source = `the source of ${sessionPath(violation.other)}`;
      const text = `has the same ${violation.key} as ${source}: an interface is a source or a target`;
      return [{ path, code: violation.code, text }];
    }),
  );
}

function sessionPath(index: number): string {
  return formatPath(['trafficMirrorSessions', index]);
}
