/** The libpcap expression of a source's direction, which also keeps the mirror from mirroring itself. */
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import { ENCAPSULATIONS } from '../../encapsulate/encapsulations.js';
import { FIRST_SOURCE_PORT } from '../../encapsulate/flow-hash.js';
import type { Direction, Oversize } from '../../plan/mirror-plan.js';
import { hostOf, isIpv6Text } from '../../wire/address.js';

/** Bytes of Ethernet and IP in front of an encapsulation. */
const IP_END = { 4: 14 + 20, 6: 14 + 40 } as const;

/** Tests that a packet passes. First comes its length: a test that reads beyond a short frame would drop the frame. */
type Tests = Readonly<Record<4 | 6, readonly string[]>>;

/** Copies: packets of the encapsulation, with the hop count and source port that we give them. */
function copyTests({ protocol, port, overhead }: Encapsulation): Tests {
  const first = FIRST_SOURCE_PORT;
  const inside4 =
    port === undefined ? [`ip[9] = ${protocol}`] : [`udp dst port ${port}`, `src portrange ${first}-65535`];
  const inside6 = port === undefined ? [] : [`ip6[42:2] = ${port}`, `ip6[40:2] >= ${first}`];
  return {
    4: [`greater ${IP_END[4] + overhead}`, 'ip[0] = 0x45', ...inside4, 'ip[8] = 255'],
    6: [`greater ${IP_END[6] + overhead}`, `ip6[6] = ${protocol}`, 'ip6[7] = 255', ...inside6],
  };
}

/** Their fragments: over IPv4 the later ones, since the first one has ports; over IPv6 all. */
function fragmentTests({ protocol }: Encapsulation): Tests {
  return {
    4: ['greater 34', 'ip[0] = 0x45', `ip[9] = ${protocol}`, 'ip[8] = 255', '(ip[6:2] & 0x1fff) != 0'],
    6: ['greater 62', 'ip6[6] = 44', `ip6[40] = ${protocol}`, 'ip6[7] = 255'],
  };
}

/**
 * Leaves out the engine's own outer packets and nothing else: copies to a target of ours that this host sent. A forwarded
 * packet has a smaller hop count, so on egress that tells them; on ingress (lo, or a device that gets its own packets
 * back) the source must be an address of this host too.
 */
export function libpcapFilter(
  direction: Direction,
  targetAddresses: readonly string[],
  localAddresses: readonly string[],
  oversize: Oversize,
): string {
  const way = direction === 'ingress' ? 'inbound' : 'outbound';
  const kinds = ENCAPSULATIONS.flatMap((encapsulation) =>
    oversize === 'fragment'
      ? [copyTests(encapsulation), fragmentTests(encapsulation)]
      : [copyTests(encapsulation)],
  );
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
