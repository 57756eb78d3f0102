/** Errors of the EC2 API for violations of the rules across resources, by the code of the violation. */
import { checkRule, type RuleProblem } from '../../resources/check-rule.js';
import { LOAD_BALANCER_PACKET_LENGTH } from '../../resources/numbers.js';
import type { Quotas } from '../../resources/quotas.js';
import {
  brokenSessionRules,
  type CheckedSession,
  checkQuota,
  checkSourcesPerTarget,
  type Violation,
  type ViolationOf,
} from '../../resources/rules.js';
import { TAG_LIMITS } from '../../resources/tags.js';
import { andList } from '../../resources/text.js';
import type { TrafficMirrorFilterRule } from '../../resources/traffic-mirror-filter.js';
import { RECEIVER_KEYS, type Receiver } from '../../resources/traffic-mirror-target.js';
import type { Ec2Call } from './ec2-call.js';
import { capitalize, Ec2Error, invalidCombination, invalidValue } from './ec2-error.js';
import type { Kind } from './kinds.js';

type Code = Violation<string>['code'];

/** @param subject the interface or direction that the message names */
type ErrorOf<C extends Code> = (
  violation: ViolationOf<C, string>,
  call: Ec2Call,
  subject: string,
) => Ec2Error;

const ERRORS: { readonly [C in Code]: ErrorOf<C> } = {
  'duplicate-session-number': ({ sessionNumber, other }, call) =>
    invalidValue(
      sessionNumber,
      'sessionNumber',
      `The session number is already being used by ${call.nameOf('sessions', other)}`,
    ),
  'duplicate-rule-number': ({ ruleNumber, other }, _call, direction) =>
    new Ec2Error(
      'TrafficMirrorFilterRuleAlreadyExists',
      `The ${direction} rule number ${ruleNumber} is already being used by ${other}`,
    ),
  'interface-both-source-and-target': ({ role, other }, call, id) =>
    role === 'source'
      ? interfaceIsTarget(call, id, other)
      : new Ec2Error(
          'InterfaceInUseByTrafficMirrorSession',
          `Interface ${id} is in use by ${call.nameOf('sessions', other)}`,
        ),
  'load-balancer-packet-length': ({ packetLength }) =>
    invalidValue(
      packetLength,
      'packetLength',
      `Expecting a value between 1 and ${LOAD_BALANCER_PACKET_LENGTH} for a load balancer target`,
    ),
  'quota-exceeded': ({ quota, limit }) => {
    const { code, words } = QUOTAS[quota];
    // EC2's own words; it shows the number that there would be.
    if (code === SOURCES_LIMIT_EXCEEDED) return new Ec2Error(code, `${words} limit reached (${limit + 1})`);
    return new Ec2Error(code, `The maximum number of Traffic Mirror ${words} (${limit}) is reached`);
  },
  'bad-tag': tooManyTags,
  'no-device': (_violation, _call, id) =>
    invalidValue(id, 'networkInterfaceId', 'The interface has no device, and a source needs one'),
  'no-address': (_violation, _call, id) =>
    invalidValue(id, 'networkInterfaceId', 'The interface has no address, and a target needs one'),
  'not-exactly-one-target': () =>
    invalidCombination(`Exactly one of ${andList(RECEIVER_KEYS.map(capitalize))} is needed`),
};

const SOURCES_LIMIT_EXCEEDED = 'TrafficMirrorSourcesPerTargetLimitExceeded';

/** The error of each quota. */
export const QUOTAS: Readonly<Record<keyof Quotas, { readonly code: string; readonly words: string }>> = {
  targets: { code: 'TrafficMirrorTargetLimitExceeded', words: 'targets' },
  filters: { code: 'TrafficMirrorFilterLimitExceeded', words: 'filters' },
  sessions: { code: 'TrafficMirrorSessionLimitExceeded', words: 'sessions' },
  rulesPerFilter: { code: 'TrafficMirrorFilterRuleLimitExceeded', words: 'rules for the filter' },
  sessionsPerNetworkInterface: {
    code: 'TrafficMirrorSessionsPerInterfaceLimitExceeded',
    words: 'sessions for the interface',
  },
  sourcesPerInterfaceTarget: { code: SOURCES_LIMIT_EXCEEDED, words: 'Sources per interface-target' },
  sourcesPerLargeInterfaceTarget: { code: SOURCES_LIMIT_EXCEEDED, words: 'Sources per interface-target' },
};

