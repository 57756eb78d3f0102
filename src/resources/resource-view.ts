/** What rules across resources look at: the resources of a file, or all that the control API knows. */
import type { UnderlayAddress } from './address.js';
import { showDevice } from './device.js';
import { type Draft, entries } from './draft.js';
import { interfaceResolver, type NetworkInterface } from './network-interface.js';
import { show } from './parsed.js';
import type { ResourceSet } from './resource-set.js';
import type { Receiver } from './traffic-mirror-target.js';

/** What makes two interfaces one: the same id, device or address. */
export type InterfaceKey = string;

/** @typeParam Ref names a session: by its index in a file, by its id in the control API */
export interface ResourceView<Ref> {
  findInterface(networkInterfaceId: string): Draft<NetworkInterface> | undefined;
  /** Where copies go; nowhere when the receiver, or its address, is not there. */
  receiverAddresses(receiver: Draft<Receiver>): readonly UnderlayAddress[];
  /** The sessions of a number on the interface that the id stands for. The first one is enough. */
  sessionsWithNumber(networkInterfaceId: string, sessionNumber: number): Iterable<Ref>;
  /** A session whose source has the key. */
  sessionWithKey(key: InterfaceKey): Ref | undefined;
}

/** The view of a file. Sessions are named by their index, and the first one counts. */
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

/** The id of the interface that an id stands for, which may be the name of its device. */
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

/** The keys of the interfaces that a target sends to; of a load balancer or endpoint, addresses are all that is known. */
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

/** Finds where copies go; nowhere when the receiver, or its address, is not there. */
export type ReceiverResolver = (receiver: Draft<Receiver>) => readonly UnderlayAddress[];

/** Makes a resolver of what a file declares. */
export function receiverResolver(resources: Draft<ResourceSet>): ReceiverResolver {
  const resolve = interfaceResolver(resources.networkInterfaces);
  const balanced = new Map<string | undefined, UnderlayAddress[]>();
  for (const [, { networkLoadBalancerArn, targets }] of entries(resources.networkLoadBalancers)) {
    balanced.set(
      networkLoadBalancerArn,
      [...entries(targets)].map(([, address]) => address),
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
