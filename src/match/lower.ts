/** Plan to IR: the rules of docs/semantics.md as stages, in the order in which they are tested. */
import {
  type Direction,
  type PrefixPlan,
  type RulePlan,
  type SessionPlan,
  type SourcePlan,
  UNMIRRORED_TYPES,
  type UnmirroredType,
} from '../plan/mirror-plan.js';
import { ANY_PORT, type Entry, type Match, type Prefix, type Program, type Stage } from './ir.js';
import { type Outcome, outcomesOf, UNMATCHED, unmirroredVerdict } from './verdict.js';
import { AMAZON_TIME_SYNC, DHCP, dnsWith, INSTANCE_METADATA, NTP, WINDOWS_ACTIVATION } from './well-known.js';

/** ARP has no match: it is not IP. */
const UNMIRRORED_MATCHES = {
  arp: [],
  dhcp: DHCP,
  'instance-metadata': INSTANCE_METADATA,
  ntp: NTP,
  'amazon-time-sync': AMAZON_TIME_SYNC,
  'windows-activation': WINDOWS_ACTIVATION,
} satisfies Record<UnmirroredType, readonly Match[]>;

/** A plan as IR. */
export interface Lowered {
  readonly program: Program;
  /** What each verdict >= 0 means: the plan's `outcomesOf`. */
  readonly outcomes: readonly Outcome[];
}

/** Throws RangeError for a rule whose prefixes are of two families; resources are checked for that. */
export function lower(source: SourcePlan, direction: Direction): Lowered {
  let verdicts = 0;
  const nextVerdict = (): number => verdicts++;
  const sessions = source.sessions.map((session) => {
    const dnsVerdict = session.amazonDns ? nextVerdict() : UNMATCHED;
    return { dnsVerdict, stage: lowerSession(session, direction, nextVerdict) };
  });
  // The first session that lists the service mirrors it. When none lists it, no rule may mirror it either.
  const dnsVerdict = sessions.find((session) => session.dnsVerdict !== UNMATCHED)?.dnsVerdict ?? UNMATCHED;
  const stages = [
    lowerUnmirrored(source),
    lowerAmazonDns(source, dnsVerdict),
    ...sessions.map((session) => session.stage),
  ];
  return { program: { arpVerdict: arpVerdict(source), stages }, outcomes: outcomesOf(source, direction) };
}

function arpVerdict(source: SourcePlan): number {
  return source.unmirrored.includes('arp') ? unmirroredVerdict('arp') : UNMATCHED;
}

function lowerUnmirrored(source: SourcePlan): Stage {
  const types = UNMIRRORED_TYPES.filter((type) => source.unmirrored.includes(type));
  const entries = types.flatMap((type) =>
    UNMIRRORED_MATCHES[type].map((match) => ({ label: type, match, effect: unmirroredVerdict(type) })),
  );
  return { label: 'unmirrored', entries };
}

function lowerAmazonDns(source: SourcePlan, verdict: number): Stage {
  const matches = source.amazonDnsAddresses.flatMap((address) => dnsWith(address.words));
  return {
    label: 'network services',
    entries: matches.map((match) => ({ label: 'amazon-dns', match, effect: verdict })),
  };
}

/** @param nextVerdict counts in the order of `outcomesOf`. */
function lowerSession(session: SessionPlan, direction: Direction, nextVerdict: () => number): Stage {
  const entries = session.rules[direction].map((rule): Entry => {
    const label = `rule ${rule.ruleNumber} ${rule.id}`;
    const match = lowerMatch(rule);
    if (rule.action === 'reject') return { label, match, effect: 'next-stage' };
    return { label, match, effect: nextVerdict() };
  });
  return { label: `session ${session.sessionNumber} ${session.id}`, entries };
}

function lowerMatch(rule: RulePlan): Match {
  if (rule.source.family !== rule.destination.family) {
    throw new RangeError(`rule ${rule.ruleNumber} ${rule.id}: source and destination are of two families`);
  }
  return {
    family: rule.source.family,
    protocol: rule.protocol ?? 'any',
    needsPorts: rule.sourcePorts !== undefined || rule.destinationPorts !== undefined,
    source: lowerPrefix(rule.source),
    destination: lowerPrefix(rule.destination),
    sourcePorts: rule.sourcePorts ?? ANY_PORT,
    destinationPorts: rule.destinationPorts ?? ANY_PORT,
  };
}

function lowerPrefix(prefix: PrefixPlan): Prefix {
  return { words: prefix.words.map((word) => word | 0), length: prefix.length };
}
