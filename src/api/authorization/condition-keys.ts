/** The condition keys that requests have here, and the attributes that policies can name. */
import { accepted, type Parsed, refused } from '../../resources/parsed.js';
import { isLine } from '../../resources/text.js';

/** What the values of a key are. It decides which operators can compare them. */
export type KeyKind = 'text' | 'time' | 'address' | 'truth';

/** A condition key of a policy. */
export interface ConditionKey {
  /** Lower case. */
  readonly name: string;
  readonly kind: KeyKind;
}

/** Keys whose values are no text. */
const KINDS: Readonly<Record<string, KeyKind>> = {
  'aws:CurrentTime': 'time',
  'aws:SecureTransport': 'truth',
  'aws:SourceIp': 'address',
};

/** The case of letters does not matter. A key that ends in a slash is followed by the key of a tag. */
const KEYS = [
  'aws:CurrentTime',
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:RequestedRegion',
  'aws:RequestTag/',
  'aws:ResourceTag/',
  'aws:SecureTransport',
  'aws:SourceIp',
  'aws:TagKeys',
  'aws:username',
  'ec2:Attribute',
  'ec2:AvailabilityZone',
  'ec2:CreateAction',
  'ec2:NetworkInterfaceID',
  'ec2:Region',
  'ec2:ResourceTag/',
  'ec2:Subnet',
  'ec2:Vpc',
] as const;

/** Begins a key that is followed by the name of an attribute. */
export const ATTRIBUTE_KEY = 'ec2:Attribute';

/** The attributes with one value that Modify actions change, by the names of their parameters. */
export const ATTRIBUTES = [
  'AddNetworkService',
  'Description',
  'DestinationCidrBlock',
  'PacketLength',
  'Protocol',
  'RemoveNetworkService',
  'RuleAction',
  'RuleNumber',
  'SessionNumber',
  'SourceCidrBlock',
  'TrafficDirection',
  'TrafficMirrorFilterId',
  'TrafficMirrorTargetId',
  'VirtualNetworkId',
] as const;

/**
 * Parses a key that some call has. Other keys are refused: a statement that denies by one would never apply, and nobody
 * would notice.
 */
export function parseConditionKey(value: unknown): Parsed<ConditionKey> {
  const name = typeof value === 'string' && isLine(value) ? value.toLowerCase() : '';
  const attribute = nameBehind(`${ATTRIBUTE_KEY}/`, name);
  if (attribute !== undefined) {
    const isKnown = ATTRIBUTES.some((known) => known.toLowerCase() === attribute);
    if (isKnown) return accepted({ name, kind: 'text' });
    return refused(`${ATTRIBUTE_KEY}/ and one of ${ATTRIBUTES.join(', ')}`, value);
  }
  const key = KEYS.find((known) =>
    known.endsWith('/') ? nameBehind(known, name) !== undefined : known.toLowerCase() === name,
  );
  if (key !== undefined) return accepted({ name, kind: KINDS[key] ?? 'text' });
  return refused(`one of ${[...KEYS.map(shown), `${ATTRIBUTE_KEY}/NAME`].join(', ')}`, value);
}

/** True for a key whose values are a set, to which `ForAnyValue` and `ForAllValues` apply. @param key in lower case */
export function isMultivalued(key: string): boolean {
  return key === 'aws:tagkeys';
}

/** What follows the start of a key in lower case; undefined when nothing does. */
function nameBehind(start: string, name: string): string | undefined {
  return name.startsWith(start.toLowerCase()) && name.length > start.length
    ? name.slice(start.length)
    : undefined;
}

function shown(key: string): string {
  return key.endsWith('/') ? `${key}TAG` : key;
}
