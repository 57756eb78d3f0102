/**
 * Whether the policies of a user allow what it asks for. An explicit deny wins over every allow; what nothing
 * allows is denied (IAM User Guide, "Policy evaluation logic").
 */
import type { Authorize, ConditionKeys, PolicyStatement, Principal } from '../service.js';
import { matchesWildcard } from '../wildcard.js';
import { isMultivalued } from './condition-key.js';
import { type ConditionOperator, fitsCondition, parseConditionOperator } from './condition-operator.js';

/**
 * Readings by condition key in lower case, each a set of values. There are several when tags differ in the case of
 * their keys only, or a request names a tag twice.
 */
type ConditionReadings = ReadonlyMap<string, readonly (readonly string[])[]>;

export const authorize: Authorize = (principal, action, resourceArn, conditions) => {
  const readings = conditionReadings(principal, conditions);
  let isAllowed = false;
  for (const statement of principal.statements) {
    if (!applies(statement, action, resourceArn, readings)) continue;
    if (statement.Effect === 'Deny') return 'explicit-deny';
    isAllowed = true;
  }
  return isAllowed ? 'allow' : 'implicit-deny';
};

function applies(
  statement: PolicyStatement,
  action: string,
  resourceArn: string,
  readings: ConditionReadings,
): boolean {
  const { Action, NotAction, Resource, NotResource } = statement;
  return (
    isAmong(Action, NotAction, (pattern) => matchesWildcard(pattern.toLowerCase(), action.toLowerCase())) &&
    isAmong(Resource, NotResource, (pattern) => matchesWildcard(pattern, resourceArn)) &&
    fitsConditions(statement, readings)
  );
}

/** Of `Action` and `NotAction`, and of `Resource` and `NotResource`, a statement has one. */
function isAmong(
  patterns: readonly string[] | undefined,
  notPatterns: readonly string[] | undefined,
  matches: (pattern: string) => boolean,
): boolean {
  return patterns === undefined ? !(notPatterns ?? []).some(matches) : patterns.some(matches);
}

/** Every operator and every key must fit. */
function fitsConditions({ Effect, Condition }: PolicyStatement, readings: ConditionReadings): boolean {
  return Object.entries(Condition ?? {}).every(([name, keys]) => {
    const operator = parseConditionOperator(name);
    return (
      operator.ok &&
      Object.entries(keys).every(([key, wanted]) =>
        fitsReadings(Effect, operator.value, wanted, readings.get(key.toLowerCase())),
      )
    );
  });
}

/** One reading that is denied is enough; all must be allowed. So nobody gains by a second tag of the same name. */
function fitsReadings(
  effect: PolicyStatement['Effect'],
  operator: ConditionOperator,
  wanted: readonly string[],
  readings: readonly (readonly string[])[] | undefined,
): boolean {
  if (readings === undefined) return fitsCondition(operator, wanted, undefined);
  const fits = (values: readonly string[]): boolean => fitsCondition(operator, wanted, values);
  return effect === 'Deny' ? readings.some(fits) : readings.every(fits);
}

function conditionReadings(principal: Principal, conditions: ConditionKeys): ConditionReadings {
  const readings = new Map<string, (readonly string[])[]>();
  for (const [name, value] of Object.entries(conditions)) {
    const key = name.toLowerCase();
    const values = [value].flat();
    const own = isMultivalued(key) ? [values] : values.map((single) => [single]);
    if (own.length > 0) readings.set(key, [...(readings.get(key) ?? []), ...own]);
  }
  readings.set('aws:principalaccount', [[principal.accountId]]);
  readings.set('aws:principalarn', [[principal.arn]]);
  readings.set('aws:username', [[principal.userName]]);
  return readings;
}
