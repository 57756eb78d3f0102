/**
 * Whether a copy passes the tests of firewall rules: yes, no, or maybe, where the answer depends on what is not known from
 * here.
 */
import { isIP } from 'node:net';
import { addressBytes } from '../wire/address.js';

export type Answer = 'yes' | 'no' | 'maybe';

/** A field of a copy: the values that it may have; undefined: unknown. Both ends of a range included. */
type Values = readonly (number | string)[] | { readonly from: number; readonly to: number } | undefined;

/** The fields of the copies to one target. */
export interface CopyFields {
  /** `ip` or `ip6`. */
  readonly family: 'ip' | 'ip6';
  readonly sourceAddress: string;
  readonly targetAddress: string;
  /** Of UDP; undefined: copies are not UDP. */
  readonly port: number | undefined;
  readonly sourcePorts: { readonly from: number; readonly to: number };
  readonly mark: number;
  readonly device: string;
}

type Item = Readonly<Record<string, unknown>>;
type SetElements = (name: string) => readonly unknown[] | undefined;

const PROTOCOL_NAMES: Readonly<Record<string, number>> = {
  icmp: 1,
  tcp: 6,
  udp: 17,
  esp: 50,
  ah: 51,
  sctp: 132,
};
const NUMBER_OF_UDP = 17;
/** Names of ports that nft prints in place of numbers without its option -n. */
const PORT_NAMES: Readonly<Record<string, number>> = {
  vxlan: 4789,
  geneve: 6081,
  domain: 53,
  http: 80,
  https: 443,
};

/** @param test the object of a `match` statement. @param elements of a named set of the rule's table. */
export function matches(test: unknown, copy: CopyFields, elements: SetElements): Answer {
  if (!isItem(test)) return 'maybe';
  const values = fieldOf(test.left, copy);
  if (values === undefined) return 'maybe';
  const { op } = test;
  const alternatives = alternativesOf(test.right, elements);
  if (alternatives === undefined) return 'maybe';
  if (op === '==' || op === 'in' || op === undefined) return anyOf(values, alternatives);
  if (op === '!=') return not(anyOf(values, alternatives));
  return ordered(op, values, alternatives);
}

/** @returns the values of a field; undefined: unknown. */
function fieldOf(left: unknown, copy: CopyFields): Values {
  if (!isItem(left)) return undefined;
  if (isItem(left.payload)) return payloadOf(left.payload, copy);
  if (isItem(left.meta)) return metaOf(left.meta.key, copy);
  // Nobody answers copies: connections of them stay new.
  if (isItem(left.ct)) return left.ct.key === 'state' ? ['new'] : undefined;
  return undefined;
}

function payloadOf({ protocol, field }: Item, copy: CopyFields): Values {
  const { family, sourceAddress, targetAddress, port, sourcePorts } = copy;
  if (protocol === 'udp' || protocol === 'th') {
    if (port === undefined) return protocol === 'udp' ? [] : undefined;
    if (field === 'dport') return [port];
    return field === 'sport' ? sourcePorts : undefined;
  }
  if (protocol === 'tcp' || protocol === 'icmp' || protocol === 'icmpv6' || protocol === 'sctp') return [];
  if (protocol !== 'ip' && protocol !== 'ip6') return undefined;
  if (protocol !== family) return [];
  if (field === 'daddr') return [targetAddress];
  if (field === 'saddr') return sourceAddress === '' ? undefined : [sourceAddress];
  if (field === 'protocol' || field === 'nexthdr') return port === undefined ? undefined : [NUMBER_OF_UDP];
  return undefined;
}

function metaOf(key: unknown, { family, port, mark, device }: CopyFields): Values {
  switch (key) {
    case 'mark':
      return [mark];
    case 'oifname':
    case 'oif':
      return [device];
    case 'nfproto':
      return [family === 'ip' ? 'ipv4' : 'ipv6'];
    case 'protocol':
      return [family];
    case 'l4proto':
      return port === undefined ? undefined : [NUMBER_OF_UDP];
    default:
      return undefined;
  }
}

/** The right side as a list of single values, ranges and prefixes; undefined: it is something else. */
function alternativesOf(right: unknown, elements: SetElements): readonly unknown[] | undefined {
  if (Array.isArray(right)) return right;
  if (typeof right === 'string' && right.startsWith('@')) return elements(right.slice(1));
  if (isItem(right) && Array.isArray(right.set)) return right.set;
  return right === null || right === undefined ? undefined : [right];
}

