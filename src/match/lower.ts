/**
 * Plan to IR: the rules of docs/semantics.md as stages, in the order in which they are tested. The constants below
 * describe the traffic that its sections "Types that are never mirrored" and "amazon-dns" name.
 */
import {
  type Direction,
  type PrefixPlan,
  type RulePlan,
  type SessionPlan,
  type SourcePlan,
  UNMIRRORED_TYPES,
  type UnmirroredType,
} from '../plan/mirror-plan.js';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport.js';
import {
  ANY_PORT,
  type Entry,
  everything,
  type Family,
  type Match,
  type PortRange,
  type Prefix,
  type Program,
  type Stage,
} from './ir.js';
import { type Outcome, outcomesOf, UNMATCHED, unmirroredVerdict } from './verdict.js';

const DNS_PORT = range(53, 53);
const NTP_PORT = range(123, 123);
const ACTIVATION_PORT = range(1688, 1688);

/** 169.254.169.254 and fd00:ec2::254. */
const METADATA_ADDRESSES = [[0xa9fea9fe], [0xfd000ec2, 0, 0, 0x254]];
/** 169.254.169.123 and fd00:ec2::123. */
const TIME_SYNC_ADDRESSES = [[0xa9fea97b], [0xfd000ec2, 0, 0, 0x123]];
/** 169.254.169.250 and 169.254.169.251. */
const ACTIVATION_ADDRESSES = [[0xa9fea9fa], [0xa9fea9fb]];

/** UDP with the port of a DHCP client or server of the family. */
const DHCP: readonly Match[] = [
  ...onEitherPort(withPorts(everything(4), PROTOCOL_UDP), range(67, 68)),
  ...onEitherPort(withPorts(everything(6), PROTOCOL_UDP), range(546, 547)),
];

/** All traffic with the instance metadata service, fragments included. */
const INSTANCE_METADATA: readonly Match[] = METADATA_ADDRESSES.flatMap((words) =>
  sidesOf(words).map((side) => ({ ...everything(familyOf(words)), ...side.address })),
);

/** UDP with port 123 on either side. */
const NTP: readonly Match[] = ([4, 6] as const).flatMap((family) =>
  onEitherPort(withPorts(everything(family), PROTOCOL_UDP), NTP_PORT),
);

/** NTP with the time service's address. Address and port may be on different sides. */
const AMAZON_TIME_SYNC: readonly Match[] = TIME_SYNC_ADDRESSES.flatMap((words) =>
  sidesOf(words).flatMap((side) =>
    onEitherPort({ ...withPorts(everything(familyOf(words)), PROTOCOL_UDP), ...side.address }, NTP_PORT),
  ),
);

/** Traffic with the port of Windows activation at its addresses: address and port on the same side. */
const WINDOWS_ACTIVATION: readonly Match[] = ACTIVATION_ADDRESSES.flatMap((words) =>
  serviceTraffic(words, PROTOCOL_TCP, ACTIVATION_PORT),
);

/** What each type matches. ARP has no match: it is not IP. */
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
  /** The meaning of each verdict >= 0: the plan's `outcomesOf`. */
  readonly outcomes: readonly Outcome[];
}

/**
 * Lowers a plan.
 * @throws RangeError for a rule whose prefixes are of two families, which the checks of resources refuse.
 */
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
  const matches = source.amazonDnsAddresses.flatMap((address) => dnsTraffic(address.words));
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

/** DNS over UDP and TCP with one server, both directions. @param words one for IPv4, four for IPv6. */
function dnsTraffic(words: readonly number[]): readonly Match[] {
  return [...serviceTraffic(words, PROTOCOL_UDP, DNS_PORT), ...serviceTraffic(words, PROTOCOL_TCP, DNS_PORT)];
}

/** Traffic with one port of one address, both directions. */
function serviceTraffic(words: readonly number[], protocol: number, ports: PortRange): readonly Match[] {
  return sidesOf(words).map((side) => ({
    ...withPorts(everything(familyOf(words)), protocol),
    ...side.address,
    ...side.ports(ports),
  }));
}

/** A host address as source and as destination, each with a function that puts a port on the same side. */
function sidesOf(words: readonly number[]) {
  const host = { words: words.map((word) => word | 0), length: 32 * words.length };
  return [
    { address: { source: host }, ports: (sourcePorts: PortRange) => ({ sourcePorts }) },
    { address: { destination: host }, ports: (destinationPorts: PortRange) => ({ destinationPorts }) },
  ];
}

function onEitherPort(match: Match, ports: PortRange): readonly Match[] {
  return [
    { ...match, sourcePorts: ports },
    { ...match, destinationPorts: ports },
  ];
}

function withPorts(match: Match, protocol: number): Match {
  return { ...match, protocol, needsPorts: true };
}

function familyOf(words: readonly number[]): Family {
  return words.length === 1 ? 4 : 6;
}

function range(from: number, to: number): PortRange {
  return { from, to };
}
