/** Conditions of IAM policies: the keys that have values here, and the operators that compare them. */
import { accepted, type Parsed, refused } from '../../resources/parsed.js';
import { isLine } from '../../resources/text.js';
import type { ConditionKeys } from '../service.js';
import { matchesWildcard } from '../wildcard.js';

/** The case of letters does not matter. A key that ends in a slash is followed by the key of a tag. */
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

const EQUALS: Comparison = (wanted, actual) => wanted === actual;

const EQUALS_IGNORE_CASE: Comparison = (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase();

const LIKE: Comparison = (wanted, actual) => matchesWildcard(wanted, actual);

/** Parts of an ARN; the last one may contain colons. */
const ARN_PARTS = 6;

const COMPARISONS: ReadonlyMap<string, readonly [compare: Comparison | undefined, isNegated: boolean]> =
  new Map([
    ['StringEquals', [EQUALS, false]],
    ['StringNotEquals', [EQUALS, true]],
    ['StringEqualsIgnoreCase', [EQUALS_IGNORE_CASE, false]],
    ['StringNotEqualsIgnoreCase', [EQUALS_IGNORE_CASE, true]],
    ['StringLike', [LIKE, false]],
    ['StringNotLike', [LIKE, true]],
    ['ArnEquals', [isLikeArn, false]],
    ['ArnNotEquals', [isLikeArn, true]],
    ['ArnLike', [isLikeArn, false]],
    ['ArnNotLike', [isLikeArn, true]],
    ['Bool', [EQUALS_IGNORE_CASE, false]],
    ['Null', [undefined, false]],
  ]);

const OPERATOR = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/;

/** Compares a policy's value with one of the request. */
type Comparison = (wanted: string, actual: string) => boolean;

export interface ConditionOperator {
  /** Undefined: the operator asks only whether the request has the key. */
  readonly compare: Comparison | undefined;
  /** True for operators with Not: the value must fit none of the policy's values. */
  readonly isNegated: boolean;
  /** True with `IfExists`: a request without the key fits. */
  readonly fitsAbsent: boolean;
  /** Which of a request's values must fit; undefined without a prefix. */
  readonly quantifier: 'any' | 'all' | undefined;
}

/**
 * Parses a key that some call has, to lower case. Other keys are refused: a statement that denies by one would never
 * apply, and nobody would notice.
 */
export function parseConditionKey(value: unknown): Parsed<string> {
  const lower = typeof value === 'string' && isLine(value) ? value.toLowerCase() : '';
  const isKnown = KEYS.map((key) => key.toLowerCase()).some((key) =>
    key.endsWith('/') ? lower.startsWith(key) && lower.length > key.length : lower === key,
  );
  return isKnown ? accepted(lower) : refused(`one of ${KEYS.map(shown).join(', ')}`, value);
}

/** True for a key whose values are a set, to which `ForAnyValue` and `ForAllValues` apply. @param key in lower case */
export function isMultivalued(key: string): boolean {
  return key === 'aws:tagkeys';
}

/** Parses an operator such as `StringLike` or `ForAnyValue:StringEqualsIfExists`. */
export function parseConditionOperator(value: unknown): Parsed<ConditionOperator> {
  const [, prefix, name = '', suffix] = typeof value === 'string' ? (OPERATOR.exec(value) ?? []) : [];
  const [compare, isNegated] = COMPARISONS.get(name) ?? [];
  if (isNegated === undefined || (name === 'Null' && (prefix ?? suffix) !== undefined)) {
    return refused(
      `an operator: ${[...COMPARISONS.keys()].join(', ')}, with ForAnyValue:, ForAllValues: or IfExists`,
      value,
    );
  }
  const quantifier = prefix === undefined ? undefined : prefix === 'ForAnyValue' ? 'any' : 'all';
  return accepted({ compare, isNegated, fitsAbsent: suffix !== undefined, quantifier });
}

/**
 * True when the values of a request fit.
 * @param wanted the policy's values
 * @param actual the values of the key; undefined: the request does not have it
 */
export function fitsCondition(
  operator: ConditionOperator,
  wanted: readonly string[],
  actual: readonly string[] | undefined,
): boolean {
  const { compare, isNegated, fitsAbsent, quantifier } = operator;
  if (compare === undefined) return wanted.includes(String(actual === undefined));
  if (actual === undefined) return fitsAbsent || quantifier === 'all' || (isNegated && quantifier !== 'any');
  const fits = (value: string): boolean =>
    wanted.some((candidate) => compare(candidate, value)) !== isNegated;
  return quantifier === 'all' ? actual.every(fits) : actual.some(fits);
}

/**
 * Condition keys for the tags of a request.
 * @param tags key and value; a request to delete tags may name a key several times, with different values
 */
export function requestTagConditions(tags: Iterable<readonly [key: string, value: string]>): ConditionKeys {
  const values = new Map<string, string[]>();
  for (const [key, value] of tags) {
    const known = values.get(key);
    if (known === undefined) values.set(key, [value]);
    else known.push(value);
  }
  if (values.size === 0) return {};
  const keys = [...values].map(([key, all]) => [`aws:RequestTag/${key}`, all] as const);
  return { ...Object.fromEntries(keys), 'aws:TagKeys': [...values.keys()] };
}

/** Condition keys for the tags that a resource has. */
export function resourceTagConditions(tags: Readonly<Record<string, string>> = {}): ConditionKeys {
  const keys = Object.entries(tags).flatMap(([key, value]) => [
    [`aws:ResourceTag/${key}`, value] as const,
    [`ec2:ResourceTag/${key}`, value] as const,
  ]);
  return Object.fromEntries(keys);
}

function shown(key: string): string {
  return key.endsWith('/') ? `${key}TAG` : key;
}

/** Compares part by part, so that a wildcard does not match across a colon. */
function isLikeArn(wanted: string, actual: string): boolean {
  const patterns = arnParts(wanted);
  const parts = arnParts(actual);
  return (
    patterns.length === parts.length &&
    patterns.every((pattern, index) => matchesWildcard(pattern, parts[index] ?? ''))
  );
}

function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
}
