/**
 * The interpreter, an oracle for tests: docs/semantics.md, sentence by sentence, straight from the plan. It is slow on
 * purpose: it compares addresses as text and shares no code with the compiler, so that tests can compare the two.
 */
import { type Decoded, KIND_ARP, KIND_IPV4, KIND_IPV6, KIND_UNPARSABLE } from '../decode/decoded.js';
import {
  type AddressPlan,
  type Direction,
  type PortRangePlan,
  type PrefixPlan,
  type RulePlan,
  type SessionPlan,
  type SourcePlan,
  UNMIRRORED_TYPES,
  type UnmirroredType,
} from '../plan/mirror-plan.js';
import { type FrameFilter, outcomesOf, UNMATCHED, UNPARSABLE, unmirroredVerdict } from './verdict.js';

/** One side of a frame. */
interface Endpoint {
  /** 32 or 128 binary digits. */
  readonly bits: string;
  /** Absent: not known, or a protocol without ports. */
  readonly port: number | undefined;
}

interface IpFrame {
  readonly family: 4 | 6;
  readonly protocol: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** Why a rule does not match a frame: the first of its tests that fails. `noPorts`: it tests ports that are not known. */
export type Mismatch =
  | 'family'
  | 'protocol'
  | 'source'
  | 'destination'
  | 'noPorts'
  | 'sourcePorts'
  | 'destinationPorts';

/** Is told each test of `interpret` in order: for `explain`. */
export interface InterpretObserver {
  /** A type of traffic that is never mirrored. */
  type(type: UnmirroredType, matches: boolean): void;
  /** Whether it is traffic with a name server. @param sessionIndex the session that mirrors all of it; -1: none does. */
  amazonDns(matches: boolean, sessionIndex: number): void;
  /** A session whose rules are tested next. */
  session(sessionIndex: number): void;
  /** A rule of it. @param mismatch undefined: it matches, and decides. */
  rule(ruleIndex: number, mismatch: Mismatch | undefined): void;
}

/** The verdict (verdict.ts) of a frame under a plan. */
export function interpret(
  source: SourcePlan,
  direction: Direction,
  decoded: Decoded,
  observer?: InterpretObserver,
): number {
  if (decoded.kind === KIND_UNPARSABLE) return UNPARSABLE;
  if (decoded.kind === KIND_ARP) {
    return source.unmirrored.includes('arp') ? unmirroredVerdict('arp') : UNMATCHED;
  }
  if (decoded.kind !== KIND_IPV4 && decoded.kind !== KIND_IPV6) return UNMATCHED;
  const frame = ipFrameOf(decoded);

  for (const type of UNMIRRORED_TYPES) {
    if (!source.unmirrored.includes(type)) continue;
    const matches = IS_UNMIRRORED[type](frame);
    observer?.type(type, matches);
    if (matches) return unmirroredVerdict(type);
  }
  const isDns = isAmazonDns(frame, source.amazonDnsAddresses);
  const dnsIndex = isDns ? source.sessions.findIndex((session) => session.amazonDns) : -1;
  observer?.amazonDns(isDns, dnsIndex);
  if (isDns) return dnsIndex < 0 ? UNMATCHED : outcomeIndex(source, direction, dnsIndex, 'amazon-dns');
  for (const [sessionIndex, session] of source.sessions.entries()) {
    observer?.session(sessionIndex);
    const ruleIndex = session.rules[direction].findIndex((rule, index) => {
      const mismatch = mismatchOf(rule, frame);
      observer?.rule(index, mismatch);
      return mismatch === undefined;
    });
    if (ruleIndex >= 0 && session.rules[direction][ruleIndex]!.action === 'accept') {
      return outcomeIndex(source, direction, sessionIndex, ruleIndex);
    }
  }
  return UNMATCHED;
}

/** A filter for where text cannot become code, as in a page whose policy forbids it. */
export function interpretedFilter(source: SourcePlan, direction: Direction): FrameFilter {
  return {
    evaluate: (decoded) => interpret(source, direction, decoded),
    outcomes: outcomesOf(source, direction),
  };
}

function ipFrameOf(decoded: Decoded): IpFrame {
  const { source0, source1, source2, source3 } = decoded;
  const { destination0, destination1, destination2, destination3 } = decoded;
  const family = decoded.kind === KIND_IPV4 ? 4 : 6;
  return {
    family,
    protocol: decoded.protocol,
    source: {
      bits: bitsOf(family === 4 ? [source0] : [source0, source1, source2, source3]),
      port: decoded.hasPorts ? decoded.sourcePort : undefined,
    },
    destination: {
      bits: bitsOf(family === 4 ? [destination0] : [destination0, destination1, destination2, destination3]),
      port: decoded.hasPorts ? decoded.destinationPort : undefined,
    },
  };
}

function bitsOf(words: readonly number[]): string {
  return words.map((word) => (word >>> 0).toString(2).padStart(32, '0')).join('');
}

const IS_UNMIRRORED: Record<UnmirroredType, (frame: IpFrame) => boolean> = {
  arp: () => false,
  dhcp: (frame) =>
    frame.protocol === 17 &&
    eitherSide(frame, ({ port }) => isOneOf(port, frame.family === 4 ? [67, 68] : [546, 547])),
  'instance-metadata': (frame) => eitherSide(frame, ({ bits }) => bits === METADATA_4 || bits === METADATA_6),
  ntp: (frame) => frame.protocol === 17 && eitherSide(frame, ({ port }) => port === 123),
  'amazon-time-sync': (frame) =>
    frame.protocol === 17 &&
    eitherSide(frame, ({ port }) => port === 123) &&
    eitherSide(frame, ({ bits }) => bits === TIME_SYNC_4 || bits === TIME_SYNC_6),
  'windows-activation': (frame) =>
    frame.protocol === 6 &&
    eitherSide(frame, ({ bits, port }) => port === 1688 && (bits === ACTIVATION_1 || bits === ACTIVATION_2)),
};

const METADATA_4 = dotted(169, 254, 169, 254);
const METADATA_6 = bitsOf([0xfd000ec2, 0, 0, 0x254]);
const TIME_SYNC_4 = dotted(169, 254, 169, 123);
const TIME_SYNC_6 = bitsOf([0xfd000ec2, 0, 0, 0x123]);
const ACTIVATION_1 = dotted(169, 254, 169, 250);
const ACTIVATION_2 = dotted(169, 254, 169, 251);

function dotted(...bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
}

function eitherSide(frame: IpFrame, test: (endpoint: Endpoint) => boolean): boolean {
  return test(frame.source) || test(frame.destination);
}

function isOneOf(port: number | undefined, ports: readonly number[]): boolean {
  return port !== undefined && ports.includes(port);
}

function isAmazonDns(frame: IpFrame, servers: readonly AddressPlan[]): boolean {
  if (frame.protocol !== 6 && frame.protocol !== 17) return false;
  const addresses = servers.map((server) => bitsOf(server.words));
  return eitherSide(frame, ({ bits, port }) => port === 53 && addresses.includes(bits));
}

function mismatchOf(rule: RulePlan, frame: IpFrame): Mismatch | undefined {
  const { family, protocol, source, destination } = frame;
  if (rule.source.family !== family || rule.destination.family !== family) return 'family';
  if (rule.protocol !== undefined && rule.protocol !== protocol) return 'protocol';
  if (!prefixMatches(rule.source, source)) return 'source';
  if (!prefixMatches(rule.destination, destination)) return 'destination';
  if (!portsAreKnown(rule.sourcePorts, source) || !portsAreKnown(rule.destinationPorts, destination)) {
    return 'noPorts';
  }
  if (!portsMatch(rule.sourcePorts, source)) return 'sourcePorts';
  return portsMatch(rule.destinationPorts, destination) ? undefined : 'destinationPorts';
}

function prefixMatches(prefix: PrefixPlan, endpoint: Endpoint): boolean {
  return endpoint.bits.startsWith(bitsOf(prefix.words).slice(0, prefix.length));
}

function portsAreKnown(range: PortRangePlan | undefined, { port }: Endpoint): boolean {
  return range === undefined || port !== undefined;
}

function portsMatch(range: PortRangePlan | undefined, { port = -1 }: Endpoint): boolean {
  return range === undefined || (range.from <= port && port <= range.to);
}

/** Outcomes are numbered session by session: its amazon-dns, if any, then its accept rules. */
function outcomeIndex(
  source: SourcePlan,
  direction: Direction,
  sessionIndex: number,
  what: number | 'amazon-dns',
): number {
  const session = source.sessions[sessionIndex]!;
  const earlier = source.sessions.slice(0, sessionIndex);
  const before = earlier.reduce((sum, other) => sum + countOutcomes(other, direction, Infinity), 0);
  return before + (what === 'amazon-dns' ? 0 : countOutcomes(session, direction, what));
}

/** How many outcomes a session has before its rule at `ruleIndex`. */
function countOutcomes(session: SessionPlan, direction: Direction, ruleIndex: number): number {
  const accepts = session.rules[direction].slice(0, ruleIndex).filter((rule) => rule.action === 'accept');
  return (session.amazonDns ? 1 : 0) + accepts.length;
}
