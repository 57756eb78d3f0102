/** Condition operators of IAM policies: how the values of a condition key are compared. */
import { accepted, type Parsed, refused } from '../../resources/parsed.js';
import { matchesWildcard } from '../wildcard.js';

/** How a policy's value is compared with one of the request. */
type Comparison = (wanted: string, actual: string) => boolean;

export interface ConditionOperator {
  /** Undefined: the operator asks only whether the key is there. */
  readonly compare: Comparison | undefined;
  /** True for operators with Not: none of the policy's values may fit. */
  readonly isNegated: boolean;
  /** True with `IfExists`: a request without the key fits. */
  readonly fitsAbsent: boolean;
  /** How many of a request's values must fit; undefined without a prefix. */
  readonly quantifier: 'any' | 'all' | undefined;
}

const EQUALS: Comparison = (wanted, actual) => wanted === actual;

const EQUALS_IGNORE_CASE: Comparison = (wanted, actual) => wanted.toLowerCase() === actual.toLowerCase();

const LIKE: Comparison = (wanted, actual) => matchesWildcard(wanted, actual);

/** Parts of an ARN; what follows the last colon may hold more of them. */
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

/** `StringLike`, `ForAnyValue:StringEqualsIfExists` and so on. */
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
 * Whether the values of a request fit.
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

/** Part by part: a wildcard in one does not reach into the next. */
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
