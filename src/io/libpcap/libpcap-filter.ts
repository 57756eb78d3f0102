/** The libpcap expression of a source's direction, which also keeps the mirror from mirroring itself. */
import type { Direction, Oversize } from '../../plan/mirror-plan.js';
import { hostOf, isIpv6Text } from '../../wire/address.js';

/**
 * What our copies look like in each family: VXLAN with the hop count and source port that we give it. First of all
 * comes a length: a test that reads behind the end of a short frame would drop the frame.
 */
const COPY = {
  4: ['greater 50', 'ip[0] = 0x45', 'udp dst port 4789', 'src portrange 49152-65535', 'ip[8] = 255'],
  6: ['greater 70', 'ip6[6] = 17', 'ip6[7] = 255', 'ip6[42:2] = 4789', 'ip6[40:2] >= 49152'],
} as const;

/** And their fragments: over IPv4 the later ones, since the first one has ports; over IPv6 all. */
const FRAGMENT = {
  4: ['greater 34', 'ip[0] = 0x45', 'ip[9] = 17', 'ip[8] = 255', '(ip[6:2] & 0x1fff) != 0'],
  6: ['greater 62', 'ip6[6] = 44', 'ip6[40] = 17', 'ip6[7] = 255'],
} as const;

/**
 * The engine's own outer packets and nothing else: copies to a target of ours. A forwarded packet has a smaller hop
 * count, so on egress this is sent by this host; on ingress (lo, or a device that gets its own packets back) the
 * source must be an address of this host too.
 */
export function libpcapFilter(
  direction: Direction,
  targetAddresses: readonly string[],
  localAddresses: readonly string[],
  oversize: Oversize,
): string {
  const way = direction === 'ingress' ? 'inbound' : 'outbound';
  const kinds = oversize === 'fragment' ? [COPY, FRAGMENT] : [COPY];
  const own = ([4, 6] as const).flatMap((family) => {
    const targets = ofFamily(family, targetAddresses);
    const origins = direction === 'ingress' ? ofFamily(family, localAddresses) : undefined;
    if (targets.length === 0 || origins?.length === 0) return [];
    const addresses = [
      anyOf('dst host', targets),
      ...(origins === undefined ? [] : [anyOf('src host', origins)]),
    ];
    return kinds.map((kind) => `(${[...kind[family], ...addresses].join(' and ')})`);
  });
  return own.length === 0 ? way : `${way} and not (${own.join(' or ')})`;
}

function ofFamily(family: 4 | 6, addresses: readonly string[]): string[] {
  return addresses.filter((address) => isIpv6Text(address) === (family === 6)).map(hostOf);
}

function anyOf(primitive: string, addresses: readonly string[]): string {
  return `(${addresses.map((address) => `${primitive} ${address}`).join(' or ')})`;
}
