/** Security groups: DescribeSecurityGroups shows those that interfaces of the configuration file name. */
import type { InterfaceGroup } from '../inventory/inventory.js';
import { describeInventory } from './describe-inventory.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { Ec2Error } from './ec2-error.js';
import { resourceArn } from './kinds.js';
import { type Fields, valueless } from './lists.js';
import type { Structure } from './response.js';

/** What a description says: the rules of a group are those of the host's firewall, which nothing here reads. */
const DESCRIPTION = 'named by network interfaces';

/** What filters compare of a permission: groups have none here. */
const PERMISSION_FIELDS = [
  'cidr',
  'from-port',
  'group-id',
  'group-name',
  'ipv6-cidr',
  'prefix-list-id',
  'protocol',
  'to-port',
  'user-id',
];

const GROUP_FIELDS: Fields<InterfaceGroup> = {
  description: () => DESCRIPTION,
  'group-id': ({ id }) => id,
  'group-name': ({ id }) => id,
  'owner-id': ({ ownerId }) => ownerId,
  'vpc-id': ({ place }) => place.vpcId,
  ...valueless(
    PERMISSION_FIELDS.flatMap((name) => [`ip-permission.${name}`, `egress.ip-permission.${name}`]),
  ),
};

/** The actions of this file by name. */
export const SECURITY_GROUP_ACTIONS = { DescribeSecurityGroups: describeSecurityGroups } satisfies Actions;

function describeSecurityGroups(call: Ec2Call): Promise<Structure> {
  return describeInventory(call, {
    ids: { GroupId: ({ id }) => id, GroupName: ({ id }) => id },
    missing: (id) => new Ec2Error('InvalidGroup.NotFound', `The security group '${id}' does not exist`),
    pages: 'shared',
    name: 'securityGroupInfo',
    fields: GROUP_FIELDS,
    tagsOf: () => ({}),
    itemsOf: (inventory) => inventory.securityGroups(),
    contentOf: ({ id, ownerId, place }) => ({
      ownerId,
      groupId: id,
      groupName: id,
      groupDescription: DESCRIPTION,
      vpcId: place.vpcId,
      ipPermissions: [],
      ipPermissionsEgress: [],
      tagSet: [],
      securityGroupArn: resourceArn('security-group', id, call.region, ownerId),
    }),
  });
}
