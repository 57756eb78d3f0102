/**
 * Which addresses of a load balancer take the copies of a source: its listeners decide whether any does, its zones which
 * ones. A target that cannot take copies at all makes its sessions inactive.
 */
import type { EncapsulationName } from '../plan/mirror-plan.js';
import { GENEVE_PORT } from '../wire/geneve.js';
import { VXLAN_PORT } from '../wire/vxlan.js';
import type { UnderlayAddress } from './address.js';
import type { Draft } from './draft.js';
import type { Encapsulated } from './encapsulation.js';
import type { NetworkInterface } from './network-interface.js';
import { show } from './parsed.js';
import type { Listener, NetworkLoadBalancer, ZonedAddress } from './traffic-mirror-target.js';

/** Why a target takes no copies of a source. */
export interface Obstacle {
  /** listener: there is none for the copies. zone: no address is in the zone of the source. */
  readonly cause: 'listener' | 'zone';
  /** In words that stand alone. */
  readonly reason: string;
}

/** The addresses of a load balancer that are in one zone. */
export interface Zone {
  /** Absent: the zone that has no name. */
  readonly availabilityZone?: string;
  readonly addresses: readonly UnderlayAddress[];
}

const UDP_LISTENERS: readonly Listener['protocol'][] = ['UDP', 'TCP_UDP'];

/** The address of a receiver, which may stand by itself or with its zone. */
export function balancedAddress<Target extends string | Draft<ZonedAddress>>(
  target: Target,
): UnderlayAddress | undefined {
  return (typeof target === 'string' ? target : target.address) as UnderlayAddress | undefined;
}

/** The UDP ports of copies. */
const PORTS: Readonly<Record<EncapsulationName, number>> = { vxlan: VXLAN_PORT, geneve: GENEVE_PORT };

/** The UDP port that copies in such headers go to. */
export function copiesPort({ encapsulation = 'vxlan' }: Encapsulated): number {
  return PORTS[encapsulation];
}

/** `UDP 4789`. */
export function listenerName({ protocol, port }: Listener): string {
  return `${protocol} ${port}`;
}

/** The listeners of a load balancer; without any given, the one that copies need. @param port of the copies */
export function listenersOf({ listeners }: NetworkLoadBalancer, port: number): readonly Listener[] {
  return listeners ?? [{ protocol: 'UDP', port }];
}

/** Why a load balancer takes no copies in such headers, whatever their source; undefined: it takes them. */
export function listenerObstacle(
  loadBalancer: NetworkLoadBalancer,
  encapsulated: Encapsulated,
): Obstacle | undefined {
  const port = copiesPort(encapsulated);
  const listeners = listenersOf(loadBalancer, port);
  if (listeners.some((one) => one.port === port && UDP_LISTENERS.includes(one.protocol))) return undefined;
  const name = show(loadBalancer.networkLoadBalancerArn);
  return { cause: 'listener', reason: `load balancer ${name} has no UDP listener on port ${port}` };
}

/**
 * Why a load balancer has no address for copies of a source; undefined: it has one.
 * @param zone of the source, as `zoneFinder` finds it
 */
export function zoneObstacle(
  loadBalancer: NetworkLoadBalancer,
  { networkInterfaceId }: NetworkInterface,
  zone: string | undefined,
): Obstacle | undefined {
  if (addressesFor(loadBalancer, zone).length > 0) return undefined;
  const name = show(loadBalancer.networkLoadBalancerArn);
  const where =
    zone === undefined
      ? `with ${show(networkInterfaceId)}, which has no availabilityZone`
      : `in zone ${show(zone)} of ${show(networkInterfaceId)}`;
  return { cause: 'zone', reason: `load balancer ${name} has no address ${where}, and crossZone is false` };
}

/** The addresses that take copies of sources of a zone. @param zone undefined: the one that has no name */
export function addressesFor(
  { targets, crossZone }: NetworkLoadBalancer,
  zone: string | undefined,
): readonly UnderlayAddress[] {
  return targets.flatMap((target) => {
    const { address, availabilityZone } = placed(target);
    return crossZone === false && availabilityZone !== zone ? [] : [address];
  });
}

/** The zones of a load balancer in the order of their first addresses. */
export function zonesOf({ targets }: NetworkLoadBalancer): Zone[] {
  const zones = new Map<string | undefined, UnderlayAddress[]>();
  for (const target of targets) {
    const { address, availabilityZone } = placed(target);
    const known = zones.get(availabilityZone);
    if (known === undefined) zones.set(availabilityZone, [address]);
    else known.push(address);
  }
  return [...zones].map(([availabilityZone, addresses]) => ({
    ...(availabilityZone !== undefined && { availabilityZone }),
    addresses,
  }));
}

/** A receiver with its zone, if it has one. */
export function placed(target: UnderlayAddress | ZonedAddress): ZonedAddress {
  return typeof target === 'string' ? { address: target } : target;
}
