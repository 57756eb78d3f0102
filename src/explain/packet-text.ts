/**
 * A packet in words, as tcpdump writes it, for `explain --packet`:
 *
 *     tcp 10.1.0.2:40000 > 10.1.0.1:80
 *     udp [fd00::1]:53 > [fd00::2]:40000 vlan 7 length 1500
 *     47 10.1.0.2 > 10.1.0.1 fragment
 */
import { accepted, type Parsed, type Refusal, show } from '../resources/parsed.js';
import { addressFamily } from '../wire/address-text.js';
import { PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport.js';

/** One side of a packet. */
interface PacketSide {
  /** IPv4 or IPv6 text. */
  readonly address: string;
  /** Absent where the protocol has none, and in a later fragment. */
  readonly port?: number;
}

/** An IP packet in words. */
export interface IpPacketWords {
  readonly kind: 'ip';
  readonly family: 4 | 6;
  /** IP protocol number, 0–255. */
  readonly protocol: number;
  readonly source: PacketSide;
  readonly destination: PacketSide;
  /** Absent: a whole datagram. */
  readonly fragment?: 'first' | 'later';
  /** Identifier of an ICMP echo. */
  readonly identifier?: number;
}

interface FrameWords {
  /** VLAN ids, the outermost first. */
  readonly vlans: readonly number[];
  /** Bytes of the frame, from its Ethernet header on; absent: as short as it can be. */
  readonly length?: number;
}

/** A frame in words. */
export type PacketWords = FrameWords & (IpPacketWords | { readonly kind: 'arp' });

/** Protocols by name; every other one by its number. */
const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['icmp', PROTOCOL_ICMP],
  ['tcp', PROTOCOL_TCP],
  ['udp', PROTOCOL_UDP],
  ['icmp6', PROTOCOL_ICMPV6],
  ['icmpv6', PROTOCOL_ICMPV6],
  ['igmp', 2],
  ['ipip', 4],
  ['gre', 47],
  ['esp', 50],
  ['ah', 51],
  ['ospf', 89],
  ['sctp', 132],
]);

const WITH_PORTS: readonly number[] = [PROTOCOL_TCP, PROTOCOL_UDP];

/** A longer text is no packet. */
const MAXIMUM_TEXT = 512;
/** `decode` takes as many. */
const MAXIMUM_VLANS = 3;
const MAXIMUM_PROTOCOL = 255;
const MAXIMUM_VLAN_ID = 4094;
const MAXIMUM_NUMBER = 65_535;
/** Ethernet, VLAN tags, and the longest IPv6 packet. */
const MAXIMUM_LENGTH = 14 + 4 * MAXIMUM_VLANS + 40 + 65_535;

const EXAMPLE = "such as 'tcp 10.1.0.2:40000 > 10.1.0.1:80'";

/** Reads a packet. The refusal says in one line what cannot be understood. */
export function parsePacket(text: string): Parsed<PacketWords> {
  if (text.length > MAXIMUM_TEXT) return refusal(`longer than ${MAXIMUM_TEXT} characters`);
  const tokens = text.replaceAll('>', ' > ').split(/\s+/).filter(Boolean);
  if (tokens.length === 0) return refusal(`empty; write a packet ${EXAMPLE}`);
  const numbered = tokens[0] === 'proto' || tokens[0] === 'protocol';
  const [name = '', ...rest] = numbered ? tokens.slice(1) : tokens;
  if (name.toLowerCase() === 'arp') {
    const options = parseOptions(rest);
    if (!options.ok) return options;
    const { fragment, identifier, ...frame } = options.value;
    if (fragment !== undefined || identifier !== undefined) return refusal('arp is no IP packet');
    return accepted({ kind: 'arp', ...frame });
  }
  const protocol = parseProtocol(name);
  if (protocol === undefined) {
    const known = [...PROTOCOLS.keys()].join(', ');
    return refusal(`${show(name)} is no protocol: ${known}, arp, or a number from 0 to 255`);
  }
  return parseIp(protocol, rest);
}

function parseProtocol(name: string): number | undefined {
  return PROTOCOLS.get(name.toLowerCase()) ?? numberOf(name, MAXIMUM_PROTOCOL);
}