type RuleError = (problem: RuleProblem, rule: TrafficMirrorFilterRule, field: string) => Ec2Error;

const RULE_ERRORS: Readonly<Record<RuleProblem['code'], RuleError>> = {
  'mixed-address-families': ({ text }, { destinationCidrBlock }, field) =>
    invalidValue(destinationCidrBlock, field, text),
  'ports-without-protocol': ({ text }, _rule, field) => invalidCombination(`${field}: ${text}`),
  'reversed-range': ({ text }, { sourcePortRange, destinationPortRange }, field) => {
    const range = field === 'sourcePortRange' ? sourcePortRange : destinationPortRange;
    return invalidValue(`${range?.fromPort}-${range?.toPort}`, field, text);
  },
};

/** Throws the error for a violation, if there is one. @param subject as in `ErrorOf`. @throws Ec2Error */
export function requireNone(call: Ec2Call, violation: Violation<string> | undefined, subject = ''): void {
  if (violation === undefined) return;
  const errorOf = ERRORS[violation.code] as ErrorOf<Code>;
  throw errorOf(violation, call, subject);
}

/**
 * Requires that a session breaks no rule that holds among all resources.
 * @param self its id, when it is there already
 * @throws Ec2Error
 */
export function requireSessionRules(
  call: Ec2Call,
  { session, receiver, self }: Pick<CheckedSession<string>, 'session' | 'receiver' | 'self'>,
): void {
  const view = call.context.catalog;
  const nameOf = (id: string): string => id;
  const checked = { view, session, receiver, nameOf, ...(self !== undefined && { self }) };
  for (const { violation } of brokenSessionRules(checked)) requireNone(call, violation);
}

/** Requires that a rule is valid in itself. @throws Ec2Error InvalidParameterValue, InvalidParameterCombination */
export function requireRule(rule: TrafficMirrorFilterRule): void {
  for (const problem of checkRule(rule, [])) {
    throw RULE_ERRORS[problem.code](problem, rule, String(problem.path[0]));
  }
}

/** Requires that the caller's account may have one more resource. @throws Ec2Error `TrafficMirror…LimitExceeded` */
export function requireQuota(call: Ec2Call, kind: Kind): void {
  requireRoom(call, kind, call.context.catalog.count(kind, call.accountId));
}

/**
 * Requires that the quota allows one more.
 * @param count how many there are.
 * @throws Ec2Error `TrafficMirror…LimitExceeded`
 */
export function requireRoom(call: Ec2Call, quota: keyof Quotas, count: number): void {
  requireNone(call, checkQuota(call.context.quotas(), quota, count));
}

/**
 * Requires that the interface behind a target takes copies of one more source, unless it has them already. Load balancers
 * and endpoints have no limit, and sources of the configuration file are not counted.
 * @throws Ec2Error TrafficMirrorSourcesPerTargetLimitExceeded
 */
export function requireRoomForSource(call: Ec2Call, networkInterfaceId: string, receiver: Receiver): void {
  const { catalog, quotas } = call.context;
  if (receiver.networkInterfaceId === undefined) return;
  const found = catalog.findInterface(receiver.networkInterfaceId);
  if (found === undefined) return;
  const count = catalog.sourcesWith(networkInterfaceId, receiver.networkInterfaceId);
  if (count !== undefined) requireNone(call, checkSourcesPerTarget(quotas(), found, count));
}

/** The error for a resource that would have more tags than it may. */
export function tooManyTags(): Ec2Error {
  return new Ec2Error('TagLimitExceeded', `The maximum number of tags for a resource is ${TAG_LIMITS.tags}`);
}

/** The error for an interface that is already a target, where it cannot be one again or be a source. */
export function interfaceIsTarget(call: Ec2Call, id: string, targetId: string): Ec2Error {
  return new Ec2Error(
    'InterfaceInUseByTrafficMirrorTarget',
    `Interface ${id} is in use by ${call.nameOf('targets', targetId)}`,
  );
}
