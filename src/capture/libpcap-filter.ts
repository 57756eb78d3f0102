/** The libpcap expression of a source's direction, which also keeps the mirror from mirroring itself. */
import type { Direction } from '../plan/mirror-plan.js';

/**
 * The engine's own outer packets and nothing else: VXLAN to a target of ours with the time to live and source
 * port that we give it. A forwarded packet has a smaller time to live, so on egress this is sent by this host;
 * on ingress (lo, or a device that gets its own packets back) the source must be an address of this host too.
 */
export function libpcapFilter(
  direction: Direction,
  targetAddresses: readonly string[],
  localAddresses: readonly string[],
): string {
  const way = direction === 'ingress' ? 'inbound' : 'outbound';
  const origins = direction === 'ingress' ? localAddresses : undefined;
  if (targetAddresses.length === 0 || origins?.length === 0) return way;
  const own = [
    // First of all: a test that reads behind the end of a short frame would drop the frame.
    'greater 50',
    'ip[0] = 0x45',
    'udp dst port 4789',
    'src portrange 49152-65535',
    'ip[8] = 255',
    anyOf('dst host', targetAddresses),
    ...(origins === undefined ? [] : [anyOf('src host', origins)]),
  ];
  return `${way} and not (${own.join(' and ')})`;
}

function anyOf(primitive: string, addresses: readonly string[]): string {
  return `(${addresses.map((address) => `${primitive} ${address}`).join(' or ')})`;
}
