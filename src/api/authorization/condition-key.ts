/** Condition keys of IAM policies that the control API gives values to. */
import { accepted, type Parsed, refused } from '../../resources/parsed.js';
import { isLine } from '../../resources/text.js';

/** Case does not matter; a key that ends in a slash is followed by the key of a tag. */
const KEYS = [
  'aws:PrincipalAccount',
  'aws:PrincipalArn',
  'aws:RequestedRegion',
  'aws:RequestTag/',
  'aws:ResourceTag/',
  'aws:TagKeys',
  'aws:username',
  'ec2:CreateAction',
  'ec2:NetworkInterfaceID',
  'ec2:Region',
  'ec2:ResourceTag/',
] as const;

/**
 * A key that some call has. Others are refused: a statement that forbids something would never apply, and
 * nobody would notice.
 */
export function parseConditionKey(value: unknown): Parsed<string> {
  const lower = typeof value === 'string' && isLine(value) ? value.toLowerCase() : '';
  const isKnown = KEYS.map((key) => key.toLowerCase()).some((key) =>
    key.endsWith('/') ? lower.startsWith(key) && lower.length > key.length : lower === key,
  );
  return isKnown ? accepted(lower) : refused(`one of ${KEYS.map(shown).join(', ')}`, value);
}

/** True for a key whose values are a set, which `ForAnyValue` and `ForAllValues` are for. @param key in lower case */
export function isMultivalued(key: string): boolean {
  return key === 'aws:tagkeys';
}

function shown(key: string): string {
  return key.endsWith('/') ? `${key}TAG` : key;
}
