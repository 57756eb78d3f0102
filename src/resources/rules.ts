/**
 * The rules across resources, each written once. A rule returns a violation with a stable code. For a file it becomes a
 * problem at a path (check-resources.ts), for the control API an error (api/ec2/violations.ts).
 */
import type { RuleProblem } from './check-rule.js';
import { type Draft, isKnown } from './draft.js';
import type { NetworkInterface } from './network-interface.js';
import { LOAD_BALANCER_PACKET_LENGTH } from './numbers.js';
import { show } from './parsed.js';
import type { CodedProblem, DeclarationCode } from './problem.js';
import type { Quotas } from './quotas.js';
import {
  type InterfaceKey,
  interfaceKeys,
  type ResourceView,
  receiverKeys,
  sourceId,
} from './resource-set.js';
import { TAG_LIMITS } from './tags.js';
import type { TrafficMirrorSession } from './traffic-mirror-session.js';
import { isLoadBalanced, RECEIVER_KEYS, type Receiver } from './traffic-mirror-target.js';

/** What a rule found. @typeParam Ref names a resource: by its index in a file, by its id in the API */
export type Violation<Ref> =
  | { readonly code: 'duplicate-session-number'; readonly sessionNumber: number; readonly other: Ref }
  | { readonly code: 'duplicate-rule-number'; readonly ruleNumber: number; readonly other: Ref }
  | {
      readonly code: 'interface-both-source-and-target';
      /** The role of the interface that was checked; the other resource gives it the other role. */
      readonly role: 'source' | 'target';
      readonly key: InterfaceKey;
      readonly other: Ref;
    }
  | { readonly code: 'load-balancer-packet-length'; readonly packetLength: number }
  | { readonly code: 'quota-exceeded'; readonly quota: keyof Quotas; readonly limit: number }
  | { readonly code: 'bad-tag'; readonly count: number }
  | { readonly code: 'no-device' }
  | { readonly code: 'no-address' }
  | { readonly code: 'not-exactly-one-target' };

/** A violation of one of the codes. */
export type ViolationOf<Code extends Violation<unknown>['code'], Ref> = Extract<
  Violation<Ref>,
  { readonly code: Code }
>;

/** Stable names of all that can be wrong in a file. */
export type ProblemCode = Violation<unknown>['code'] | RuleProblem['code'] | DeclarationCode;

/** One thing that is wrong in a file. */
export type ResourceProblem = CodedProblem<ProblemCode>;

/** A session that is checked, with what the rules need beside it. What is not known breaks no rule. */
export interface CheckedSession<Ref> {
  readonly view: ResourceView<Ref>;
  readonly session: Draft<TrafficMirrorSession>;
  /** The receiver of its target. */
  readonly receiver: Draft<Receiver>;
  /** The session itself, when the view has it already. */
  readonly self?: Ref;
  /** How texts name another session. */
  readonly nameOf: (ref: Ref) => string;
}

/** A violation, and what is wrong in words that go on from the value of the field. */
interface BrokenRule<Ref> {
  readonly violation: Violation<Ref>;
  readonly text: string;
}

interface SessionRule {
  /** The attribute that is wrong. */
  readonly field: keyof TrafficMirrorSession & string;
  readonly find: <Ref>(checked: CheckedSession<Ref>) => BrokenRule<Ref> | undefined;
}

/** The rules of a session among all resources, in the order in which they are reported. */
const SESSION_RULES: readonly SessionRule[] = [
  { field: 'sessionNumber', find: findTakenNumber },
  { field: 'packetLength', find: findLongPacketLength },
];

/** The rules that a session breaks, each with the attribute that is wrong. */
export function* brokenSessionRules<Ref>(
  checked: CheckedSession<Ref>,
): Generator<BrokenRule<Ref> & Pick<SessionRule, 'field'>> {
  for (const { field, find } of SESSION_RULES) {
    const broken = find(checked);
    if (broken !== undefined) yield { field, ...broken };
  }
}

function findTakenNumber<Ref>(checked: CheckedSession<Ref>): BrokenRule<Ref> | undefined {
  const { view, session, self, nameOf } = checked;
  const { networkInterfaceId, sessionNumber } = session;
  if (networkInterfaceId === undefined || sessionNumber === undefined) return undefined;
  const violation = checkSessionNumber(view, networkInterfaceId, sessionNumber, self);
  if (violation === undefined) return undefined;
  const taken = `${sessionNumber} on ${show(sourceId(view, networkInterfaceId))}`;
  return { violation, text: `${taken} is taken by ${nameOf(violation.other)}` };
}

function findLongPacketLength<Ref>({ session, receiver }: CheckedSession<Ref>): BrokenRule<Ref> | undefined {
  const violation = checkPacketLength(receiver, session.packetLength);
  if (violation === undefined) return undefined;
  const text = `${violation.packetLength} is above ${LOAD_BALANCER_PACKET_LENGTH}, the maximum towards a load balancer`;
  return { violation, text };
}

