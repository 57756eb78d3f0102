/** CIDR blocks and address literals to 32-bit words; the one file that knows npm ip-num. */
import { isIP, SocketAddress } from 'node:net';
import { IPv4, IPv4CidrRange, IPv4Prefix, IPv6, IPv6CidrRange, IPv6Prefix } from 'ip-num';
import type { AddressPlan, PrefixPlan } from '../plan/mirror-plan.js';
import { accepted, type Brand, type Parsed, refused } from './parsed.js';

/** A CIDR block in canonical text: host bits zero, IPv6 as in RFC 5952. */
export type CidrBlock = Brand<string, 'CidrBlock'>;

/** A length without sign or leading zeros, so that nobody takes `/08` for octal; no IPv6 zones. */
const CIDR_SYNTAX = /^([^/%]+)\/(0|[1-9][0-9]{0,2})$/;

const WORD_BITS = 32n;

/**
 * An IPv4 block in strict dotted quads, or an IPv6 block. Host bits may be set and are cleared: nothing says
 * that EC2 refuses them.
 */
export function parseCidrBlock(value: unknown): Parsed<CidrBlock> {
  const [, host = '', length = ''] = typeof value === 'string' ? (CIDR_SYNTAX.exec(value) ?? []) : [];
  if (isIP(host) === 0 || Number(length) > addressBits(host)) {
    return refused('a CIDR block such as 10.0.0.0/16 or fd00::/8', value);
  }
  return accepted(`${formatAddress(networkWords(host, Number(length)))}/${length}` as CidrBlock);
}

/** The block as the data path takes it. */
export function prefixPlan(block: CidrBlock): PrefixPlan {
  const [host = '', length] = block.split('/');
  return { ...networkWords(host, Number(length)), length: Number(length) };
}

/** 4 or 6; the block need not be canonical. */
export function cidrFamily(block: string): 4 | 6 {
  return block.includes(':') ? 6 : 4;
}

/** @param literal an IPv4 or IPv6 address, as `isIP` of node:net accepts it */
export function addressWords(literal: string): AddressPlan {
  return networkWords(literal, addressBits(literal));
}

/** The inverse of `addressWords`, canonical: dotted quads, or RFC 5952 text. */
export function formatAddress({ family, words }: AddressPlan): string {
  if (family === 4) return new IPv4(words[0] ?? 0).toString();
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]).map((group) => group.toString(16));
  return new SocketAddress({ family: 'ipv6', address: groups.join(':') }).address;
}

function networkWords(literal: string, length: number): AddressPlan {
  if (isIP(literal) === 4) {
    const range = new IPv4CidrRange(new IPv4(literal), new IPv4Prefix(BigInt(length)));
    return { family: 4, words: [Number(range.getFirst().value)] };
  }
  const { value } = new IPv6CidrRange(new IPv6(literal), new IPv6Prefix(BigInt(length))).getFirst();
  const words = [3n, 2n, 1n, 0n].map((index) => Number(BigInt.asUintN(32, value >> (index * WORD_BITS))));
  return { family: 6, words };
}

function addressBits(literal: string): number {
  return isIP(literal) === 4 ? 32 : 128;
}
