/**
 * All resources together, and the view of them that the rules across resources need: of a file, or of all that the
 * control API has.
 */
import type { UnderlayAddress } from './address.js';
import { showDevice } from './device.js';
import { type Draft, entries } from './draft.js';
import { balancedAddress } from './load-balancing.js';
import { interfaceResolver, type NetworkInterface } from './network-interface.js';
import { show } from './parsed.js';
import type { TrafficMirrorFilter } from './traffic-mirror-filter.js';
import type { TrafficMirrorSession } from './traffic-mirror-session.js';
import type {
  GatewayLoadBalancerEndpoint,
  NetworkLoadBalancer,
  Receiver,
  TrafficMirrorTarget,
} from './traffic-mirror-target.js';

/** Everything that is declared, in the order it was declared. */
export interface ResourceSet {
  readonly networkInterfaces: readonly NetworkInterface[];
  readonly networkLoadBalancers: readonly NetworkLoadBalancer[];
  readonly gatewayLoadBalancerEndpoints: readonly GatewayLoadBalancerEndpoint[];
  readonly trafficMirrorTargets: readonly TrafficMirrorTarget[];
  readonly trafficMirrorFilters: readonly TrafficMirrorFilter[];
  readonly trafficMirrorSessions: readonly TrafficMirrorSession[];
}

/** The id, device or address of an interface. Two interfaces that share a key are one. */
export type InterfaceKey = string;

/** Finds the addresses that copies go to; none when the receiver, or its address, is not there. */
export type ReceiverResolver = (receiver: Draft<Receiver>) => readonly UnderlayAddress[];

/** What the rules look up. @typeParam Ref names a session: by its index in a file, by its id in the control API */
export interface ResourceView<Ref> {
  findInterface(networkInterfaceId: string): Draft<NetworkInterface> | undefined;
  receiverAddresses(receiver: Draft<Receiver>): readonly UnderlayAddress[];
  /** The sessions that have a number on the interface that the id stands for. The first one is enough. */
  sessionsWithNumber(networkInterfaceId: string, sessionNumber: number): Iterable<Ref>;
  /** A session whose source has the key. */
  sessionWithKey(key: InterfaceKey): Ref | undefined;
}

/** The view of a file. Sessions are named by their index; of several with one number or key, the first counts. */
export class FileView implements ResourceView<number> {
  readonly findInterface: (id: string) => Draft<NetworkInterface> | undefined;
  readonly receiverAddresses: ReceiverResolver;
  readonly #byNumber = new Map<string, number>();
  readonly #byKey = new Map<InterfaceKey, number>();

  constructor(resources: Draft<ResourceSet>) {
    this.findInterface = interfaceResolver(resources.networkInterfaces);
    this.receiverAddresses = receiverResolver(resources);
    for (const [index, { networkInterfaceId, sessionNumber }] of entries(resources.trafficMirrorSessions)) {
      if (networkInterfaceId === undefined) continue;
      if (sessionNumber !== undefined) {
        putFirst(this.#byNumber, this.#numberKey(networkInterfaceId, sessionNumber), index);
      }
      for (const key of interfaceKeys(this.findInterface(networkInterfaceId))) {
        putFirst(this.#byKey, key, index);
      }
    }
  }

  sessionsWithNumber(networkInterfaceId: string, sessionNumber: number): number[] {
    const first = this.#byNumber.get(this.#numberKey(networkInterfaceId, sessionNumber));
    return first === undefined ? [] : [first];
  }

  sessionWithKey(key: InterfaceKey): number | undefined {
    return this.#byKey.get(key);
  }

  #numberKey(networkInterfaceId: string, sessionNumber: number): string {
    return `${sessionNumber} ${sourceId(this, networkInterfaceId)}`;
  }
}

/** The id of the interface that `id` stands for. `id` may be the name of its device. */
export function sourceId(view: Pick<ResourceView<unknown>, 'findInterface'>, id: string): string {
  return view.findInterface(id)?.networkInterfaceId ?? id;
}

/** The keys of an interface; none for one that is not there. */
export function interfaceKeys(found: Draft<NetworkInterface> | undefined): InterfaceKey[] {
  const { networkInterfaceId, device, netns, address } = found ?? {};
  return [
    ...(networkInterfaceId === undefined ? [] : [`id ${show(networkInterfaceId)}`]),
    ...(device === undefined ? [] : [`device ${showDevice(device, netns)}`]),
    ...(address === undefined ? [] : [addressKey(address)]),
  ];
}

/** The keys of the interfaces that receive a target's copies. Load balancers and endpoints have only addresses. */
export function receiverKeys(
  view: Pick<ResourceView<unknown>, 'findInterface' | 'receiverAddresses'>,
  receiver: Draft<Receiver>,
): InterfaceKey[] {
  const { networkInterfaceId } = receiver;
  if (networkInterfaceId !== undefined) return interfaceKeys(view.findInterface(networkInterfaceId));
  return view.receiverAddresses(receiver).map(addressKey);
}

function addressKey(address: string): InterfaceKey {
  return `address ${address}`;
}

/** A resolver of the receivers that a file declares. */
export function receiverResolver(resources: Draft<ResourceSet>): ReceiverResolver {
  const resolve = interfaceResolver(resources.networkInterfaces);
  const balanced = new Map<string | undefined, UnderlayAddress[]>();
  for (const [, { networkLoadBalancerArn, targets }] of entries(resources.networkLoadBalancers)) {
    balanced.set(
      networkLoadBalancerArn,
      [...entries(targets)].flatMap(([, target]) => balancedAddress(target) ?? []),
    );
  }
  const endpoints = new Map<string | undefined, UnderlayAddress[]>();
  for (const [, endpoint] of entries(resources.gatewayLoadBalancerEndpoints)) {
    const { gatewayLoadBalancerEndpointId, address } = endpoint;
    if (address !== undefined) endpoints.set(gatewayLoadBalancerEndpointId, [address]);
  }
  return ({ networkInterfaceId, networkLoadBalancerArn, gatewayLoadBalancerEndpointId }) => {
    if (networkLoadBalancerArn !== undefined) return balanced.get(networkLoadBalancerArn) ?? [];
    if (gatewayLoadBalancerEndpointId !== undefined)
      return endpoints.get(gatewayLoadBalancerEndpointId) ?? [];
    const address = resolve(networkInterfaceId ?? '')?.address;
    return address === undefined ? [] : [address];
  };
}

function putFirst<Key>(map: Map<Key, number>, key: Key, index: number): void {
  if (!map.has(key)) map.set(key, index);
}
