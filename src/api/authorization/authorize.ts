/**
 * Decides whether the policies of a user allow a call. An explicit deny wins over every allow, and a call that no
 * statement allows is denied (IAM User Guide, "Policy evaluation logic").
 */
import type { Authorize, ConditionKeys, Decision, PolicyStatement, Principal } from '../service.js';
import { matchesWildcard } from '../wildcard.js';
import { type ConditionOperator, fitsCondition, parseConditionOperator } from './condition.js';
import { isMultivalued } from './condition-keys.js';

/**
 * Readings by condition key in lower case; a reading is a set of values. A key has several readings when the keys of
 * tags differ only in case, or a request names a tag twice.
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

/**
 * The text with which every service denies access:
 * `User: ARN is not authorized to perform: ACTION on resource: ARN because …`
 * @param action with its service: `ec2:CreateTags`
 * @param resourceArn undefined for actions without resources
 */
export function accessDenied(
  { arn }: Principal,
  action: string,
  resourceArn: string | undefined,
  decision: Exclude<Decision, 'allow'>,
): string {
  const resource = resourceArn === undefined ? '' : ` on resource: ${resourceArn}`;
  const reason =
    decision === 'explicit-deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return `User: ${arn} is not authorized to perform: ${action}${resource} ${reason}`;
}

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

/** A statement has either `Action` or `NotAction`, and either `Resource` or `NotResource`. */
function isAmong(
  patterns: readonly string[] | undefined,
  notPatterns: readonly string[] | undefined,
  matches: (pattern: string) => boolean,
): boolean {
  return patterns === undefined ? !(notPatterns ?? []).some(matches) : patterns.some(matches);
}

/** True when all operators and all keys fit. */
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

/** A deny needs one reading that fits; an allow needs all. So a second tag of the same name gains nothing. */
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
  for (const [key, value] of Object.entries(ownConditions(principal))) {
    if (value === undefined) readings.delete(key);
    else readings.set(key, [[value]]);
  }
  return readings;
}

/** The condition keys of the principal and of how its request came, in lower case; no call can set them. */
function ownConditions({ accountId, arn, userName, origin }: Principal): Record<string, string | undefined> {
  return {
    'aws:currenttime': origin && new Date(origin.time).toISOString(),
    'aws:principalaccount': accountId,
    'aws:principalarn': arn,
    'aws:securetransport': origin && String(origin.isSecure),
    'aws:sourceip': origin?.sourceIp,
    'aws:username': userName,
  };
}