function anyOf(values: NonNullable<Values>, alternatives: readonly unknown[]): Answer {
  const answers = alternatives.map((one) => within(values, one));
  if (answers.includes('yes')) return 'yes';
  return answers.includes('maybe') ? 'maybe' : 'no';
}

function within(values: NonNullable<Values>, alternative: unknown): Answer {
  const one = isItem(alternative) && isItem(alternative.elem) ? alternative.elem.val : alternative;
  if (isRange(values)) {
    const range = rangeOf(one);
    if (range === undefined) return 'maybe';
    if (range.from <= values.from && values.to <= range.to) return 'yes';
    return range.to < values.from || values.to < range.from ? 'no' : 'maybe';
  }
  const answers = values.map((value) => isValue(value, one));
  if (answers.includes('yes')) return 'yes';
  return answers.includes('maybe') ? 'maybe' : 'no';
}

function isValue(value: number | string, one: unknown): Answer {
  if (typeof value === 'number') {
    const range = rangeOf(one);
    if (range === undefined) return 'maybe';
    return range.from <= value && value <= range.to ? 'yes' : 'no';
  }
  if (isItem(one) && isItem(one.prefix)) {
    return inBlock(value, String(one.prefix.addr), Number(one.prefix.len));
  }
  if (isItem(one) && Array.isArray(one.range)) return inAddressRange(value, one.range);
  if (typeof one !== 'string') return 'maybe';
  if (one.endsWith('*')) return value.startsWith(one.slice(0, -1)) ? 'yes' : 'no';
  if (isIP(value) !== 0 && isIP(one) !== 0) return inBlock(value, one, 8 * addressBytes(one).length);
  return value === one ? 'yes' : 'no';
}

function ordered(op: unknown, values: NonNullable<Values>, [bound]: readonly unknown[]): Answer {
  const limit = rangeOf(bound)?.from;
  if (limit === undefined) return 'maybe';
  const { from, to } = isRange(values) ? values : { from: Number(values[0]), to: Number(values[0]) };
  if (Number.isNaN(from)) return 'maybe';
  const holds = (value: number): boolean => {
    if (op === '<') return value < limit;
    if (op === '<=') return value <= limit;
    return op === '>' ? value > limit : value >= limit;
  };
  if (holds(from) === holds(to)) return holds(from) ? 'yes' : 'no';
  return 'maybe';
}

/** A number, or the name of a protocol or port, or a range of numbers; undefined: something else. */
function rangeOf(one: unknown): { from: number; to: number } | undefined {
  if (isItem(one) && Array.isArray(one.range)) {
    const [from, to] = one.range.map((end) => rangeOf(end)?.from);
    return from === undefined || to === undefined ? undefined : { from, to };
  }
  const number = typeof one === 'string' ? (PROTOCOL_NAMES[one] ?? PORT_NAMES[one]) : one;
  return typeof number === 'number' ? { from: number, to: number } : undefined;
}

function inBlock(address: string, block: string, bits: number): Answer {
  if (isIP(block) !== isIP(address) || isIP(block) === 0) return 'no';
  const [value, network] = [addressBytes(address), addressBytes(block)];
  for (let bit = 0; bit < bits; bit++) {
    const mask = 0x80 >> (bit & 7);
    if (((value[bit >> 3] ?? 0) & mask) !== ((network[bit >> 3] ?? 0) & mask)) return 'no';
  }
  return 'yes';
}

function inAddressRange(address: string, [from, to]: readonly unknown[]): Answer {
  if (isIP(String(from)) !== isIP(address) || isIP(String(to)) !== isIP(address)) return 'maybe';
  const value = Buffer.from(addressBytes(address));
  const isAbove = value.compare(addressBytes(String(from))) >= 0;
  return isAbove && value.compare(addressBytes(String(to))) <= 0 ? 'yes' : 'no';
}

function not(answer: Answer): Answer {
  if (answer === 'maybe') return answer;
  return answer === 'yes' ? 'no' : 'yes';
}

function isRange(values: NonNullable<Values>): values is { readonly from: number; readonly to: number } {
  return 'from' in values;
}

function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
