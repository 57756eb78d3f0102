/** Texts of IAM policies: patterns of actions and resources, values of conditions, and names that do not exist here. */
import { accepted, type Parsed, type Refusal, refused, show } from '../../resources/parsed.js';
import { isLine, isText, TEXT_BOUNDS } from '../../resources/text.js';
import type { PolicyStatement } from '../service.js';
import { actionNamesOf, needsNoPermission, SERVICES, type ServiceName } from '../services.js';
import { matchesWildcard } from '../wildcard.js';

const ACTION = /^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;

/** Begins a variable such as `${aws:username}`. Variables are not replaced here: they would never match, unnoticed. */
const VARIABLE = '${';

const NAMES = Object.keys(SERVICES) as ServiceName[];

/** Actions by the name that policies have for their service. */
const ACTIONS: ReadonlyMap<string, readonly string[]> = new Map(
  NAMES.filter((service) => !needsNoPermission(service)).map((service) => [
    SERVICES[service].policyPrefix,
    actionNamesOf(service),
  ]),
);

/** Services whose actions every user may call, by the same name. */
const WITHOUT_PERMISSION: ReadonlySet<string> = new Set(
  NAMES.filter(needsNoPermission).map((service) => SERVICES[service].policyPrefix),
);

/** Starts of the ARNs that policies can name; metrics have none. */
const ARN_STARTS = ['arn:aws:ec2:', 'arn:aws:ram:'];

/** A name in a statement, and what is wrong with it. */
interface UnknownName {
  /** Within the statement: `['Action', 0]`. */
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Parses `*`, or a service and an action with wildcards: `ec2:Describe*`. */
export function parseActionPattern(value: unknown): Parsed<string> {
  if (isTooLong(value)) return tooLong(value);
  if (typeof value === 'string' && ACTION.test(value)) return accepted(value);
  return refused('"*", or a service and an action such as ec2:DescribeTrafficMirror*', value);
}

/** Parses `*`, or an ARN with wildcards. */
export function parseResourcePattern(value: unknown): Parsed<string> {
  if (isTooLong(value)) return tooLong(value);
  const isPattern = typeof value === 'string' && (value === '*' || value.startsWith('arn:'));
  if (isPattern && isLine(value) && !value.includes(VARIABLE)) return accepted(value);
  return refused('"*", or an ARN such as arn:aws:ec2:*:*:traffic-mirror-target/*, without variables', value);
}

/** Parses a value that a condition key is compared with; YAML's true and false become text. */
export function parseConditionValue(value: unknown): Parsed<string> {
  if (isTooLong(value)) return tooLong(value);
  const text = typeof value === 'boolean' ? String(value) : value;
  if (typeof text === 'string' && isText(text) && !text.includes(VARIABLE)) return accepted(text);
  return refused('text without variables and control characters', value);
}

/** Names of services, actions and resources in a statement that do not exist here: of the cloud, or misspelt. */
export function unknownNames({ Action, NotAction, Resource, NotResource }: PolicyStatement): UnknownName[] {
  return [
    ...unknownAmong('Action', Action, unknownAction),
    ...unknownAmong('NotAction', NotAction, unknownAction),
    ...unknownAmong('Resource', Resource, unknownResource),
    ...unknownAmong('NotResource', NotResource, unknownResource),
  ];
}

function isTooLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > TEXT_BOUNDS.policyText;
}

function tooLong(value: unknown): Refusal {
  return refused(`at most ${TEXT_BOUNDS.policyText} characters`, value);
}

function unknownAmong(
  key: string,
  patterns: readonly string[] | undefined,
  unknown: (pattern: string) => string | undefined,
): UnknownName[] {
  return (patterns ?? []).flatMap((pattern, index) => {
    const text = unknown(pattern);
    return text === undefined ? [] : [{ path: [key, index], text: `${show(pattern)} ${text}` }];
  });
}

/** @returns undefined when the pattern matches some action */
function unknownAction(pattern: string): string | undefined {
  if (pattern === '*') return undefined;
  const [service = '', action = ''] = pattern.toLowerCase().split(':');
  if (WITHOUT_PERMISSION.has(service)) return `is what every user may do, whatever policies say`;
  const names = ACTIONS.get(service);
  if (names === undefined)
    return `names a service that is not here: there are ${[...ACTIONS.keys()].join(', ')}`;
  const isKnown = names.some((name) => matchesWildcard(action, name.toLowerCase()));
  return isKnown ? undefined : 'fits no action that is here';
}

/** @returns undefined when the pattern may match a resource */
function unknownResource(pattern: string): string | undefined {
  const literal = pattern.split(/[*?]/, 1)[0] ?? '';
  const isKnown = ARN_STARTS.some((start) => start.startsWith(literal) || literal.startsWith(start));
  return isKnown ? undefined : `fits no resource that is here: they begin with ${ARN_STARTS.join(' or ')}`;
}
