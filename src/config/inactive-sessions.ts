/** Warns of sessions that would mirror nothing, since their load balancer takes no copies of their source. */
import { encapsulatedAs } from '../resources/encapsulation.js';
import { zoneFinder } from '../resources/interface-place.js';
import { listenerObstacle, zoneObstacle } from '../resources/load-balancing.js';
import { interfaceResolver } from '../resources/network-interface.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { ValueProblem } from './problem.js';

/** @param resources in which `checkResources` finds no problem. */
export function inactiveWarnings(resources: ResourceSet): ValueProblem[] {
  const loadBalancers = new Map(
    resources.networkLoadBalancers.map((one) => [one.networkLoadBalancerArn, one]),
  );
  const targets = new Map(resources.trafficMirrorTargets.map((one) => [one.trafficMirrorTargetId, one]));
  const findInterface = interfaceResolver(resources.networkInterfaces);
  const zoneOf = zoneFinder(resources.networkInterfaces);
  return resources.trafficMirrorSessions.flatMap(({ trafficMirrorTargetId, networkInterfaceId }, index) => {
    const target = targets.get(trafficMirrorTargetId);
    const loadBalancer = loadBalancers.get(target?.networkLoadBalancerArn ?? '');
    const source = findInterface(networkInterfaceId);
    if (target === undefined || loadBalancer === undefined || source === undefined) return [];
    const obstacle =
      listenerObstacle(loadBalancer, encapsulatedAs(target, loadBalancer)) ??
      zoneObstacle(loadBalancer, source, zoneOf(source));
    if (obstacle === undefined) return [];
    const path = ['trafficMirrorSessions', index, 'trafficMirrorTargetId'];
    return [{ path, text: `${obstacle.reason}, so this session mirrors nothing` }];
  });
}
