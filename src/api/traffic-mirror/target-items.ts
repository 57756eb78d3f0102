/** Targets as an account sees them, with the receivers behind each, and load balancers. */
import { balancedAddress } from '../../resources/load-balancing.js';
import { type Entry, isDeclared, type ResourceKinds } from '../ec2/kinds.js';
import type { AccountView } from './account-view.js';
import type { StatusAddress, StatusLoadBalancer, StatusTarget, StatusTargetState } from './shape.js';

type Target = Entry<ResourceKinds['targets']>;

/** The best first. */
const STATES = ['reachable', 'suspect', 'unreachable'] as const;

const UNUSED = 'No session sends copies to the target';

/** For accounts that do not own the target. */
const GENERAL: Readonly<Record<StatusTargetState, string>> = {
  reachable: '',
  suspect: 'Copies to the target are lost on the way, or refused',
  unreachable: 'No address of the target can be reached',
  unknown: UNUSED,
};

export function targetItem(view: AccountView, entry: Target): StatusTarget {
  const { resource, ownerId } = entry;
  const addresses = addressItems(view, entry);
  const best = bestOf(addresses);
  const isOwn = view.owns(entry);
  const state = best?.state ?? 'unknown';
  const words = best === undefined || best.reason === '' ? GENERAL[state] : `${best.address}: ${best.reason}`;
  return {
    targetId: resource.trafficMirrorTargetId,
    ownerId,
    declared: isDeclared(entry),
    type: typeOf(resource),
    state,
    reason: isOwn ? words : GENERAL[state],
    ...(isOwn && { addresses }),
  };
}

/**
 * Load balancers with their targets: all that it sees for the account of the file, for others those of their own targets.
 * How many receivers are healthy, and why none is, is not told to an account that a target is only shared with.
 */
export function loadBalancerItems(view: AccountView): StatusLoadBalancer[] {
  return (view.reading.status.loadBalancers ?? []).flatMap((one) => {
    const targets = one.targets.filter(({ targetId }) =>
      view.isHost ? view.visible('targets', targetId) !== undefined : view.ownsTarget(targetId),
    );
    return view.isHost || targets.length > 0 ? [{ ...one, targets }] : [];
  });
}

function typeOf({
  networkLoadBalancerArn,
  gatewayLoadBalancerEndpointId,
}: Target['resource']): StatusTarget['type'] {
  if (networkLoadBalancerArn !== undefined) return 'network-load-balancer';
  return gatewayLoadBalancerEndpointId === undefined ? 'network-interface' : 'gateway-load-balancer-endpoint';
}

function addressItems(view: AccountView, { resource }: Target): StatusAddress[] {
  const loadBalancer = view.loadBalancer(resource.networkLoadBalancerArn ?? '');
  const zones = new Map(
    (loadBalancer?.targets ?? []).map((one) => [
      balancedAddress(one),
      typeof one === 'string' ? undefined : one.availabilityZone,
    ]),
  );
  return view.catalog.receiverAddresses(resource).map((address) => {
    const availabilityZone = zones.get(address);
    return { address, ...(availabilityZone !== undefined && { availabilityZone }), ...wayTo(view, address) };
  });
}

function wayTo(view: AccountView, address: string): Omit<StatusAddress, 'address' | 'availabilityZone'> {
  const report = view.reading.target(address);
  if (report === undefined) return { state: 'unknown', reason: UNUSED };
  const { state, reason, device, mtu, maximumInnerLength, emission, emissionReason } = report;
  if (!view.isHost) return { state, reason };
  return {
    state,
    reason,
    device,
    ...(mtu !== undefined && { mtu }),
    maximumInnerLength,
    emission,
    emissionReason,
  };
}

function bestOf(addresses: readonly StatusAddress[]): StatusAddress | undefined {
  for (const state of STATES) {
    const found = addresses.find((one) => one.state === state);
    if (found !== undefined) return found;
  }
  return undefined;
}