/**
 * A session number is unique on its source.
 * @param self the session itself, when the view has it already
 */
export function checkSessionNumber<Ref>(
  view: Pick<ResourceView<Ref>, 'sessionsWithNumber'>,
  networkInterfaceId: string,
  sessionNumber: number,
  self?: Ref,
): ViolationOf<'duplicate-session-number', Ref> | undefined {
  for (const other of view.sessionsWithNumber(networkInterfaceId, sessionNumber)) {
    if (other !== self) return { code: 'duplicate-session-number', sessionNumber, other };
  }
  return undefined;
}

/** A rule number is unique in its filter and direction. @param holderOf finds another rule there with the number */
export function checkRuleNumber<Ref>(
  ruleNumber: number,
  holderOf: (ruleNumber: number) => Ref | undefined,
): ViolationOf<'duplicate-rule-number', Ref> | undefined {
  const other = holderOf(ruleNumber);
  return other === undefined ? undefined : { code: 'duplicate-rule-number', ruleNumber, other };
}

/** A packet length towards a load balancer, of either kind, has a maximum. */
function checkPacketLength(
  receiver: Draft<Receiver>,
  packetLength: number | undefined,
): ViolationOf<'load-balancer-packet-length', never> | undefined {
  if (packetLength === undefined || packetLength <= LOAD_BALANCER_PACKET_LENGTH) return undefined;
  return isLoadBalanced(receiver) ? { code: 'load-balancer-packet-length', packetLength } : undefined;
}

/** A source has a device. */
export function checkSource(source: Draft<NetworkInterface>): ViolationOf<'no-device', never> | undefined {
  return source.device === undefined && isKnown(source, 'device') ? { code: 'no-device' } : undefined;
}

/** An interface that is a target has an address. */
export function checkTargetInterface(
  target: Draft<NetworkInterface>,
): ViolationOf<'no-address', never> | undefined {
  return target.address === undefined && isKnown(target, 'address') ? { code: 'no-address' } : undefined;
}

/** A target has exactly one receiver. */
export function checkReceiver(
  receiver: Draft<Receiver>,
): ViolationOf<'not-exactly-one-target', never> | undefined {
  if (!RECEIVER_KEYS.every((key) => isKnown(receiver, key))) return undefined;
  const given = RECEIVER_KEYS.filter((key) => receiver[key] !== undefined);
  return given.length === 1 ? undefined : { code: 'not-exactly-one-target' };
}

/**
 * No source receives copies: they would be mirrored again.
 * @returns the target that sends to the source
 */
export function checkSourceIsNoTarget<Ref>(
  view: { readonly targetWithKey: (key: InterfaceKey) => Ref | undefined },
  source: Draft<NetworkInterface> | undefined,
): ViolationOf<'interface-both-source-and-target', Ref> | undefined {
  return checkKeys('source', interfaceKeys(source), (key) => view.targetWithKey(key));
}

/** The same rule for a new target. @returns the session whose source is a receiver of the target */
export function checkTargetIsNoSource<Ref>(
  view: ResourceView<Ref>,
  receiver: Draft<Receiver>,
): ViolationOf<'interface-both-source-and-target', Ref> | undefined {
  return checkKeys('target', receiverKeys(view, receiver), (key) => view.sessionWithKey(key));
}

/** One more resource fits in its quota. @param count how many there are already */
export function checkQuota(
  quotas: Quotas,
  quota: keyof Quotas,
  count: number,
): ViolationOf<'quota-exceeded', never> | undefined {
  const limit = quotas[quota];
  return count < limit ? undefined : { code: 'quota-exceeded', quota, limit };
}

/**
 * An interface takes copies of only so many sources.
 * @param count how many there are with the one that is judged
 */
export function checkSourcesPerTarget(
  quotas: Quotas,
  receiver: Draft<NetworkInterface>,
  count: number,
): ViolationOf<'quota-exceeded', never> | undefined {
  const quota = receiver.size === 'large' ? 'sourcesPerLargeInterfaceTarget' : 'sourcesPerInterfaceTarget';
  return quotas[quota] === 0 ? undefined : checkQuota(quotas, quota, count - 1);
}

/** A resource has no more tags than it may have. */
export function checkTagCount(count: number): ViolationOf<'bad-tag', never> | undefined {
  return count <= TAG_LIMITS.tags ? undefined : { code: 'bad-tag', count };
}

function checkKeys<Ref>(
  role: 'source' | 'target',
  keys: readonly InterfaceKey[],
  holderOf: (key: InterfaceKey) => Ref | undefined,
): ViolationOf<'interface-both-source-and-target', Ref> | undefined {
  for (const key of keys) {
    const other = holderOf(key);
    if (other !== undefined) return { code: 'interface-both-source-and-target', role, key, other };
  }
  return undefined;
}
