/** The health of load balancers, zone by zone. */
import type { LoadBalancerPlan } from '../plan/mirror-plan.js';
import type { LoadBalancerStatus, Status } from './status.js';

/**
 * @param targets what engines report of addresses: those that take copies.
 * @param unhealthy addresses whose health check fails, also where no source sends to them.
 */
export function loadBalancerStatuses(
  plans: readonly LoadBalancerPlan[],
  targets: readonly Pick<Status['targets'][number], 'address' | 'state'>[],
  unhealthy: readonly string[],
): LoadBalancerStatus[] {
  const dead = new Set(unhealthy);
  for (const { address, state } of targets) if (state === 'unreachable') dead.add(address);
  return plans.map(({ networkLoadBalancerArn, crossZone, zones, targets: behind }) => ({
    networkLoadBalancerArn,
    crossZone,
    zones: zones.map(({ availabilityZone, addresses }) => ({
      availabilityZone: availabilityZone ?? null,
      addresses: addresses.length,
      healthy: addresses.filter((address) => !dead.has(address)).length,
    })),
    targets: behind.map(({ targetId, obstacle }) => ({
      targetId,
      active: obstacle === '',
      reason: obstacle,
    })),
  }));
}
