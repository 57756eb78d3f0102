/** A packet in words to a frame: headers that say what the words say, and zeros behind them. */
import { accepted, type Parsed } from '../resources/parsed.js';
import { addressBytes } from '../wire/address.js';
import * as ethernet from '../wire/ethernet.js';
import { readInt32, writeUint16 } from '../wire/integers.js';
import { emitIpv4, IPV4_HEADER_LENGTH, setIpv4Fragment } from '../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER_LENGTH } from '../wire/ipv6.js';
import {
  EXTENSION_NEXT_HEADER,
  emitIpv6Fragment,
  IPV6_EXTENSION_MINIMUM,
  IPV6_FRAGMENT_HEADER_LENGTH,
  isExtensionHeader,
  NEXT_HEADER_FRAGMENT,
} from '../wire/ipv6-extension.js';
import { TCP_HEADER_LENGTH } from '../wire/tcp.js';
import * as transport from '../wire/transport.js';
import { emitUdp, UDP_HEADER_LENGTH } from '../wire/udp.js';
import { ETHERTYPE_VLAN, VLAN_TAG_LENGTH } from '../wire/vlan.js';
import type { IpPacketWords, PacketWords } from './packet-text.js';

const { ETHERNET_HEADER_LENGTH, ETHERNET_TYPE, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } = ethernet;

/** Without the frame check sequence (IEEE 802.3 §4.4.2). */
const MINIMUM_FRAME = 60;
/** RFC 826, for IPv4 over Ethernet. */
const ARP_LENGTH = 28;
const ICMP_ECHO_LENGTH = 8;
const ICMP_ECHO_IDENTIFIER = 4;
const ECHO_REQUEST_4 = 8;
const ECHO_REQUEST_6 = 128;
/** Payload of the fragment before a later one: what fits into 1500 bytes, in units of 8. */
const LATER_OFFSET = 1448;
/** RFC 8200 §4.7. */
const NO_NEXT_HEADER = 59;
const MAXIMUM_DATAGRAM = 65_535;
const TIME_TO_LIVE = 64;
const TCP_HEADER_WORDS = 12;

/** Locally administered: a packet in words has no real sender. */
const SOURCE_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 0x01);
const DESTINATION_MAC = Uint8Array.of(0x02, 0, 0, 0, 0, 0x02);

/** Builds the frame. Refuses a length in which its headers do not fit, or that no such packet has. */
export function buildFrame(words: PacketWords): Parsed<Uint8Array> {
  const network = ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH * words.vlans.length;
  const shortest = network + (words.kind === 'arp' ? ARP_LENGTH : ipLength(words));
  const length = words.length ?? Math.max(shortest, MINIMUM_FRAME);
  if (length < shortest) {
    return { ok: false, text: `length ${length} is less than the ${shortest} bytes of its headers` };
  }
  if (words.kind === 'ip' && length - network > maximumIpLength(words)) {
    return { ok: false, text: `length ${length} is more than ${network + maximumIpLength(words)} bytes` };
  }
  const frame = new Uint8Array(length);
  ethernet.emitEthernet(frame, 0, DESTINATION_MAC, SOURCE_MAC, typeOf(words));
  for (const [index, vlan] of words.vlans.entries()) {
    const at = ETHERNET_HEADER_LENGTH + VLAN_TAG_LENGTH * index;
    writeUint16(frame, at - (ETHERNET_HEADER_LENGTH - ETHERNET_TYPE), ETHERTYPE_VLAN);
    writeUint16(frame, at, vlan);
    writeUint16(frame, at + 2, typeOf(words));
  }
  // Padding follows a packet that is as short as it can be. A length that was asked for is that of the packet.
  const end = words.length === undefined ? shortest : length;
  if (words.kind === 'ip') writeIp(frame, network, end, words);
  return accepted(frame);
}

function typeOf(words: PacketWords): number {
  if (words.kind === 'arp') return ETHERTYPE_ARP;
  return words.family === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
}

function maximumIpLength({ family }: IpPacketWords): number {
  return MAXIMUM_DATAGRAM + (family === 4 ? 0 : IPV6_HEADER_LENGTH);
}

/** Bytes of the IP packet with all its headers. */
function ipLength(words: IpPacketWords): number {
  const ip = words.family === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  return ip + extensionsLength(words) + upperLength(words);
}

