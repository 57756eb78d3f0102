/** Session numbers are unique on their source, and packet lengths fit the target. */
import { type Draft, entries } from './draft.js';
import { interfaceResolver } from './network-interface.js';
import { LOAD_BALANCER_PACKET_LENGTH } from './numbers.js';
import { show } from './parsed.js';
import type { ResourceProblem } from './problem.js';
import { type Place, repeatProblems } from './repeats.js';
import type { ResourceSet } from './resource-set.js';
import { isLoadBalanced } from './traffic-mirror-target.js';

/** Reports `duplicate-session-number` and `load-balancer-packet-length`. */
export function checkSessions(resources: Draft<ResourceSet>): ResourceProblem[] {
  return [...duplicateNumbers(resources), ...packetLengths(resources)];
}

function duplicateNumbers(resources: Draft<ResourceSet>): ResourceProblem[] {
  const resolve = interfaceResolver(resources.networkInterfaces);
  const places: Place<string>[] = [];
  for (const [index, { networkInterfaceId, sessionNumber }] of entries(resources.trafficMirrorSessions)) {
    if (networkInterfaceId === undefined || sessionNumber === undefined) continue;
    const source = resolve(networkInterfaceId)?.networkInterfaceId ?? networkInterfaceId;
    const path = ['trafficMirrorSessions', index, 'sessionNumber'];
    places.push({ value: `${sessionNumber} on ${show(source)}`, path });
  }
  return repeatProblems(places, 'duplicate-session-number', (value) => value);
}

function packetLengths(resources: Draft<ResourceSet>): ResourceProblem[] {
  const loadBalanced = new Set<string | undefined>();
  for (const [, target] of entries(resources.trafficMirrorTargets)) {
    if (isLoadBalanced(target)) loadBalanced.add(target.trafficMirrorTargetId);
  }
  return [...entries(resources.trafficMirrorSessions)].flatMap(
    ([index, { trafficMirrorTargetId, packetLength }]) => {
      if (trafficMirrorTargetId === undefined || !loadBalanced.has(trafficMirrorTargetId)) return [];
      if (packetLength === undefined || packetLength <= LOAD_BALANCER_PACKET_LENGTH) return [];
      const text = `${packetLength} is above ${LOAD_BALANCER_PACKET_LENGTH}, the maximum towards a load balancer`;
      const path = ['trafficMirrorSessions', index, 'packetLength'];
      return [{ path, code: 'load-balancer-packet-length' as const, text }];
    },
  );
}
