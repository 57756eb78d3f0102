/** Condition keys of EC2 that depend on what a request names or changes: the place of an interface, attributes. */

import type { KnownPlace } from '../../resources/interface-place.js';
import type { NetworkInterface } from '../../resources/network-interface.js';
import type { Tags } from '../../resources/tags.js';
import { ATTRIBUTE_KEY, type ATTRIBUTES } from '../authorization/condition-keys.js';
import type { ConditionKeys } from '../service.js';
import { capitalize } from './ec2-error.js';
import { resourceArn } from './kinds.js';

/** What a request sets an attribute to; undefined: it does not. */
type Given = string | number | readonly string[] | undefined;

/** The attributes that a Modify request sets. Of ranges of ports, a policy can tell only that they change. */
export type GivenAttributes = Readonly<
  Partial<Record<(typeof ATTRIBUTES)[number] | 'DestinationPortRange' | 'SourcePortRange', Given>>
>;

/** Condition keys for the tags that a resource has. */
export function resourceTagConditions(tags: Tags = {}): ConditionKeys {
  const pairs = Object.entries(tags).flatMap(([key, value]) => [
    [`aws:ResourceTag/${key}`, value],
    [`ec2:ResourceTag/${key}`, value],
  ]);
  return Object.fromEntries(pairs);
}

/**
 * Condition keys for an interface: its tags, and where it is.
 * @param found undefined: the caller sees none
 * @param place of it
 * @param caller the account in the ARNs of an interface without an owner, and the region
 */
export function interfaceConditions(
  found: NetworkInterface | undefined,
  place: KnownPlace | undefined,
  { accountId, region }: { readonly accountId: string; readonly region: string },
): ConditionKeys {
  const { ownerId, subnetOwnerId, tags } = found ?? {};
  // Who owns the subnet owns the VPC.
  const owner = subnetOwnerId ?? ownerId ?? accountId;
  return {
    ...resourceTagConditions(tags),
    ...(place !== undefined && {
      'ec2:Vpc': resourceArn('vpc', place.vpcId, region, owner),
      'ec2:Subnet': resourceArn('subnet', place.subnetId, region, owner),
      'ec2:AvailabilityZone': place.availabilityZone,
    }),
  };
}

/**
 * Condition keys for the attributes that a request sets or removes: their names, and the value of each. That of a removed
 * attribute is empty, so that a request cannot remove what a policy does not let it set.
 * @param removed names as RemoveFields has them, such as `packet-length`
 */
export function attributeConditions(
  given: GivenAttributes,
  removed: ReadonlySet<string> = new Set(),
): ConditionKeys {
  const set = Object.entries(given).filter(([, value]) => isGiven(value));
  const cleared = [...removed].map((field): [string, Given] => [attributeOf(field), '']);
  const all = [...set, ...cleared];
  if (all.length === 0) return {};
  const values = all.map(([name, value]) => [
    `${ATTRIBUTE_KEY}/${name}`,
    Array.isArray(value) ? value : String(value),
  ]);
  return { ...Object.fromEntries(values), [ATTRIBUTE_KEY]: all.map(([name]) => name) };
}

function isGiven(value: Given): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

/** `packet-length` to `PacketLength`. */
function attributeOf(field: string): string {
  return field.split('-').map(capitalize).join('');
}
