/**
 * Load balancers of the configuration as Elastic Load Balancing knows them: listeners, a target group for each, and
 * zones. Its API reads the configuration through this file only.
 */

import { defaultZone, digitsOf } from '../../resources/interface-place.js';
import { copiesPort, listenersOf as givenListeners, placed } from '../../resources/load-balancing.js';
import type { Listener, NetworkLoadBalancer } from '../../resources/traffic-mirror-target.js';

/** A receiver behind a load balancer. */
export interface BalancedTarget {
  readonly address: string;
  readonly availabilityZone: string;
}

/** The account and region of what is declared. */
export interface Owner {
  readonly region: string;
  readonly accountId: string;
}

const NETWORK_ARN = /^arn:aws[a-z-]*:elasticloadbalancing:[^:]*:[^:]*:loadbalancer\/net\/([^/]+)\/([^/]+)$/;

/** Names in Elastic Load Balancing have no other characters. */
const NOT_IN_NAMES = /[^A-Za-z0-9-]+/g;

/** EC2 has so many hex digits at the end of the ARNs of load balancers. */
const ARN_DIGITS = 16;

/** The listeners of a load balancer; without any given, the one of its encapsulation. */
export function listenersOf(loadBalancer: NetworkLoadBalancer): readonly Listener[] {
  return givenListeners(loadBalancer, copiesPort(loadBalancer));
}

/** The receivers behind a load balancer, with their zones. */
export function balancedTargets({ targets }: NetworkLoadBalancer, region: string): readonly BalancedTarget[] {
  return targets.map((target) => {
    const { address, availabilityZone = defaultZone(region) } = placed(target);
    return { address, availabilityZone };
  });
}

/** The zones of a load balancer, sorted. */
export function zonesOf(loadBalancer: NetworkLoadBalancer, region: string): string[] {
  const zones = balancedTargets(loadBalancer, region).map(({ availabilityZone }) => availabilityZone);
  return [...new Set(zones)].sort();
}

/** The name of a load balancer: the one in its ARN, or its id where that is no ARN. */
export function nameOf({ networkLoadBalancerArn }: NetworkLoadBalancer): string {
  return NETWORK_ARN.exec(networkLoadBalancerArn)?.[1] ?? networkLoadBalancerArn;
}

/** The ARN of a listener, which begins as that of its load balancer where that is an ARN. */
export function listenerArn(
  { networkLoadBalancerArn }: NetworkLoadBalancer,
  listener: Listener,
  owner: Owner,
): string {
  const digits = arnDigits([networkLoadBalancerArn, listener.protocol, String(listener.port)]);
  if (NETWORK_ARN.test(networkLoadBalancerArn)) {
    return `${networkLoadBalancerArn.replace(':loadbalancer/', ':listener/')}/${digits}`;
  }
  const name = plainName(networkLoadBalancerArn);
  return `${arnStart(owner)}:listener/net/${name}/${arnDigits([networkLoadBalancerArn])}/${digits}`;
}

/** The ARN of the group of receivers that a listener forwards to. */
export function targetGroupArn(loadBalancer: NetworkLoadBalancer, listener: Listener, owner: Owner): string {
  const digits = arnDigits(['group', loadBalancer.networkLoadBalancerArn, String(listener.port)]);
  return `${arnStart(owner)}:targetgroup/${targetGroupName(loadBalancer, listener)}/${digits}`;
}

/** The name of that group. */
export function targetGroupName(loadBalancer: NetworkLoadBalancer, { port }: Listener): string {
  return `${plainName(nameOf(loadBalancer))}-${port}`;
}

function plainName(name: string): string {
  return (
    name
      .replace(NOT_IN_NAMES, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 26) || 'load-balancer'
  );
}

function arnStart({ region, accountId }: Owner): string {
  return `arn:aws:elasticloadbalancing:${region}:${accountId}`;
}

function arnDigits(parts: readonly string[]): string {
  return digitsOf(parts).slice(0, ARN_DIGITS);
}
