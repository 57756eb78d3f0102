/** The outer header of a pair of addresses, of the target's family. */
import { isIpv6Text } from '../wire/address.js';
import { Ipv4OuterHeader } from './ipv4-outer-header.js';
import { Ipv6OuterHeader } from './ipv6-outer-header.js';
import type { OuterHeader } from './outer-header.js';

/**
 * @param source outer source address, checked by whoever made the plan; undefined: unspecified, which the kernel
 * fills in over IPv4 (raw(7)).
 * @param target likewise; its family is that of the header.
 * @param mayFragment routers on the way may: IPv4 without "don't fragment".
 */
export function buildOuterHeader(
  source: string | undefined,
  target: string,
  mayFragment: boolean,
): OuterHeader {
  return isIpv6Text(target)
    ? new Ipv6OuterHeader(source ?? '::', target)
    : new Ipv4OuterHeader(source ?? '0.0.0.0', target, mayFragment);
}

/**
 * The outer source address of copies to a target: the configured one where it is of the target's family. One of
 * the other family cannot be: the kernel chooses, as if there were none.
 */
export function outerSource(configured: string | undefined, target: string): string | undefined {
  return configured !== undefined && isIpv6Text(configured) === isIpv6Text(target) ? configured : undefined;
}