function extensionsLength({ family, protocol, fragment }: IpPacketWords): number {
  if (family === 4) return 0;
  const own = isExtensionHeader(protocol) ? IPV6_EXTENSION_MINIMUM : 0;
  return own + (fragment === undefined ? 0 : IPV6_FRAGMENT_HEADER_LENGTH);
}

function upperLength({ protocol, fragment }: IpPacketWords): number {
  if (fragment === 'later') return IPV6_EXTENSION_MINIMUM;
  if (protocol === transport.PROTOCOL_TCP) return TCP_HEADER_LENGTH;
  if (protocol === transport.PROTOCOL_UDP) return UDP_HEADER_LENGTH;
  return isEcho(protocol) ? ICMP_ECHO_LENGTH : 0;
}

function isEcho(protocol: number): boolean {
  return protocol === transport.PROTOCOL_ICMP || protocol === transport.PROTOCOL_ICMPV6;
}

function writeIp(frame: Uint8Array, network: number, end: number, words: IpPacketWords): void {
  const at =
    words.family === 4 ? writeIpv4(frame, network, end, words) : writeIpv6(frame, network, end, words);
  if (words.fragment !== 'later') writeUpper(frame, at, end, words);
}

/** @returns where the upper-layer header begins. */
function writeIpv4(frame: Uint8Array, network: number, end: number, words: IpPacketWords): number {
  const totalLength = end - network;
  emitIpv4(frame, network, {
    totalLength,
    identification: 1,
    dontFragment: words.fragment === undefined,
    dscp: 0,
    timeToLive: TIME_TO_LIVE,
    protocol: words.protocol,
    source: readInt32(addressBytes(words.source.address), 0),
    destination: readInt32(addressBytes(words.destination.address), 0),
  });
  if (words.fragment !== undefined) {
    const isFirst = words.fragment === 'first';
    setIpv4Fragment(frame, network, totalLength, 1, isFirst ? 0 : LATER_OFFSET, isFirst);
  }
  return network + IPV4_HEADER_LENGTH;
}

/** @returns where the upper-layer header begins. */
function writeIpv6(frame: Uint8Array, network: number, end: number, words: IpPacketWords): number {
  const { protocol, fragment } = words;
  emitIpv6(frame, network, {
    payloadLength: end - network - IPV6_HEADER_LENGTH,
    nextHeader: fragment === undefined ? protocol : NEXT_HEADER_FRAGMENT,
    dscp: 0,
    hopLimit: TIME_TO_LIVE,
    source: addressBytes(words.source.address),
    destination: addressBytes(words.destination.address),
  });
  let at = network + IPV6_HEADER_LENGTH;
  if (fragment !== undefined) {
    const isFirst = fragment === 'first';
    emitIpv6Fragment(frame, at, protocol, isFirst ? 0 : LATER_OFFSET, isFirst, 1);
    at += IPV6_FRAGMENT_HEADER_LENGTH;
  }
  // An extension header of its shortest form, with nothing behind it. A later fragment shows none of its headers.
  if (isExtensionHeader(protocol) && fragment !== 'later') {
    frame[at + EXTENSION_NEXT_HEADER] = NO_NEXT_HEADER;
    at += IPV6_EXTENSION_MINIMUM;
  }
  return at;
}

function writeUpper(frame: Uint8Array, at: number, end: number, words: IpPacketWords): void {
  const { protocol, source, destination, identifier = 0, family } = words;
  const { port: from = 0 } = source;
  const { port: to = 0 } = destination;
  if (protocol === transport.PROTOCOL_UDP)
    emitUdp(frame, at, from, to, Math.min(end - at, MAXIMUM_DATAGRAM), 0);
  if (protocol === transport.PROTOCOL_TCP) {
    writeUint16(frame, at, from);
    writeUint16(frame, at + 2, to);
    frame[at + TCP_HEADER_WORDS] = (TCP_HEADER_LENGTH >>> 2) << 4;
  }
  if (isEcho(protocol)) {
    frame[at] = family === 4 ? ECHO_REQUEST_4 : ECHO_REQUEST_6;
    writeUint16(frame, at + ICMP_ECHO_IDENTIFIER, identifier);
  }
}
