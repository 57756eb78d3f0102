/** The numbers of the resource model: their ranges, and the functions that parse them. */
import { accepted, type Brand, type Parsed, refused } from './parsed.js';

/** Virtual network identifier, 24 bits (RFC 7348 section 5, RFC 8926 section 3.4). */
export type Vni = Brand<number, 'Vni'>;

/** Position of a session among those of its interface: the lowest is tried first. */
export type SessionNumber = Brand<number, 'SessionNumber'>;

/** Position of a rule among those of its filter and direction: the lowest is tried first. */
export type RuleNumber = Brand<number, 'RuleNumber'>;

/** Bytes of a frame to keep, from its Ethernet header on. */
export type PacketLength = Brand<number, 'PacketLength'>;

/** Both ends included. */
export interface IntegerRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** 24 bits; EC2 documents no other limit. */
export const VNI_RANGE = { minimum: 0, maximum: 0xffffff } as const satisfies IntegerRange;

/** CreateTrafficMirrorSession, SessionNumber. */
export const SESSION_NUMBER_RANGE = { minimum: 1, maximum: 32_766 } as const satisfies IntegerRange;

/** EC2 documents no range. This is the range of its session numbers and its network ACL rules. */
export const RULE_NUMBER_RANGE = { minimum: 1, maximum: 32_766 } as const satisfies IntegerRange;

/** No IP packet is longer, so no outer packet is either. */
export const PACKET_LENGTH_RANGE = { minimum: 1, maximum: 65_535 } as const satisfies IntegerRange;

/** Rates of copies: from what a single session may need to more than any link carries. */
export const BIT_RATE_RANGE = { minimum: 1000, maximum: 1e12 } as const satisfies IntegerRange;

/** The eight bits of an IP header. */
export const PROTOCOL_RANGE = { minimum: 0, maximum: 255 } as const satisfies IntegerRange;

/** The 16 bits of a TCP or UDP header. */
export const PORT_RANGE = { minimum: 0, maximum: 65_535 } as const satisfies IntegerRange;

/** CreateTrafficMirrorSession, PacketLength: default and maximum towards load balancers. */
export const LOAD_BALANCER_PACKET_LENGTH = 8500 as PacketLength;

/** 0–16777215. */
export function parseVni(value: unknown): Parsed<Vni> {
  return parseInteger(value, VNI_RANGE) as Parsed<Vni>;
}

/** 1–32766. */
export function parseSessionNumber(value: unknown): Parsed<SessionNumber> {
  return parseInteger(value, SESSION_NUMBER_RANGE) as Parsed<SessionNumber>;
}

/** 1–32766. */
export function parseRuleNumber(value: unknown): Parsed<RuleNumber> {
  return parseInteger(value, RULE_NUMBER_RANGE) as Parsed<RuleNumber>;
}

/** 1–65535. `checkResources` checks the lower maximum of load balancers. */
export function parsePacketLength(value: unknown): Parsed<PacketLength> {
  return parseInteger(value, PACKET_LENGTH_RANGE) as Parsed<PacketLength>;
}

/** 1000–10^12 bits per second. */
export function parseBitRate(value: unknown): Parsed<number> {
  return parseInteger(value, BIT_RATE_RANGE);
}

/** 0–65535. */
export function parsePort(value: unknown): Parsed<number> {
  return parseInteger(value, PORT_RANGE);
}

/** An IP protocol number. The hint helps those who write `tcp`, or `-1` for "all" as in other EC2 calls. */
export function parseProtocol(value: unknown): Parsed<number> {
  const parsed = parseInteger(value, PROTOCOL_RANGE);
  if (parsed.ok) return parsed;
  return { ok: false, text: `${parsed.text} (6 is TCP, 17 is UDP; leave protocol out for all)` };
}

/** An integer of a range. Text that looks like a number is refused. */
export function parseInteger(value: unknown, { minimum, maximum }: IntegerRange): Parsed<number> {
  const fraction = typeof value === 'number' && !Number.isInteger(value);
  if (typeof value === 'number' && !fraction && value >= minimum && value <= maximum) return accepted(value);
  return refused(`a ${fraction ? 'whole ' : ''}number from ${minimum} to ${maximum}`, value);
}
