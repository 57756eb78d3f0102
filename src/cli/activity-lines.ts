/** Sessions and load balancers as lines of `status`. */
import type { LoadBalancerStatus, SessionStatus } from '../status/status.js';

/** A line per session; none of a daemon of an older version, which does not tell. */
export function sessionLines(sessions: readonly SessionStatus[]): string[] {
  return sessions.flatMap(({ sessionId, sourceId, sessionNumber, targetId, active, since, reason }) => {
    if (active === undefined) return [];
    const way = `${sourceId}, number ${sessionNumber}, to ${targetId}`;
    const state = active ? `active since ${since}` : `inactive since ${since}: ${reason}`;
    return [`session ${sessionId} (${way})  ${state}`];
  });
}

/** A line per load balancer and zone, and one per target that takes no copies. */
export function loadBalancerLines(loadBalancers: readonly LoadBalancerStatus[] = []): string[] {
  return loadBalancers.flatMap(({ networkLoadBalancerArn, crossZone, zones, targets }) => [
    ...targets
      .filter(({ active }) => !active)
      .map(({ targetId, reason }) => `target ${targetId}  inactive: ${reason}`),
    ...zones.map(({ availabilityZone, addresses, healthy }) => {
      const zone = availabilityZone === null ? '' : ` zone ${availabilityZone}`;
      const reach = crossZone ? '' : ', takes copies of its own zone only';
      return `load balancer ${networkLoadBalancerArn}${zone}  ${healthy} of ${addresses} addresses healthy${reach}`;
    }),
  ]);
}
