/** Instances: DescribeInstances shows those that interfaces of the configuration file name. */
import { digitsOf } from '../../resources/interface-place.js';
import type { Instance, InventoryInterface } from '../inventory/inventory.js';
import { zoneIdOf } from '../inventory/zones.js';
import { describeInventory, noSuch } from './describe-inventory.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { type Fields, valueless } from './lists.js';
import { attachmentContent, groupSet, INTERFACE_FIELDS, interfaceContent } from './network-interface.js';
import type { Structure } from './response.js';
import { tagSet } from './values.js';

const RUNNING = { code: 16, name: 'running' } as const;

const STOPPED = { code: 80, name: 'stopped' } as const;

const INSTANCE_FIELDS: Fields<Instance> = {
  'availability-zone': ({ place }) => place.availabilityZone,
  'availability-zone-id': ({ place }) => zoneIdOf(place.availabilityZone),
  'image-id': ({ place }) => place.imageId,
  'instance-id': ({ id }) => id,
  'instance-state-code': (instance) => stateOf(instance).code,
  'instance-state-name': (instance) => stateOf(instance).name,
  'instance-type': ({ place }) => place.instanceType,
  'instance.group-id': groupsOf,
  'instance.group-name': groupsOf,
  'group-id': groupsOf,
  'group-name': groupsOf,
  'ipv6-address': over(({ ipv6 }) => ipv6),
  'launch-index': () => 0,
  'monitoring-state': () => 'enabled',
  'operator.managed': () => false,
  'owner-id': ({ ownerId }) => ownerId,
  'private-ip-address': ({ interfaces }) => interfaces[0].ipv4[0],
  'reservation-id': reservationIdOf,
  'source-dest-check': () => true,
  'subnet-id': ({ place }) => place.subnetId,
  tenancy: () => 'default',
  'vpc-id': ({ place }) => place.vpcId,
  'network-interface.ipv6-address': over(({ ipv6 }) => ipv6),
  'network-interface.tag-key': over(({ tags }) => Object.keys(tags)),
  'network-interface.tag-value': over(({ tags }) => Object.values(tags)),
  ...ofInterfaces(),
  ...valueless([
    'affinity',
    'architecture',
    'block-device-mapping.attach-time',
    'block-device-mapping.delete-on-termination',
    'block-device-mapping.device-name',
    'block-device-mapping.status',
    'block-device-mapping.volume-id',
    'boot-mode',
    'capacity-reservation-id',
    'capacity-reservation-specification.capacity-reservation-preference',
    'capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id',
    'capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn',
    'client-token',
    'current-instance-boot-mode',
    'dns-name',
    'ebs-optimized',
    'ena-support',
    'enclave-options.enabled',
    'hibernation-options.configured',
    'host-id',
    'hypervisor',
    'iam-instance-profile.arn',
    'iam-instance-profile.id',
    'iam-instance-profile.name',
    'instance-lifecycle',
    'ip-address',
    'kernel-id',
    'key-name',
    'launch-time',
    'maintenance-options.auto-recovery',
    'metadata-options.http-endpoint',
    'metadata-options.http-protocol-ipv4',
    'metadata-options.http-protocol-ipv6',
    'metadata-options.http-put-response-hop-limit',
    'metadata-options.http-tokens',
    'metadata-options.instance-metadata-tags',
    'metadata-options.state',
    'network-interface.addresses.association.allocation-id',
    'network-interface.addresses.association.association-id',
    'network-interface.addresses.association.carrier-ip',
    'network-interface.addresses.association.customer-owned-ip',
    'network-interface.addresses.association.ip-owner-id',
    'network-interface.addresses.association.public-dns-name',
    'network-interface.addresses.private-dns-name',
    'network-interface.association.carrier-ip',
    'network-interface.association.customer-owned-ip',
    'network-interface.deny-all-igw-traffic',
    'network-interface.ipv4-prefixes.ipv4-prefix',
    'network-interface.ipv6-addresses.is-primary-ipv6',
    'network-interface.ipv6-native',
    'network-interface.ipv6-prefixes.ipv6-prefix',
    'network-interface.outpost-arn',
    'network-interface.public-dns-name',
    'network-performance-options.bandwidth-weighting',
    'operator.principal',
    'outpost-arn',
    'placement-group-name',
    'placement-partition-number',
    'platform',
    'platform-details',
    'private-dns-name',
    'private-dns-name-options.enable-resource-name-dns-a-record',
    'private-dns-name-options.enable-resource-name-dns-aaaa-record',
    'private-dns-name-options.hostname-type',
    'product-code',
    'product-code.type',
    'ramdisk-id',
    'reason',
    'requester-id',
    'root-device-name',
    'root-device-type',
    'spot-instance-request-id',
    'state-reason-code',
    'state-reason-message',
    'tpm-support',
    'usage-operation',
    'usage-operation-update-time',
    'virtualization-type',
  ]),
};

