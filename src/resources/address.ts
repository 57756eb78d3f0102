/** IP addresses of interfaces, load balancers and services. */
import { isIP } from 'node:net';
import type { AddressPlan } from '../plan/mirror-plan.js';
import type { Brand } from './brand.js';
import { addressWords, formatAddress } from './cidr.js';
import { accepted, type Parsed, refused } from './parsed.js';

/** An address of one host in canonical text: strict dotted quads, or IPv6 as in RFC 5952 without a zone. */
export type IpAddress = Brand<string, 'IpAddress'>;

/** A literal address that one host can have: not a name, not unspecified, multicast or broadcast. */
export function parseIpAddress(value: unknown): Parsed<IpAddress> {
  if (typeof value !== 'string' || isIP(value) === 0 || value.includes('%')) {
    return refused('an IP address', value);
  }
  const plan = addressWords(value);
  if (!isUnicast(plan)) return refused('the IP address of one host', value);
  return accepted(formatAddress(plan) as IpAddress);
}

/** The address as the data path takes it. */
export function addressPlan(address: IpAddress): AddressPlan {
  return addressWords(address);
}

/** True for any IPv6 literal, canonical or not. */
export function isIpv6(value: unknown): boolean {
  return typeof value === 'string' && isIP(value) === 6;
}

/** RFC 1122 section 3.2.1.3, RFC 4291 section 2.7: not 224.0.0.0/4, 255.255.255.255, ff00::/8 or zero. */
function isUnicast({ family, words }: AddressPlan): boolean {
  const [first = 0] = words;
  if (words.every((word) => word === 0)) return false;
  if (family === 6) return first >>> 24 !== 0xff;
  return first >>> 28 !== 0xe && first !== 0xffffffff;
}
