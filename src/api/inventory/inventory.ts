/**
 * The inventory as an account sees it: interfaces of the configuration file with what the kernel says of their devices,
 * and the instances, subnets, networks and security groups that they name.
 */
import { digitsOf, type KnownPlace } from '../../resources/interface-place.js';
import type { NetworkInterface } from '../../resources/network-interface.js';
import type { Tags } from '../../resources/tags.js';
import type { DeviceAddress, DeviceAnswer } from './device-states.js';

/** The tag that EC2 gives the instances of a group. */
const GROUP_TAG = 'aws:autoscaling:groupName';

/** An interface that the account sees. */
export interface InventoryInterface {
  readonly networkInterfaceId: string;
  readonly declared: NetworkInterface;
  /** The account that owns it; the caller's own where the configuration names none. */
  readonly ownerId: string;
  readonly place: KnownPlace;
  /**
   * True for a device that is there, or of which the kernel says nothing; for a receiver, when an instance is said to
   * have it.
   */
  readonly isAttached: boolean;
  /** The number of the interface among those of its instance that the account sees; 0 without one. */
  readonly deviceIndex: number;
  readonly macAddress: string | undefined;
  /** The declared address, then those of the device: primary addresses first. */
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  /** The same with their networks. A declared address that the device does not have is a network of its own. */
  readonly addresses: readonly DeviceAddress[];
  readonly securityGroups: readonly string[];
  readonly tags: Tags;
}

/** What several interfaces name, with those of them that the account sees: at least one. */
export interface InterfaceGroup {
  readonly id: string;
  /** That of its first interface. */
  readonly ownerId: string;
  readonly place: KnownPlace;
  readonly interfaces: readonly [InventoryInterface, ...InventoryInterface[]];
}

/** An instance. It runs unless it has devices and none of them is there. */
export interface Instance extends InterfaceGroup {
  readonly isRunning: boolean;
  /** Those of its interfaces together; of two with one key, the first. */
  readonly tags: Tags;
}

/** What the inventory is made of. */
export interface InventoryParts {
  /** Those that the account sees, in the order of the file. */
  readonly interfaces: readonly NetworkInterface[];
  readonly placeOf: (networkInterface: NetworkInterface) => KnownPlace;
  readonly stateOf: (networkInterface: NetworkInterface) => DeviceAnswer;
  readonly accountId: string;
}

/** The inventory of one account at one moment. */
export class Inventory {
  readonly interfaces: readonly InventoryInterface[];

  constructor({ interfaces, placeOf, stateOf, accountId }: InventoryParts) {
    const counts = new Map<string, number>();
    this.interfaces = interfaces.map((declared) => {
      const place = placeOf(declared);
      const { instanceId } = place;
      const deviceIndex = instanceId === undefined ? 0 : (counts.get(instanceId) ?? 0);
      if (instanceId !== undefined) counts.set(instanceId, deviceIndex + 1);
      return interfaceOf(declared, place, stateOf(declared), accountId, deviceIndex);
    });
  }

  instances(): Instance[] {
    return this.#groups(({ place }) => (place.instanceId === undefined ? [] : [place.instanceId])).map(
      (group) => ({
        ...group,
        isRunning: isRunning(group),
        tags: tagsOf(group),
      }),
    );
  }

  subnets(): InterfaceGroup[] {
    return this.#groups(({ place }) => [place.subnetId], subnetOwners);
  }

  vpcs(): InterfaceGroup[] {
    return this.#groups(({ place }) => [place.vpcId], subnetOwners);
  }

  securityGroups(): InterfaceGroup[] {
    return this.#groups(({ securityGroups }) => securityGroups);
  }

  /** Groups interfaces, in the order in which their first ones stand. */
  #groups(
    idsOf: (one: InventoryInterface) => readonly string[],
    ownersOf: (one: InventoryInterface) => readonly string[] = () => [],
  ): InterfaceGroup[] {
    const groups = new Map<string, [InventoryInterface, ...InventoryInterface[]]>();
    for (const one of this.interfaces) {
      for (const id of idsOf(one)) {
        const group = groups.get(id);
        if (group === undefined) groups.set(id, [one]);
        else group.push(one);
      }
    }
    return [...groups].map(([id, interfaces]) => {
      const [{ ownerId, place }] = interfaces;
      return { id, ownerId: interfaces.flatMap(ownersOf)[0] ?? ownerId, place, interfaces };
    });
  }
}

/** Who owns a subnet owns its network too, whoever has the interfaces in it. */
function subnetOwners({ declared: { subnetOwnerId } }: InventoryInterface): string[] {
  return subnetOwnerId === undefined ? [] : [subnetOwnerId];
}

/** The id of what ties an interface to its instance. */
export function attachmentIdOf({ networkInterfaceId }: InventoryInterface): string {
  return `eni-attach-${digitsOf(['attachment', networkInterfaceId])}`;
}

function interfaceOf(
  declared: NetworkInterface,
  place: KnownPlace,
  state: DeviceAnswer,
  accountId: string,
  deviceIndex: number,
): InventoryInterface {
  const {
    networkInterfaceId,
    device,
    address,
    ownerId = accountId,
    securityGroups = [],
    tags = {},
  } = declared;
  const found = typeof state === 'object' ? state : undefined;
  const addresses = addressesOf(address, found?.addresses ?? []);
  const texts = addresses.map((one) => one.address);
  return {
    networkInterfaceId,
    declared,
    ownerId,
    place,
    isAttached: device === undefined ? place.instanceId !== undefined : state !== 'absent',
    deviceIndex,
    macAddress: found?.macAddress,
    ipv4: texts.filter((text) => !text.includes(':')),
    ipv6: texts.filter((text) => text.includes(':')),
    addresses,
    securityGroups: [...new Set(securityGroups)],
    tags,
  };
}

function addressesOf(
  declared: string | undefined,
  found: readonly DeviceAddress[],
): readonly DeviceAddress[] {
  if (declared === undefined) return found;
  const known = found.find(({ address }) => address === declared);
  const first = known ?? { address: declared, prefixLength: declared.includes(':') ? 128 : 32 };
  return [first, ...found.filter((one) => one !== known)];
}

function isRunning({ interfaces }: InterfaceGroup): boolean {
  const devices = interfaces.filter(({ declared }) => declared.device !== undefined);
  return devices.length === 0 || devices.some(({ isAttached }) => isAttached);
}

function tagsOf({ interfaces, place }: InterfaceGroup): Tags {
  const tags = new Map<string, string>();
  for (const one of interfaces) {
    for (const [key, value] of Object.entries(one.tags)) if (!tags.has(key)) tags.set(key, value);
  }
  const { autoScalingGroupName } = place;
  if (autoScalingGroupName !== undefined) tags.set(GROUP_TAG, autoScalingGroupName);
  return Object.fromEntries(tags);
}
