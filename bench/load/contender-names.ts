/** Names of those who mirror in a round of the bench. */

export const NO_MIRROR = 'no mirror';
export const KERNEL_MIRROR = 'tc mirred + vxlan device';
export const LIBPCAP = 'libpcap';
/** This project with no key in the section `engine`. */
export const DEFAULT = 'default';

/** How copies leave. */
export const WAYS = ['routed', 'direct', 'xdp'] as const;
export type Way = (typeof WAYS)[number];

/** Ways of the same loop in C. */
export const C_WAYS = ['routed', 'direct'] as const satisfies readonly Way[];

/** A loop that is not this project's, in one of its ways. @param name of the loop. */
export function loopName(name: string, way: Way): string {
  return `${name}, ${way}`;
}

/** The yardstick in C, in one of its ways. */
export function cLoopName(way: (typeof C_WAYS)[number]): string {
  return loopName('C loop', way);
}
