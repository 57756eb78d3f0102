/** Conditions of IAM policies: their operators, what each can compare, and when a condition fits. */
import { accepted, type Parsed, refused } from '../../resources/parsed.js';
import type { ConditionKeys } from '../service.js';
import {
  type Comparison,
  comparesTimes,
  isEqual,
  isEqualIgnoringCase,
  isInBlock,
  isLike,
  isLikeArn,
  parseAddressBlock,
  parseTime,
  parseTruth,
} from './comparisons.js';
import type { ConditionKey, KeyKind } from './condition-keys.js';

/** What an operator compares; presence: nothing, it asks whether the request has the key. */
type OperatorKind = KeyKind | 'presence';

interface OperatorRow {
  readonly kind: OperatorKind;
  /** Undefined for presence. */
  readonly compare?: Comparison;
  readonly isNegated?: true;
}

const OPERATORS: ReadonlyMap<string, OperatorRow> = new Map([
  ...both('StringEquals', 'StringNotEquals', { kind: 'text', compare: isEqual }),
  ...both('StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase', {
    kind: 'text',
    compare: isEqualIgnoringCase,
  }),
  ...both('StringLike', 'StringNotLike', { kind: 'text', compare: isLike }),
  ...both('ArnEquals', 'ArnNotEquals', { kind: 'text', compare: isLikeArn }),
  ...both('ArnLike', 'ArnNotLike', { kind: 'text', compare: isLikeArn }),
  ...both('DateEquals', 'DateNotEquals', { kind: 'time', compare: comparesTimes((ms) => ms === 0) }),
  ['DateLessThan', { kind: 'time', compare: comparesTimes((ms) => ms < 0) }],
  ['DateLessThanEquals', { kind: 'time', compare: comparesTimes((ms) => ms <= 0) }],
  ['DateGreaterThan', { kind: 'time', compare: comparesTimes((ms) => ms > 0) }],
  ['DateGreaterThanEquals', { kind: 'time', compare: comparesTimes((ms) => ms >= 0) }],
  ...both('IpAddress', 'NotIpAddress', { kind: 'address', compare: isInBlock }),
  ['Bool', { kind: 'truth', compare: isEqualIgnoringCase }],
  ['Null', { kind: 'presence' }],
]);

/** How a value of a policy is checked, by what its operator compares. */
const VALUES: Readonly<Partial<Record<OperatorKind, (value: unknown) => Parsed<unknown>>>> = {
  time: parseTime,
  address: parseAddressBlock,
};

const KIND_WORDS: Readonly<Record<KeyKind, string>> = {
  text: 'text',
  time: 'a time',
  address: 'an address',
  truth: 'true or false',
};

const OPERATOR = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/;

export interface ConditionOperator {
  readonly kind: OperatorKind;
  /** Undefined: the operator asks only whether the request has the key. */
  readonly compare: Comparison | undefined;
  /** True for operators with Not: the value must fit none of the policy's values. */
  readonly isNegated: boolean;
  /** True with `IfExists`: a request without the key fits. */
  readonly fitsAbsent: boolean;
  /** Which of a request's values must fit; undefined without a prefix. */
  readonly quantifier: 'any' | 'all' | undefined;
}

/** Parses an operator such as `StringLike` or `ForAnyValue:StringEqualsIfExists`. */
export function parseConditionOperator(value: unknown): Parsed<ConditionOperator> {
  const [, prefix, name = '', suffix] = typeof value === 'string' ? (OPERATOR.exec(value) ?? []) : [];
  const row = OPERATORS.get(name);
  if (row === undefined || (row.kind === 'presence' && (prefix ?? suffix) !== undefined)) {
    return refused(
      `an operator: ${[...OPERATORS.keys()].join(', ')}, with ForAnyValue:, ForAllValues: or IfExists`,
      value,
    );
  }
  const quantifier = prefix === undefined ? undefined : prefix === 'ForAnyValue' ? 'any' : 'all';
  const { kind, compare, isNegated = false } = row;
  return accepted({ kind, compare, isNegated, fitsAbsent: suffix !== undefined, quantifier });
}

/**
 * Checks that the operator can compare the key with the policy's values. Otherwise the condition would never fit, or
 * always.
 * @param key as the policy has it
 * @param values the policy's
 * @returns what is wrong; undefined: nothing
 */
export function conditionFault(
  operator: ConditionOperator,
  { kind }: ConditionKey,
  key: string,
  values: readonly string[],
): string | undefined {
  if (!compares(operator.kind, kind)) {
    const names = [...OPERATORS].filter(([, row]) => compares(row.kind, kind)).map(([name]) => name);
    return `${key} is ${KIND_WORDS[kind]}, which only these operators compare: ${names.join(', ')}`;
  }
  const parse = kind === 'truth' && operator.kind === 'truth' ? parseTruth : VALUES[operator.kind];
  if (parse === undefined) return undefined;
  const results = values.map(parse);
  return results.flatMap((result) => (result.ok ? [] : [result.text]))[0];
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

/** Text is also compared by Bool, as IAM has it: then it is true or false. */
function compares(operator: OperatorKind, key: KeyKind): boolean {
  return operator === 'presence' || operator === key || (operator === 'truth' && key === 'text');
}

/** An operator and the one that negates it. */
function both(name: string, negated: string, row: OperatorRow): [name: string, row: OperatorRow][] {
  return [
    [name, row],
    [negated, { ...row, isNegated: true }],
  ];
}
