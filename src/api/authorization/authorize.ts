/**
 * Whether the policies of a user allow what it asks for. An explicit deny wins over every allow; what nothing
 * allows is denied (IAM User Guide, "Policy evaluation logic").
 */
import type { Authorize, ConditionKeys, PolicyStatement, Principal } from '../service.js';
import { matchesWildcard } from '../wildcard.js';
import { fitsCondition, parseConditionOperator } from './condition-operator.js';

/** Values by condition key in lower case. */
type ConditionValues = ReadonlyMap<string, readonly string[]>;

export const authorize: Authorize = (principal, action, resourceArn, conditions) => {
  const values = conditionValues(principal, conditions);
  let isAllowed = false;
  for (const statement of principal.statements) {
    if (!applies(statement, action, resourceArn, values)) continue;
    if (statement.Effect === 'Deny') return 'explicit-deny';
    isAllowed = true;
  }
  return isAllowed ? 'allow' : 'implicit-deny';
};

function applies(
  { Action, NotAction, Resource, NotResource, Condition }: PolicyStatement,
  action: string,
  resourceArn: string,
  values: ConditionValues,
): boolean {
  return (
    isAmong(Action, NotAction, (pattern) => matchesWildcard(pattern.toLowerCase(), action.toLowerCase())) &&
    isAmong(Resource, NotResource, (pattern) => matchesWildcard(pattern, resourceArn)) &&
    fitsConditions(Condition, values)
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
function fitsConditions(condition: PolicyStatement['Condition'], values: ConditionValues): boolean {
  return Object.entries(condition ?? {}).every(([name, keys]) => {
    const operator = parseConditionOperator(name);
    return (
      operator.ok &&
      Object.entries(keys).every(([key, wanted]) =>
        fitsCondition(operator.value, wanted, values.get(key.toLowerCase())),
      )
    );
  });
}

function conditionValues(principal: Principal, conditions: ConditionKeys): ConditionValues {
  const all: ConditionKeys = {
    ...conditions,
    'aws:PrincipalAccount': principal.accountId,
    'aws:PrincipalArn': principal.arn,
    'aws:username': principal.userName,
  };
  return new Map(Object.entries(all).map(([key, value]) => [key.toLowerCase(), [value].flat()]));
}
