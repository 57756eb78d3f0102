/**
 * A mix of frames as a server's link carries them: a few hundred flows, long data frames and short answers,
 * IPv4 and IPv6, some tagged, and a little of what never matches. Always the same frames in the same order.
 */

import {
  ETHERNET_HEADER_LENGTH,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  emitEthernet,
} from '../../src/wire/ethernet.js';
import { writeUint16, writeUint32 } from '../../src/wire/integers.js';
import { emitIpv4, IPV4_FRAGMENT, IPV4_HEADER_LENGTH } from '../../src/wire/ipv4.js';
import { emitIpv6, IPV6_HEADER_LENGTH } from '../../src/wire/ipv6.js';
import { PROTOCOL_ICMP, PROTOCOL_TCP, PROTOCOL_UDP } from '../../src/wire/transport.js';
import { emitUdp } from '../../src/wire/udp.js';
import { ETHERTYPE_VLAN, insertVlanTag, VLAN_TAG_LENGTH } from '../../src/wire/vlan.js';

const FRAMES = 4096;
const FLOWS = 512;
const MACS = [Uint8Array.of(2, 0, 0, 0, 0, 1), Uint8Array.of(2, 0, 0, 0, 0, 2)] as const;
const LONGEST_FRAME = 1514;
const TAGGED_SHARE = 0.1;

/** What the link carries, by share of the frames. */
const KINDS = [
  { share: 0.3, family: 4, protocol: PROTOCOL_TCP, length: LONGEST_FRAME },
  { share: 0.3, family: 4, protocol: PROTOCOL_TCP, length: 66 },
  { share: 0.08, family: 4, protocol: PROTOCOL_UDP, length: 90 },
  { share: 0.07, family: 4, protocol: PROTOCOL_UDP, length: 1292 },
  { share: 0.02, family: 4, protocol: PROTOCOL_UDP, length: LONGEST_FRAME, isFragment: true },
  { share: 0.02, family: 4, protocol: PROTOCOL_ICMP, length: 98 },
  { share: 0.08, family: 6, protocol: PROTOCOL_TCP, length: LONGEST_FRAME },
  { share: 0.08, family: 6, protocol: PROTOCOL_TCP, length: 86 },
  { share: 0.04, family: 6, protocol: PROTOCOL_UDP, length: 110 },
  { share: 0.01, family: 'arp', protocol: 0, length: 60 },
] as const satisfies readonly Kind[];

interface Kind {
  readonly share: number;
  readonly family: 4 | 6 | 'arp';
  readonly protocol: number;
  /** Length of the frame without a tag. */
  readonly length: number;
  readonly isFragment?: boolean;
}

interface Flow {
  readonly addresses: readonly [number, number];
  readonly ports: readonly [number, number];
}

/** The frames, each in memory of its own. */
export function buildMix(): Uint8Array[] {
  const random = randomNumbers(1);
  const flows = Array.from({ length: FLOWS }, () => randomFlow(random));
  return Array.from({ length: FRAMES }, () => {
    const kind = kindAt(random());
    const flow = flows[Math.floor(random() * FLOWS)];
    const bytes = buildFrame(kind, random() < 0.5 ? flow : answer(flow));
    return random() < TAGGED_SHARE ? tagged(bytes) : bytes;
  });
}

function kindAt(point: number): Kind {
  let end = 0;
  for (const kind of KINDS) {
    end += kind.share;
    if (point < end) return kind;
  }
  return KINDS[0];
}

/** Between clients anywhere and servers of 10.1.0.0/16. */
function randomFlow(random: () => number): Flow {
  const servicePorts = [80, 443, 443, 443, 22, 53, 5432];
  return {
    addresses: [random() * 0xe0000000, 0x0a010000 + random() * 0x10000],
    ports: [32768 + random() * 28232, servicePorts[Math.floor(random() * servicePorts.length)]],
  };
}

function answer({ addresses, ports }: Flow): Flow {
  return { addresses: [addresses[1], addresses[0]], ports: [ports[1], ports[0]] };
}

function buildFrame({ family, protocol, length, isFragment }: Kind, flow: Flow): Uint8Array {
  const bytes = new Uint8Array(length);
  const network = ETHERNET_HEADER_LENGTH;
  if (family === 'arp') {
    emitEthernet(bytes, 0, MACS[0], MACS[1], ETHERTYPE_ARP);
    return bytes;
  }
  if (family === 4) {
    emitEthernet(bytes, 0, MACS[0], MACS[1], ETHERTYPE_IPV4);
    emitIpv4(bytes, network, {
      totalLength: length - network,
      identification: 0,
      dontFragment: isFragment !== true,
      dscp: 0,
      timeToLive: 64,
      protocol,
      source: flow.addresses[0],
      destination: flow.addresses[1],
    });
    // Fragment offset 185: the second of a datagram. Nobody here looks at the checksum.
    if (isFragment === true) writeUint16(bytes, network + IPV4_FRAGMENT, 185);
    emitTransport(bytes, network + IPV4_HEADER_LENGTH, protocol, flow);
    return bytes;
  }
  emitEthernet(bytes, 0, MACS[0], MACS[1], ETHERTYPE_IPV6);
  emitIpv6(bytes, network, {
    payloadLength: length - network - IPV6_HEADER_LENGTH,
    nextHeader: protocol,
    dscp: 0,
    hopLimit: 64,
    source: ipv6Address(flow.addresses[0]),
    destination: ipv6Address(flow.addresses[1]),
  });
  emitTransport(bytes, network + IPV6_HEADER_LENGTH, protocol, flow);
  return bytes;
}

/** An address of 2001:db8::/32 that ends with an IPv4 address. */
function ipv6Address(ending: number): Uint8Array {
  const bytes = new Uint8Array(16);
  writeUint32(bytes, 0, 0x20010db8);
  writeUint32(bytes, 12, ending);
  return bytes;
}

/** Writes the ports, or the type of an echo request: nothing else of the transport header is read. */
function emitTransport(bytes: Uint8Array, offset: number, protocol: number, { ports }: Flow): void {
  if (protocol === PROTOCOL_ICMP) writeUint32(bytes, offset, 0x08000000);
  else emitUdp(bytes, offset, ports[0], ports[1], bytes.length - offset, 0);
}

function tagged(frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(frame.length + VLAN_TAG_LENGTH);
  bytes.set(frame, VLAN_TAG_LENGTH);
  insertVlanTag(bytes, 0, ETHERTYPE_VLAN, 100);
  return bytes;
}

/** mulberry32. @returns numbers in [0, 1), the same ones for a seed. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
