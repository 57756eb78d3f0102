/** Subnets: DescribeSubnets shows those that interfaces of the configuration file are in. */
import type { InterfaceGroup } from '../inventory/inventory.js';
import { zoneIdOf } from '../inventory/zones.js';
import { describeInventory, noSuch } from './describe-inventory.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { resourceArn } from './kinds.js';
import { type Fields, valueless } from './lists.js';
import type { Structure } from './response.js';
import { association, associationId, blockOf, ipv6BlocksOf } from './vpcs.js';

const AVAILABLE = 'available';

/** The actions of this file by name. */
export const SUBNET_ACTIONS = { DescribeSubnets: describeSubnets } satisfies Actions;

function describeSubnets(call: Ec2Call): Promise<Structure> {
  const arnOf = ({ id, ownerId }: InterfaceGroup): string => resourceArn('subnet', id, call.region, ownerId);
  return describeInventory(call, {
    ids: { SubnetId: ({ id }) => id },
    missing: noSuch('InvalidSubnetID', 'subnet ID'),
    pages: 'shared',
    name: 'subnetSet',
    fields: subnetFields(arnOf),
    tagsOf: () => ({}),
    itemsOf: (inventory) => inventory.subnets(),
    contentOf: (subnet) => subnetContent(subnet, arnOf(subnet)),
  });
}

function subnetFields(arnOf: (subnet: InterfaceGroup) => string): Fields<InterfaceGroup> {
  return {
    'availability-zone': ({ place }) => place.availabilityZone,
    availabilityZone: ({ place }) => place.availabilityZone,
    'availability-zone-id': ({ place }) => zoneIdOf(place.availabilityZone),
    availabilityZoneId: ({ place }) => zoneIdOf(place.availabilityZone),
    cidr: blockOf,
    'cidr-block': blockOf,
    cidrBlock: blockOf,
    'default-for-az': isDefault,
    defaultForAz: isDefault,
    'enable-dns64': () => false,
    'ipv6-cidr-block-association.association-id': (subnet) => ipv6BlocksOf(subnet).map(associationId),
    'ipv6-cidr-block-association.ipv6-cidr-block': ipv6BlocksOf,
    'ipv6-cidr-block-association.state': (subnet) => ipv6BlocksOf(subnet).map(() => 'associated'),
    'ipv6-native': () => false,
    'map-customer-owned-ip-on-launch': () => false,
    'map-public-ip-on-launch': () => false,
    'owner-id': ({ ownerId }) => ownerId,
    state: () => AVAILABLE,
    'subnet-arn': arnOf,
    'subnet-id': ({ id }) => id,
    'vpc-id': ({ place }) => place.vpcId,
    ...valueless([
      'available-ip-address-count',
      'customer-owned-ipv4-pool',
      'enable-lni-at-device-index',
      'outpost-arn',
      'private-dns-name-options-on-launch.enable-resource-name-dns-a-record',
      'private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record',
      'private-dns-name-options-on-launch.hostname-type',
    ]),
  };
}

function subnetContent(subnet: InterfaceGroup, subnetArn: string): Structure {
  const { id, ownerId, place } = subnet;
  return {
    subnetId: id,
    subnetArn,
    vpcId: place.vpcId,
    ownerId,
    state: AVAILABLE,
    cidrBlock: blockOf(subnet),
    ipv6CidrBlockAssociationSet: ipv6BlocksOf(subnet).map((block) => association('ipv6CidrBlock', block)),
    availabilityZone: place.availabilityZone,
    availabilityZoneId: zoneIdOf(place.availabilityZone),
    defaultForAz: isDefault(subnet),
    mapPublicIpOnLaunch: false,
    assignIpv6AddressOnCreation: false,
    mapCustomerOwnedIpOnLaunch: false,
    enableDns64: false,
    ipv6Native: false,
    tagSet: [],
  };
}

/** True for a subnet that nobody gave an id. */
function isDefault({ place }: InterfaceGroup): boolean {
  return !place.isSubnetGiven;
}
