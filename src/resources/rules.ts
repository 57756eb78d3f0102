/**
 * The rules across resources, each written once. A rule returns a violation with a stable code. For a file it becomes a
 * problem at a path (check-resources.ts), for the control API an error (api/ec2/violations.ts).
 */
import { type Draft, isKnown } from './draft.js';
import type { NetworkInterface } from './network-interface.js';
import { LOAD_BALANCER_PACKET_LENGTH } from './numbers.js';
import type { Quotas } from './quotas.js';
import { type InterfaceKey, interfaceKeys, type ResourceView, receiverKeys } from './resource-set.js';
import { TAG_LIMITS } from './tags.js';
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
export function checkPacketLength(
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
