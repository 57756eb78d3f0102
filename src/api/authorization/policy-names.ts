/** What statements of policies name that is nothing here: services, actions and resources of the cloud, or misspelt. */
import { show } from '../../resources/parsed.js';
import type { PolicyStatement } from '../service.js';
import { SERVICES } from '../services.js';
import { matchesWildcard } from '../wildcard.js';

/** By the names that policies have for the services. */
const ACTIONS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.values(SERVICES).map(({ policyPrefix, actions }) => [
    policyPrefix,
    [...actions.changing, ...actions.reading],
  ]),
);

/** Of the resources that policies can name; metrics have none. */
const ARN_STARTS = ['arn:aws:ec2:', 'arn:aws:ram:'];

/** Something that a statement names, and what is wrong with it. */
interface UnknownName {
  /** From the statement on: `['Action', 0]`. */
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Names of services, actions and resources that nothing here has. */
export function unknownNames({ Action, NotAction, Resource, NotResource }: PolicyStatement): UnknownName[] {
  return [
    ...unknownAmong('Action', Action, unknownAction),
    ...unknownAmong('NotAction', NotAction, unknownAction),
    ...unknownAmong('Resource', Resource, unknownResource),
    ...unknownAmong('NotResource', NotResource, unknownResource),
  ];
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

/** @returns undefined when the pattern fits some action */
function unknownAction(pattern: string): string | undefined {
  if (pattern === '*') return undefined;
  const [service = '', action = ''] = pattern.toLowerCase().split(':');
  const names = ACTIONS.get(service);
  if (names === undefined)
    return `names a service that is not here: there are ${[...ACTIONS.keys()].join(', ')}`;
  const isKnown = names.some((name) => matchesWildcard(action, name.toLowerCase()));
  return isKnown ? undefined : 'fits no action that is here';
}

/** @returns undefined when the pattern may fit a resource */
function unknownResource(pattern: string): string | undefined {
  const literal = pattern.split(/[*?]/, 1)[0] ?? '';
  const isKnown = ARN_STARTS.some((start) => start.startsWith(literal) || literal.startsWith(start));
  return isKnown ? undefined : `fits no resource that is here: they begin with ${ARN_STARTS.join(' or ')}`;
}
