/** Network interfaces: DescribeNetworkInterfaces shows the inventory of the configuration file. */
import { attachmentIdOf, type InventoryInterface } from '../inventory/inventory.js';
import { zoneIdOf } from '../inventory/zones.js';
import { describeInventory } from './describe-inventory.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { type Fields, valueless } from './lists.js';
import type { Structure } from './response.js';
import { tagSet } from './values.js';

/** The type of ordinary interfaces in EC2. */
const INTERFACE_TYPE = 'interface';

/** The filters of interfaces; those of instances have them too, behind `network-interface.`. */
export const INTERFACE_FIELDS: Fields<InventoryInterface> = {
  'addresses.primary': ({ ipv4 }) => ipv4.map((_, index) => index === 0),
  'addresses.private-ip-address': ({ ipv4 }) => ipv4,
  'attachment.attachment-id': (one) => ifAttached(one, attachmentIdOf),
  'attachment.delete-on-termination': (one) => ifAttached(one, () => false),
  'attachment.device-index': (one) => ifAttached(one, ({ deviceIndex }) => deviceIndex),
  'attachment.instance-id': (one) => ifAttached(one, ({ place }) => place.instanceId),
  'attachment.instance-owner-id': (one) => ifAttached(one, ({ ownerId }) => ownerId),
  'attachment.network-card-index': (one) => ifAttached(one, () => 0),
  'attachment.status': (one) => ifAttached(one, () => 'attached'),
  'availability-zone': ({ place }) => place.availabilityZone,
  'availability-zone-id': ({ place }) => zoneIdOf(place.availabilityZone),
  description: describeDevice,
  'group-id': ({ securityGroups }) => securityGroups,
  'group-name': ({ securityGroups }) => securityGroups,
  'interface-type': () => INTERFACE_TYPE,
  'ipv6-addresses.ipv6-address': ({ ipv6 }) => ipv6,
  'mac-address': ({ macAddress }) => macAddress,
  'network-interface-id': ({ networkInterfaceId }) => networkInterfaceId,
  'operator.managed': () => false,
  'owner-id': ({ ownerId }) => ownerId,
  'private-ip-address': ({ ipv4 }) => ipv4[0],
  'requester-managed': () => false,
  'source-dest-check': () => true,
  status: statusOf,
  'subnet-id': ({ place }) => place.subnetId,
  'vpc-id': ({ place }) => place.vpcId,
  ...valueless([
    'addresses.association.owner-id',
    'addresses.association.public-ip',
    'association.allocation-id',
    'association.association-id',
    'association.ip-owner-id',
    'association.public-dns-name',
    'association.public-ip',
    'attachment.attach-time',
    'operator.principal',
    'private-dns-name',
    'requester-id',
  ]),
};

/** The actions of this file by name. */
export const NETWORK_INTERFACE_ACTIONS = {
  DescribeNetworkInterfaces: describeNetworkInterfaces,
} satisfies Actions;

function describeNetworkInterfaces(call: Ec2Call): Promise<Structure> {
  return describeInventory(call, {
    ids: { NetworkInterfaceId: ({ networkInterfaceId }) => networkInterfaceId },
    missing: (id) => call.noInterface(id),
    pages: 'apart',
    switches: ['IncludeManagedResources'],
    name: 'networkInterfaceSet',
    fields: INTERFACE_FIELDS,
    tagsOf: ({ tags }) => tags,
    itemsOf: ({ interfaces }) => interfaces,
    contentOf: (one) => ({
      ...interfaceContent(one),
      availabilityZone: one.place.availabilityZone,
      availabilityZoneId: zoneIdOf(one.place.availabilityZone),
      requesterManaged: false,
      tagSet: tagSet(one.tags),
      attachment: ifAttached(one, (attached) => ({
        ...attachmentContent(attached),
        instanceId: attached.place.instanceId,
        instanceOwnerId: attached.ownerId,
      })),
    }),
  });
}

/** An interface as both its own list and that of instances show it. Members without a value are left out. */
export function interfaceContent(one: InventoryInterface): Structure {
  const { networkInterfaceId, ownerId, place, macAddress, ipv4, ipv6 } = one;
  return {
    networkInterfaceId,
    subnetId: place.subnetId,
    vpcId: place.vpcId,
    description: describeDevice(one),
    ownerId,
    status: statusOf(one),
    macAddress,
    privateIpAddress: ipv4[0],
    sourceDestCheck: true,
    groupSet: groupSet(one.securityGroups),
    privateIpAddressesSet: ipv4.map((privateIpAddress, index) => ({
      privateIpAddress,
      primary: index === 0,
    })),
    ipv6AddressesSet: ipv6.map((ipv6Address) => ({ ipv6Address })),
    interfaceType: INTERFACE_TYPE,
  };
}

/** How an interface belongs to its instance. */
export function attachmentContent(one: InventoryInterface): Structure {
  return {
    attachmentId: attachmentIdOf(one),
    deviceIndex: one.deviceIndex,
    networkCardIndex: 0,
    status: 'attached',
    deleteOnTermination: false,
  };
}

/** Security groups as responses show them. They have no names beside their ids here. */
export function groupSet(ids: readonly string[]): Structure[] {
  return ids.map((groupId) => ({ groupId, groupName: groupId }));
}

/** The description of an interface: free text in EC2, the device here. */
function describeDevice({ declared: { device } }: InventoryInterface): string {
  return device === undefined ? 'receiver' : `device ${device}`;
}

function statusOf({ isAttached }: InventoryInterface): string {
  return isAttached ? 'in-use' : 'available';
}

/** @returns undefined for an interface that belongs to no instance, or whose device is not there */
function ifAttached<Value>(
  one: InventoryInterface,
  value: (one: InventoryInterface) => Value,
): Value | undefined {
  return one.isAttached && one.place.instanceId !== undefined ? value(one) : undefined;
}
