/** Network interfaces: where frames are taken from, and where copies go. */
import { parseUnderlayAddress, type UnderlayAddress } from './address.js';
import { type DeviceName, type NamespacePath, parseDeviceName } from './device.js';
import { type Draft, entries } from './draft.js';
import type { Encapsulated } from './encapsulation.js';
import type { Tags } from './tags.js';

/** host: ingress is what the device receives; peer: what it sends, to the workload at the other end of a veth pair. */
export const PERSPECTIVES = ['host', 'peer'] as const;

type Perspective = (typeof PERSPECTIVES)[number];

/** large: as a target it takes copies of more sources; absent: standard. */
export const INTERFACE_SIZES = ['standard', 'large'] as const;

type InterfaceSize = (typeof INTERFACE_SIZES)[number];

/** What the configuration says of the place of an interface in the cloud's model. What several interfaces share may be said at one of them. */
export interface InterfacePlace {
  readonly vpcId?: string;
  readonly subnetId?: string;
  readonly availabilityZone?: string;
  readonly instanceId?: string;
  readonly instanceType?: string;
  readonly imageId?: string;
  readonly autoScalingGroupName?: string;
  readonly securityGroups?: readonly string[];
  readonly tags?: Tags;
}

/** A local device that may be a source, or an address that may be a target. */
export interface NetworkInterface extends Encapsulated, InterfacePlace {
  readonly networkInterfaceId: string;
  /** The local device; absent: it cannot be a source. */
  readonly device?: DeviceName;
  /** The network namespace of the device; absent: the daemon's own. */
  readonly netns?: NamespacePath;
  /** Whose ingress and egress a source has; absent: those of the device. */
  readonly perspective?: Perspective;
  /** As a target: where copies go. As a source: their outer source address; absent: the kernel chooses by route. */
  readonly address?: UnderlayAddress;
  /** The most that copies of it, or to it, may take, in bits per second of outer IP packets; absent: no limit. */
  readonly maximumBitsPerSecond?: number;
  readonly size?: InterfaceSize;
  /** The account that may use it through the control API; absent: every account. */
  readonly ownerId?: string;
  /** The account whose subnet it is in, which may mirror it too; absent: the owner's own. */
  readonly subnetOwnerId?: string;
  /** The selector whose match it is; absent: it is declared. */
  readonly selectorId?: string;
  /** Device and inode of the namespace under `netns`, of a match: no other one is meant. */
  readonly netnsIdentity?: string;
}

/** Finds the interface that the `networkInterfaceId` of a target or session stands for. */
export type InterfaceResolver<Declared> = (
  networkInterfaceId: string,
) => Declared | NetworkInterface | undefined;

/**
 * The resolver of a list of declared interfaces. It tries, in this order: the interface declared under the id, a
 * literal address, the declared interface whose device has that name, the local device of that name. An interface whose
 * device is in another namespace is found by its id only. Undefined: the id can be none of these.
 */
export function interfaceResolver<Declared extends Draft<NetworkInterface>>(
  declared: readonly (Declared | undefined)[] | undefined,
): InterfaceResolver<Declared> {
  const byId = new Map<string, Declared>();
  const byDevice = new Map<string, Declared>();
  for (const [, networkInterface] of entries(declared)) {
    const { networkInterfaceId, device, netns } = networkInterface;
    if (networkInterfaceId !== undefined) keepFirst(byId, networkInterfaceId, networkInterface);
    if (device !== undefined && netns === undefined) keepFirst(byDevice, device, networkInterface);
  }
  return (id) => {
    const known = byId.get(id);
    if (known !== undefined) return known;
    // Addresses go first: the kernel would accept 10.9.0.2 as the name of a device.
    const address = parseUnderlayAddress(id);
    if (address.ok) return { networkInterfaceId: id, address: address.value };
    return byDevice.get(id) ?? localDevice(id);
  };
}

/** True when the account may make the interface the source of sessions: as its owner, or as the owner of its subnet. */
export function mayMirror({ ownerId, subnetOwnerId }: NetworkInterface, accountId: string): boolean {
  return ownerId === undefined || ownerId === accountId || subnetOwnerId === accountId;
}

function localDevice(id: string): NetworkInterface | undefined {
  const device = parseDeviceName(id);
  return device.ok ? { networkInterfaceId: id, device: device.value } : undefined;
}

/** Keeps the first interface of several with one name; `checkIdentifiers` reports the others. */
function keepFirst<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value);
}
