/** What a target and its receiver say of the copies to it: their addresses, their limits, and why there may be none. */
import type { LoadBalancerPlan, RateLimitPlan } from '../plan/mirror-plan.js';
import type { UnderlayAddress } from './address.js';
import { type Encapsulated, encapsulatedAs } from './encapsulation.js';
import { zoneFinder } from './interface-place.js';
import { addressesFor, listenerObstacle, type Obstacle, zoneObstacle, zonesOf } from './load-balancing.js';
import { interfaceResolver, type NetworkInterface } from './network-interface.js';
import { type ResourceSet, receiverResolver } from './resource-set.js';
import {
  type NetworkLoadBalancer,
  RECEIVER_KEYS,
  type TrafficMirrorTarget,
} from './traffic-mirror-target.js';

/** A target, as the plans of sessions see it. */
export interface Reached {
  readonly limits: readonly RateLimitPlan[];
  readonly encapsulated: Encapsulated;
  /** Absent: its receiver is none. */
  readonly loadBalancer?: NetworkLoadBalancer;
  /** Why it takes no copies of any source. */
  readonly obstacle?: Obstacle;
  /** The zone of a source; undefined: nothing says one. */
  readonly zoneOf: ZoneFinder;
  /** The addresses that copies of a source go to; none when `obstacleOf` says why. */
  addressesFrom(source: NetworkInterface): readonly UnderlayAddress[];
}

/** What is asked of the receivers of copies. */
interface ReceiverOptions extends Encapsulated {
  readonly maximumBitsPerSecond?: number;
}

type ZoneFinder = (source: NetworkInterface) => string | undefined;

type FindReceiver = (key: (typeof RECEIVER_KEYS)[number], id: string) => ReceiverOptions | undefined;

/** Makes what targets reach, with the receivers of a file. */
export function reachedFinder(resources: ResourceSet): (target: TrafficMirrorTarget) => Reached {
  const addressesOf = receiverResolver(resources);
  const networkInterface = interfaceResolver(resources.networkInterfaces);
  const zoneOf = zoneFinder(resources.networkInterfaces);
  const loadBalancers = new Map(
    resources.networkLoadBalancers.map((one) => [one.networkLoadBalancerArn, one]),
  );
  const endpoints = new Map(
    resources.gatewayLoadBalancerEndpoints.map((one) => [one.gatewayLoadBalancerEndpointId, one]),
  );
  const receiver: FindReceiver = (key, id) => {
    if (key === 'networkInterfaceId') return networkInterface(id);
    return key === 'networkLoadBalancerArn' ? loadBalancers.get(id) : endpoints.get(id);
  };
  return (target) => {
    const options = {
      limits: limitsOf(target, receiver),
      encapsulated: encapsulatedOf(target, receiver),
      zoneOf,
    };
    const loadBalancer = loadBalancers.get(target.networkLoadBalancerArn ?? '');
    if (loadBalancer !== undefined) return reachedBehind(loadBalancer, options);
    const addresses = addressesOf(target);
    if (addresses.length === 0) throw new Error(`build plan: no address of ${target.trafficMirrorTargetId}`);
    return { ...options, addressesFrom: () => addresses };
  };
}

/** Why a target takes no copies of a source; undefined: it takes them. */
export function obstacleOf(reached: Reached, source: NetworkInterface): Obstacle | undefined {
  const { obstacle, loadBalancer } = reached;
  if (obstacle !== undefined || loadBalancer === undefined) return obstacle;
  return reached.addressesFrom(source).length > 0
    ? undefined
    : zoneObstacle(loadBalancer, source, reached.zoneOf(source));
}

/** The load balancers of targets, in the order of the targets, for the status. */
export function loadBalancerPlans(
  targets: readonly { readonly target: TrafficMirrorTarget; readonly reached: Reached }[],
): LoadBalancerPlan[] {
  const plans = new Map<
    NetworkLoadBalancer,
    LoadBalancerPlan & { readonly targets: LoadBalancerPlan['targets'][number][] }
  >();
  for (const { target, reached } of targets) {
    const { loadBalancer, obstacle } = reached;
    if (loadBalancer === undefined) continue;
    const plan = plans.get(loadBalancer) ?? {
      networkLoadBalancerArn: loadBalancer.networkLoadBalancerArn,
      crossZone: loadBalancer.crossZone ?? true,
      zones: zonesOf(loadBalancer),
      targets: [],
    };
    plans.set(loadBalancer, plan);
    plan.targets.push({ targetId: target.trafficMirrorTargetId, obstacle: obstacle?.reason ?? '' });
  }
  return [...plans.values()];
}

function reachedBehind(
  loadBalancer: NetworkLoadBalancer,
  options: Pick<Reached, 'limits' | 'encapsulated' | 'zoneOf'>,
): Reached {
  const obstacle = listenerObstacle(loadBalancer, options.encapsulated);
  const byZone = new Map<string | undefined, readonly UnderlayAddress[]>();
  return {
    ...options,
    loadBalancer,
    ...(obstacle !== undefined && { obstacle }),
    addressesFrom: (source) => {
      const zone = options.zoneOf(source);
      const addresses = byZone.get(zone) ?? addressesFor(loadBalancer, zone);
      byZone.set(zone, addresses);
      return addresses;
    },
  };
}

/** What limits copies to a target: its own rate, and that of its receiver, which other targets may share. */
function limitsOf(target: TrafficMirrorTarget, receiver: FindReceiver): RateLimitPlan[] {
  const limit = (name: string, { maximumBitsPerSecond }: ReceiverOptions = {}): RateLimitPlan[] =>
    maximumBitsPerSecond === undefined ? [] : [{ name, bitsPerSecond: maximumBitsPerSecond }];
  const receivers = RECEIVER_KEYS.flatMap((key) => {
    const id = target[key];
    return id === undefined ? [] : limit(`${key} ${id}`, receiver(key, id));
  });
  return [...limit(`target ${target.trafficMirrorTargetId}`, target), ...receivers];
}

/** A target has one receiver. */
function encapsulatedOf(target: TrafficMirrorTarget, receiver: FindReceiver): Encapsulated {
  const [found] = RECEIVER_KEYS.flatMap((key) => receiver(key, target[key] ?? '') ?? []);
  return encapsulatedAs(target, found);
}
