/** IP addresses of interfaces, load balancers and services. */
import { isIP } from 'node:net';
import type { AddressPlan } from '../plan/mirror-plan.js';
import { addressWords, formatAddress } from './cidr.js';
import { parseDeviceName } from './device.js';
import { accepted, type Brand, type Parsed, refused } from './parsed.js';

/** An address of one host in canonical text: strict dotted quads, or IPv6 as in RFC 5952 without a zone. */
export type IpAddress = Brand<string, 'IpAddress'>;

/** An address and its zone. */
const ZONED = /^([^%]*)%(.*)$/s;

/** A literal address that one host can have: not a name, not unspecified, multicast or broadcast. */
export function parseIpAddress(value: unknown): Parsed<IpAddress> {
  if (typeof value !== 'string' || isIP(value) === 0 || value.includes('%')) {
    return refused('an IP address', value);
  }
  const plan = addressWords(value);
  if (!isUnicast(plan)) return refused('the IP address of one host', value);
  return accepted(formatAddress(plan) as IpAddress);
}

/**
 * An address that copies can be sent to and from, in canonical text: an IP address, and behind one that is link-local
 * (RFC 4291 section 2.5.6) the device whose link it is, as in fe80::1%eth0 (RFC 4007 section 11).
 */
export type UnderlayAddress = Brand<string, 'UnderlayAddress'>;

/**
 * What `parseIpAddress` accepts; a link-local address must have its zone, and no other may. IPv4 addresses written as
 * IPv6 are refused: a socket takes them for neither.
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

/** True for text that can only be meant for an address, good or not. */
export function isAddressLiteral(text: string): boolean {
  return isIP(text) !== 0;
}

/** The address as the data path takes it. */
export function addressPlan(address: IpAddress): AddressPlan {
  return addressWords(address);
}

/** RFC 1122 section 3.2.1.3, RFC 4291 section 2.7: not 224.0.0.0/4, 255.255.255.255, ff00::/8 or zero. */
function isUnicast({ family, words }: AddressPlan): boolean {
  const [first = 0] = words;
  if (words.every((word) => word === 0)) return false;
  if (family === 6) return first >>> 24 !== 0xff;
  return first >>> 28 !== 0xe && first !== 0xffffffff;
}

/** RFC 4291 section 2.5.6: fe80::/10. */
function isLinkLocal({ family, words }: AddressPlan): boolean {
  return family === 6 && (words[0] ?? 0) >>> 22 === 0x3fa;
}

/** RFC 4291 section 2.5.5.2: ::ffff:0:0/96. */
function isIpv4Mapped({ family, words }: AddressPlan): boolean {
  return family === 6 && words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
}
