/**
 * IP addresses and CIDR blocks: text to canonical text, and to the 32-bit words of the data path. The one file that
 * imports npm ip-num.
 */

import { IPv4, IPv4CidrRange, IPv4Prefix, IPv6, IPv6CidrRange, IPv6Prefix } from 'ip-num';
import type { AddressPlan, PrefixPlan } from '../plan/mirror-plan.js';
import { addressFamily, ipv4Text, ipv6Text } from '../wire/address-text.js';
import { parseDeviceName } from './device.js';
import { accepted, type Brand, type Parsed, refused } from './parsed.js';

/** An address of one host in canonical text: strict dotted quads, or IPv6 as in RFC 5952 without a zone. */
export type IpAddress = Brand<string, 'IpAddress'>;

/**
 * An address that copies can be sent to and from, in canonical text: an IP address, and behind one that is link-local
 * (RFC 4291 section 2.5.6) the device whose link it is, as in fe80::1%eth0 (RFC 4007 section 11).
 */
export type UnderlayAddress = Brand<string, 'UnderlayAddress'>;

/** A CIDR block in canonical text: host bits zero, IPv6 as in RFC 5952. */
export type CidrBlock = Brand<string, 'CidrBlock'>;

/** An address and its zone. */
const ZONED = /^([^%]*)%(.*)$/s;

/** A prefix length has no sign and no leading zeros, so that nobody reads `/08` as octal. IPv6 zones are refused. */
const CIDR_SYNTAX = /^([^/%]+)\/(0|[1-9][0-9]{0,2})$/;

const WORD_BITS = 32n;

/** A literal address that one host can have: not a name, not unspecified, multicast or broadcast. */
export function parseIpAddress(value: unknown): Parsed<IpAddress> {
  if (typeof value !== 'string' || addressFamily(value) === 0 || value.includes('%')) {
    return refused('an IP address', value);
  }
  const plan = addressWords(value);
  if (!isUnicast(plan)) return refused('the IP address of one host', value);
  return accepted(formatAddress(plan) as IpAddress);
}

/**
 * Accepts what `parseIpAddress` does, and the zone of a link-local address, which must be there. IPv4 addresses written
 * as IPv6 are refused: a socket can use them neither as IPv4 nor as IPv6.
 */
export function parseUnderlayAddress(value: unknown): Parsed<UnderlayAddress> {
  const [, host = value, zone] = typeof value === 'string' ? (ZONED.exec(value) ?? []) : [];
  const address = parseIpAddress(host);
  if (!address.ok) return address;
  const plan = addressWords(address.value);
  if (isIpv4Mapped(plan)) return refused('an IPv4 address as dotted quads', value);
  if (isLinkLocal(plan) !== (zone !== undefined)) {
    return refused('a zone behind a link-local address, as in fe80::1%eth0, and behind no other', value);
  }
  if (zone === undefined) return accepted(`${address.value}` as UnderlayAddress);
  const device = parseDeviceName(zone);
  return device.ok ? accepted(`${address.value}%${device.value}` as UnderlayAddress) : device;
}

/**
 * Accepts an IPv4 block in strict dotted quads, or an IPv6 block. Host bits may be set, and are cleared: EC2 does not
 * document that it refuses them. `hostBitsHint` tells of them.
 */
export function parseCidrBlock(value: unknown): Parsed<CidrBlock> {
  const [, host = '', length = ''] = typeof value === 'string' ? (CIDR_SYNTAX.exec(value) ?? []) : [];
  if (addressFamily(host) === 0 || Number(length) > addressBits(host)) {
    const isHost = typeof value === 'string' && addressFamily(value) !== 0 && !value.includes('%');
    const example = isHost
      ? `: ${value}/${addressBits(value)} for this one host`
      : ' such as 10.0.0.0/16 or fd00::/8';
    return refused(`a CIDR block${example}`, value);
  }
  return accepted(`${formatAddress(networkWords(host, Number(length)))}/${length}` as CidrBlock);
}

