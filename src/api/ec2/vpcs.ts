/** Networks: DescribeVpcs shows those that interfaces of the configuration file are in. */
import { digitsOf } from '../../resources/interface-place.js';
import { coveringBlock, ipv6Blocks } from '../inventory/address-blocks.js';
import type { InterfaceGroup } from '../inventory/inventory.js';
import { describeInventory, noSuch } from './describe-inventory.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { type Fields, valueless } from './lists.js';
import type { Structure } from './response.js';

const AVAILABLE = 'available';

const ASSOCIATED = 'associated';

/** What EC2 has for a network without DHCP options of its own. */
const NO_DHCP_OPTIONS = 'default';

const VPC_FIELDS: Fields<InterfaceGroup> = {
  cidr: blockOf,
  'cidr-block': blockOf,
  cidrBlock: blockOf,
  'cidr-block-association.association-id': (vpc) => ofBlock(vpc, associationId),
  'cidr-block-association.cidr-block': blockOf,
  'cidr-block-association.state': (vpc) => ofBlock(vpc, () => ASSOCIATED),
  'dhcp-options-id': () => NO_DHCP_OPTIONS,
  dhcpOptionsId: () => NO_DHCP_OPTIONS,
  'ipv6-cidr-block-association.association-id': (vpc) => ipv6BlocksOf(vpc).map(associationId),
  'ipv6-cidr-block-association.ipv6-cidr-block': ipv6BlocksOf,
  'ipv6-cidr-block-association.state': (vpc) => ipv6BlocksOf(vpc).map(() => ASSOCIATED),
  'is-default': isDefault,
  isDefault,
  'owner-id': ({ ownerId }) => ownerId,
  state: () => AVAILABLE,
  'vpc-id': ({ id }) => id,
  ...valueless(['ipv6-cidr-block-association.ipv6-pool']),
};

/** The actions of this file by name. */
export const VPC_ACTIONS = { DescribeVpcs: describeVpcs } satisfies Actions;

function describeVpcs(call: Ec2Call): Promise<Structure> {
  return describeInventory(call, {
    ids: { VpcId: ({ id }) => id },
    missing: noSuch('InvalidVpcID', 'vpc ID'),
    pages: 'shared',
    name: 'vpcSet',
    fields: VPC_FIELDS,
    tagsOf: () => ({}),
    itemsOf: (inventory) => inventory.vpcs(),
    contentOf: vpcContent,
  });
}

function vpcContent(vpc: InterfaceGroup): Structure {
  const cidrBlock = blockOf(vpc);
  return {
    vpcId: vpc.id,
    ownerId: vpc.ownerId,
    state: AVAILABLE,
    cidrBlock,
    cidrBlockAssociationSet: cidrBlock === undefined ? [] : [association('cidrBlock', cidrBlock)],
    ipv6CidrBlockAssociationSet: ipv6BlocksOf(vpc).map((block) => association('ipv6CidrBlock', block)),
    dhcpOptionsId: NO_DHCP_OPTIONS,
    instanceTenancy: 'default',
    isDefault: isDefault(vpc),
    tagSet: [],
  };
}

/** A block of a network or subnet, as responses show it. */
export function association(name: 'cidrBlock' | 'ipv6CidrBlock', block: string): Structure {
  return { associationId: associationId(block), [name]: block, [`${name}State`]: { state: ASSOCIATED } };
}

/** The id by which filters and responses name a block. */
export function associationId(block: string): string {
  return `vpc-cidr-assoc-${digitsOf(['block', block])}`;
}

/** The smallest block that holds the addresses that are known in a network or subnet. */
export function blockOf({ interfaces }: InterfaceGroup): string | undefined {
  return coveringBlock(interfaces.flatMap(({ addresses }) => addresses));
}

/** The IPv6 networks of a network or subnet. */
export function ipv6BlocksOf({ interfaces }: InterfaceGroup): string[] {
  return ipv6Blocks(interfaces.flatMap(({ addresses }) => addresses));
}

/** True for a network that nobody gave an id. */
function isDefault({ place }: InterfaceGroup): boolean {
  return !place.isVpcGiven;
}

function ofBlock(vpc: InterfaceGroup, textOf: (block: string) => string): string | undefined {
  const block = blockOf(vpc);
  return block === undefined ? undefined : textOf(block);
}