function parseIp(protocol: number, tokens: readonly string[]): Parsed<PacketWords> {
  const [from, arrow, to, ...rest] = tokens;
  if (from === undefined || arrow !== '>' || to === undefined) {
    return refusal(`source, '>' and destination must follow the protocol, ${EXAMPLE}`);
  }
  const source = parseSide(from);
  if (!source.ok) return source;
  const destination = parseSide(to);
  if (!destination.ok) return destination;
  const options = parseOptions(rest);
  if (!options.ok) return options;
  const family = familyOf(source.value.address);
  if (family !== familyOf(destination.value.address)) {
    return refusal(`${from} and ${to} are not of one family`);
  }
  const words: PacketWords = {
    kind: 'ip',
    family,
    protocol,
    source: source.value,
    destination: destination.value,
    ...options.value,
  };
  const problem = findProblem(words);
  return problem === undefined ? accepted(words) : refusal(problem);
}

/** What does not fit together. */
function findProblem({
  family,
  protocol,
  source,
  destination,
  fragment,
  identifier,
}: IpPacketWords): string | undefined {
  if (family === 6 && protocol === PROTOCOL_ICMP) return 'icmp is for IPv4; over IPv6 write icmp6';
  if (family === 4 && protocol === PROTOCOL_ICMPV6) return 'icmp6 is for IPv6; over IPv4 write icmp';
  const sides = [source, destination];
  const hasPort = sides.some(({ port }) => port !== undefined);
  if (!WITH_PORTS.includes(protocol)) {
    if (hasPort) return `protocol ${protocol} has no ports here: only tcp and udp have`;
  } else if (fragment === 'later') {
    if (hasPort) return 'a later fragment has no ports: leave them out, or write: fragment first';
  } else if (sides.some(({ port }) => port === undefined)) {
    return 'tcp and udp need both ports, as in 10.1.0.2:40000 or [fd00::1]:80';
  }
  const isEcho = protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6;
  return identifier !== undefined && !isEcho ? 'id is for icmp and icmp6 only' : undefined;
}

/** `10.1.0.2`, `10.1.0.2:80`, `fd00::1`, `[fd00::1]` or `[fd00::1]:80`. */
function parseSide(text: string): Parsed<PacketSide> {
  const [, bracketed, tail] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
  if (bracketed !== undefined) return isIpText(bracketed, 6) ? sideOf(bracketed, tail) : badAddress(text);
  if (isIpText(text, 6)) return sideOf(text, undefined);
  const [address = '', port, ...more] = text.split(':');
  if (isIpText(address, 4) && more.length === 0) return sideOf(address, port);
  return badAddress(text);
}

function sideOf(address: string, port: string | undefined): Parsed<PacketSide> {
  if (port === undefined) return accepted({ address });
  const number = numberOf(port, MAXIMUM_NUMBER);
  if (number === undefined) return refusal(`${show(port)} is no port from 0 to ${MAXIMUM_NUMBER}`);
  return accepted({ address, port: number });
}

/** Packets have no zones. */
function isIpText(text: string, family: 4 | 6): boolean {
  return addressFamily(text) === family && !text.includes('%');
}

function badAddress(text: string): Refusal {
  return refusal(`${show(text)} is no address: 10.1.0.2, 10.1.0.2:80, fd00::1 or [fd00::1]:80`);
}

type Options = FrameWords & Pick<IpPacketWords, 'fragment' | 'identifier'>;

/** The words behind the addresses, in any order. */
function parseOptions(tokens: readonly string[]): Parsed<Options> {
  const left = [...tokens];
  const vlans: number[] = [];
  let options: Omit<Options, 'vlans'> = {};
  while (left.length > 0) {
    const word = left.shift() ?? '';
    if (word === 'fragment') {
      const which = left[0] === 'first' || left[0] === 'later' ? left.shift() : 'later';
      options = { ...options, fragment: which === 'first' ? 'first' : 'later' };
      continue;
    }
    const maximum = MAXIMA.get(word);
    if (maximum === undefined) {
      return refusal(`${show(word)} is not understood here: vlan N, length N, id N, fragment [first|later]`);
    }
    const value = numberOf(left.shift() ?? '', maximum);
    if (value === undefined) return refusal(`${word} needs a number up to ${maximum}`);
    if (word === 'vlan') vlans.push(value);
    else options = word === 'length' ? { ...options, length: value } : { ...options, identifier: value };
  }
  if (vlans.length > MAXIMUM_VLANS) return refusal(`at most ${MAXIMUM_VLANS} VLAN tags are read`);
  return accepted({ ...options, vlans });
}

/** Words with a number behind them, and its maximum. */
const MAXIMA: ReadonlyMap<string, number> = new Map([
  ['vlan', MAXIMUM_VLAN_ID],
  ['length', MAXIMUM_LENGTH],
  ['id', MAXIMUM_NUMBER],
]);

function numberOf(text: string, maximum: number): number | undefined {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return value <= maximum ? value : undefined;
}

function familyOf(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

function refusal(text: string): Refusal {
  return { ok: false, text };
}