/**
 * What a block means whose host bits are set, and how the one host is written, which may have been meant.
 * @param text of a block that `parseCidrBlock` accepts. @returns undefined when no host bit is set.
 */
export function hostBitsHint(text: string): string | undefined {
  const [host = '', length = ''] = text.split('/');
  const address = formatAddress(addressWords(host));
  const network = formatAddress(networkWords(host, Number(length)));
  if (address === network) return undefined;
  return `has bits behind its length, and means ${network}/${length}; for the one host write ${address}/${addressBits(host)}`;
}

/**
 * The address of a connection's peer as it is compared: without its zone, and as IPv4 when a socket of IPv6 has accepted
 * it (RFC 4291 section 2.5.5.2).
 * @returns undefined for other text
 */
export function peerAddress(literal: string): string | undefined {
  const [host = ''] = literal.split('%', 1);
  if (addressFamily(host) === 0) return undefined;
  const plan = addressWords(host);
  const last = plan.words[plan.words.length - 1] ?? 0;
  return formatAddress(isIpv4Mapped(plan) ? { family: 4, words: [last] } : plan);
}

/** True for text that has the form of an IP address, whether or not a host can have it. */
export function isAddressLiteral(text: string): boolean {
  return addressFamily(text) !== 0;
}

/** The address as the data path takes it. */
export function addressPlan(address: IpAddress): AddressPlan {
  return addressWords(address);
}

/** The block as the data path takes it. */
export function prefixPlan(block: CidrBlock): PrefixPlan {
  const [host = '', length] = block.split('/');
  return { ...networkWords(host, Number(length)), length: Number(length) };
}

/** The words of an address. @param literal an IPv4 or IPv6 address, as `addressFamily` accepts it */
export function addressWords(literal: string): AddressPlan {
  return networkWords(literal, addressBits(literal));
}

/** The inverse of `addressWords`, canonical: dotted quads, or RFC 5952 text. */
export function formatAddress({ family, words }: AddressPlan): string {
  return family === 4 ? ipv4Text(words[0] ?? 0) : ipv6Text(words);
}

/** An address as the kernel has it, in canonical text. @param bytes 4 or 16 */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  return formatAddress(addressWords(groups.join(':')));
}

/**
 * True for an address of one host (RFC 1122 section 3.2.1.3, RFC 4291 section 2.7), not 224.0.0.0/4, 255.255.255.255,
 * ff00::/8 or zero.
 */
function isUnicast({ family, words }: AddressPlan): boolean {
  const [first = 0] = words;
  if (words.every((word) => word === 0)) return false;
  if (family === 6) return first >>> 24 !== 0xff;
  return first >>> 28 !== 0xe && first !== 0xffffffff;
}

/** fe80::/10 (RFC 4291 section 2.5.6). */
function isLinkLocal({ family, words }: AddressPlan): boolean {
  return family === 6 && (words[0] ?? 0) >>> 22 === 0x3fa;
}

/** ::ffff:0:0/96 (RFC 4291 section 2.5.5.2). */
function isIpv4Mapped({ family, words }: AddressPlan): boolean {
  return family === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}

function networkWords(literal: string, length: number): AddressPlan {
  if (addressFamily(literal) === 4) {
    const range = new IPv4CidrRange(new IPv4(literal), new IPv4Prefix(BigInt(length)));
    return { family: 4, words: [Number(range.getFirst().value)] };
  }
  const { value } = new IPv6CidrRange(new IPv6(literal), new IPv6Prefix(BigInt(length))).getFirst();
  const words = [3n, 2n, 1n, 0n].map((index) => Number(BigInt.asUintN(32, value >> (index * WORD_BITS))));
  return { family: 6, words };
}

function addressBits(literal: string): number {
  return addressFamily(literal) === 4 ? 32 : 128;
}
