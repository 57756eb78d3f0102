/** Builds the outer header of a pair of addresses, in the target's family. */
import type { CopyOptions } from '../plan/mirror-plan.js';
import { isIpv6Text } from '../wire/address.js';
import type { Encapsulation } from './encapsulation.js';
import { Ipv4OuterHeader } from './ipv4-outer-header.js';
import { Ipv6OuterHeader } from './ipv6-outer-header.js';
import type { OuterHeader } from './outer-header.js';

/**
 * Builds an outer header.
 * @param source outer source address, checked when the plan was made; undefined: unspecified, which the kernel fills
 *   in over IPv4 (raw(7)).
 * @param target likewise; its family is that of the header.
 * @param options with `oversize: fragment` routers on the path may fragment, so IPv4 goes without "don't fragment".
 */
export function buildOuterHeader(
  encapsulation: Encapsulation,
  source: string | undefined,
  target: string,
  options: CopyOptions,
): OuterHeader {
  return isIpv6Text(target)
    ? new Ipv6OuterHeader(encapsulation, source ?? '::', target, options)
    : new Ipv4OuterHeader(encapsulation, source ?? '0.0.0.0', target, options);
}

/**
 * The outer source address of copies to a target: the configured one if it is of the target's family. If it is of the
 * other family, the kernel chooses, as if none were configured.
 */
export function outerSource(configured: string | undefined, target: string): string | undefined {
  return configured !== undefined && isIpv6Text(configured) === isIpv6Text(target) ? configured : undefined;
}
