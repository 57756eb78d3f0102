/** What may receive copies, as suggestions of the field Target. */
import type { LoadBalancer } from '../aws/elb.js';
import { addressesOf, type NetworkInterface } from './network-interface.js';
import type { Session } from './session.js';
import { nameTag } from './tags.js';
import type { Target } from './target.js';

/** One suggestion. */
export interface Suggestion {
  readonly value: string;
  /** The Name tag, or the name. */
  readonly labelTag?: string | undefined;
  readonly description?: string | undefined;
}

/** What may already use an interface. */
export interface InterfaceUses {
  readonly targets: readonly Target[];
  readonly sessions: readonly Session[];
}

/** The interfaces, each with its addresses, its device and what uses it. */
export function interfaceSuggestions(
  interfaces: readonly NetworkInterface[],
  { targets, sessions }: InterfaceUses,
): Suggestion[] {
  const users = new Map<string, string>();
  for (const { networkInterfaceId, trafficMirrorSessionId } of sessions) {
    users.set(networkInterfaceId, trafficMirrorSessionId);
  }
  for (const { networkInterfaceId, trafficMirrorTargetId } of targets) {
    if (networkInterfaceId !== undefined) users.set(networkInterfaceId, trafficMirrorTargetId);
  }
  return interfaces.map((one) => {
    const user = users.get(one.networkInterfaceId);
    const addresses = addressesOf(one).join(', ') || 'no address';
    const use = user === undefined ? [] : [`in use by ${user}`];
    const description = [addresses, one.description, ...use].filter(Boolean).join(' · ');
    return { value: one.networkInterfaceId, labelTag: nameTag(one), description };
  });
}

/** The Network Load Balancers. Those of other types are no targets. */
export function loadBalancerSuggestions(balancers: readonly LoadBalancer[]): Suggestion[] {
  return balancers
    .filter(({ type }) => type === 'network')
    .map(({ arn, name }) => ({ value: arn, description: name }));
}
