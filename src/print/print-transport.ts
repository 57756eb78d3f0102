/** What an IP packet carries, in tcpdump's form. */
import {
  PORTS_LENGTH,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from '../wire/transport.js';
import { UDP_HEADER_LENGTH } from '../wire/udp.js';
import { cutIn, has, type Part, uint16 } from './part.js';
import { printDns } from './print-dns.js';
import { printIcmp, printIcmpv6 } from './print-icmp.js';
import { printTcp } from './print-tcp.js';

const UDP_LENGTH = 4;
const DNS_PORT = 53;
const NO_NEXT_HEADER = 59;
const PROTOCOL_DCCP = 33;

/** Protocols whose ports tcpdump prints behind the addresses. */
const WITH_PORTS: readonly number[] = [PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_SCTP, PROTOCOL_DCCP];

/** Where the transport header lies. */
export interface Transport {
  readonly at: number;
  /** Bytes from there to the end of the packet, with what is not here. */
  readonly length: number;
  readonly protocol: number;
  readonly family: 4 | 6;
  /** The first fragment of several: lengths are those of the whole datagram. */
  readonly isFragmented: boolean;
}

/** Addresses in words. */
export interface Ends {
  readonly source: string;
  readonly destination: string;
}

export function withPorts(protocol: number): boolean {
  return WITH_PORTS.includes(protocol);
}

/** @param ends undefined: they stand in front already. */
export function printTransport(part: Part, transport: Transport, ends: Ends | undefined): string {
  const { at, length, protocol, family } = transport;
  const between = ends === undefined ? '' : `${ends.source} > ${ends.destination}: `;
  switch (protocol) {
    case PROTOCOL_TCP:
      if (!has(part, at, PORTS_LENGTH)) return `${between}${cutIn('tcp').trimStart()}`;
      return `${ported(part, at, ends)}${printTcp(part, at, length)}`;
    case PROTOCOL_UDP:
      if (!has(part, at, PORTS_LENGTH)) return `${between}${cutIn('udp')}`;
      return `${ported(part, at, ends)}${printUdp(part, transport)}`;
    case PROTOCOL_SCTP:
      if (!has(part, at, PORTS_LENGTH)) return `${between}${cutIn('sctp')}`;
      return `${ported(part, at, ends)}sctp`;
    case PROTOCOL_DCCP:
      if (!has(part, at, PORTS_LENGTH)) return `${between}${cutIn('dccp')}`;
      return `${ported(part, at, ends)}DCCP`;
    case PROTOCOL_ICMP:
      return `${between}${family === 4 ? printIcmp(part, at, length) : '[ICMP requires IPv4] (invalid)'}`;
    case PROTOCOL_ICMPV6:
      return `${between}${family === 6 ? printIcmpv6(part, at, length) : '[ICMPv6 requires IPv6] (invalid)'}`;
    case NO_NEXT_HEADER:
      return `${between}no next header`;
    default:
      return `${between} ip-proto-${protocol} ${length}`;
  }
}

function ported(part: Part, at: number, ends: Ends | undefined): string {
  const [source, destination] = [uint16(part, at), uint16(part, at + 2)];
  if (ends === undefined) return `${source} > ${destination}: `;
  return `${ends.source}.${source} > ${ends.destination}.${destination}: `;
}

function printUdp(part: Part, { at, length, isFragmented }: Transport): string {
  if (length < UDP_HEADER_LENGTH) return `truncated-udp ${length}`;
  if (!has(part, at, UDP_LENGTH + 2)) return cutIn('udp');
  const datagramLength = uint16(part, at + UDP_LENGTH);
  if (datagramLength < UDP_HEADER_LENGTH) return `truncated-udplength ${datagramLength}`;
  if (!has(part, at, UDP_HEADER_LENGTH)) return cutIn('udp');
  const payload = datagramLength - UDP_HEADER_LENGTH;
  const there = Math.min(payload, length - UDP_HEADER_LENGTH);
  if (uint16(part, at) === DNS_PORT || uint16(part, at + 2) === DNS_PORT) {
    return printDns(part, at + UDP_HEADER_LENGTH, there);
  }
  return payload > there && !isFragmented
    ? `UDP, bad length ${payload} > ${there}`
    : `UDP, length ${payload}`;
}