/** The actions of this file by name. */
export const INSTANCE_ACTIONS = { DescribeInstances: describeInstances } satisfies Actions;

function describeInstances(call: Ec2Call): Promise<Structure> {
  return describeInventory(call, {
    ids: { InstanceId: ({ id }) => id },
    missing: noSuch('InvalidInstanceID', 'instance ID'),
    pages: 'apart',
    switches: ['IncludeManagedResources'],
    name: 'reservationSet',
    fields: INSTANCE_FIELDS,
    tagsOf: ({ tags }) => tags,
    itemsOf: (inventory) => inventory.instances(),
    contentOf: (instance) => ({
      reservationId: reservationIdOf(instance),
      ownerId: instance.ownerId,
      groupSet: [],
      instancesSet: [instanceContent(instance)],
    }),
  });
}

/** An instance. What the configuration does not say, such as its type, is left out. */
function instanceContent(instance: Instance): Structure {
  const { id, place, interfaces, tags } = instance;
  const [first] = interfaces;
  return {
    instanceId: id,
    imageId: place.imageId,
    instanceState: stateOf(instance),
    amiLaunchIndex: 0,
    instanceType: place.instanceType,
    placement: {
      availabilityZone: place.availabilityZone,
      availabilityZoneId: zoneIdOf(place.availabilityZone),
      tenancy: 'default',
    },
    monitoring: { state: 'enabled' },
    subnetId: place.subnetId,
    vpcId: place.vpcId,
    privateIpAddress: first.ipv4[0],
    sourceDestCheck: true,
    groupSet: groupSet(groupsOf(instance)),
    tagSet: tagSet(tags),
    networkInterfaceSet: interfaces.map((one) => ({
      ...interfaceContent(one),
      attachment: one.isAttached ? attachmentContent(one) : undefined,
    })),
  };
}

function stateOf({ isRunning }: Instance): typeof RUNNING | typeof STOPPED {
  return isRunning ? RUNNING : STOPPED;
}

/** Each instance is a reservation of its own. */
function reservationIdOf({ id }: Instance): string {
  return `r-${digitsOf(['reservation', id])}`;
}

function groupsOf({ interfaces }: Instance): string[] {
  return [...new Set(interfaces.flatMap(({ securityGroups }) => securityGroups))];
}

/** The values of all interfaces of an instance. */
function over(valuesOf: (one: InventoryInterface) => readonly string[]): Fields<Instance>[string] {
  return ({ interfaces }) => interfaces.flatMap(valuesOf);
}

/** The filters of interfaces, for instances that have a fitting one. */
function ofInterfaces(): Fields<Instance> {
  return Object.fromEntries(
    Object.entries(INTERFACE_FIELDS).map(([name, field]): [string, Fields<Instance>[string]] => [
      `network-interface.${name}`,
      ({ interfaces }) => interfaces.flatMap((one) => field(one) ?? []),
    ]),
  );
}
