/** What the data path has decoded of a frame, as people read it. */
import * as decoding from '../decode/decoded.js';
import { formatAddress } from '../resources/address.js';
import { ETHERNET_HEADER_LENGTH, etherType } from '../wire/ethernet.js';
import { readUint16 } from '../wire/integers.js';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.js';
import { isVlanType, VLAN_TAG_LENGTH, vlanInnerType } from '../wire/vlan.js';

const { FRAGMENT_FIRST, FRAGMENT_NONE, KIND_ARP, KIND_IPV4, KIND_IPV6, KIND_UNPARSABLE } = decoding;

/** As many as `decode` reads. */
const MAXIMUM_VLAN_TAGS = 3;
const VLAN_ID_MASK = 0x0fff;

/** One side of an IP packet. */
export interface FieldsOfSide {
  readonly address: string;
  /** Absent: the packet has none, or it is not known. */
  readonly port?: number;
}

/** The fields of a frame. */
export interface FrameFields {
  readonly kind: 'ipv4' | 'ipv6' | 'arp' | 'unparsable' | 'other';
  /** Ids of the VLAN tags, the outermost first. */
  readonly vlans: readonly number[];
  /** Ethernet type behind the tags; absent: cut off. */
  readonly etherType?: number;
  /** Of ipv4 and ipv6. Over IPv6 the protocol is that behind the extension headers. */
  readonly ip?: {
    readonly protocol: number;
    readonly source: FieldsOfSide;
    readonly destination: FieldsOfSide;
    readonly fragment?: 'first' | 'later';
    /** Identifier of an ICMP echo; absent: none, or 0. */
    readonly echoIdentifier?: number;
    /** True: IPv6 extension headers stand in front of the protocol's. */
    readonly hasExtensionHeaders: boolean;
  };
}

/** @param length captured bytes. @param decoded of the frame. */
export function fieldsOf(
  bytes: Uint8Array,
  offset: number,
  length: number,
  decoded: decoding.Decoded,
): FrameFields {
  const link = readLink(bytes, offset, length);
  const { kind } = decoded;
  if (kind === KIND_IPV4 || kind === KIND_IPV6) {
    return { kind: kind === KIND_IPV4 ? 'ipv4' : 'ipv6', ...link, ip: readIp(decoded) };
  }
  if (kind === KIND_ARP) return { kind: 'arp', ...link };
  return { kind: kind === KIND_UNPARSABLE ? 'unparsable' : 'other', ...link };
}

function readLink(
  bytes: Uint8Array,
  offset: number,
  length: number,
): Pick<FrameFields, 'vlans' | 'etherType'> {
  const vlans: number[] = [];
  if (length < ETHERNET_HEADER_LENGTH) return { vlans };
  let type = etherType(bytes, offset);
  let at = offset + ETHERNET_HEADER_LENGTH;
  while (isVlanType(type) && vlans.length < MAXIMUM_VLAN_TAGS) {
    if (offset + length - at < VLAN_TAG_LENGTH) return { vlans };
    vlans.push(readUint16(bytes, at) & VLAN_ID_MASK);
    type = vlanInnerType(bytes, at);
    at += VLAN_TAG_LENGTH;
  }
  return { vlans, etherType: type };
}

function readIp(decoded: decoding.Decoded): NonNullable<FrameFields['ip']> {
  const { kind, protocol, fragment, hasPorts, sourcePort, destinationPort, echoIdentifier } = decoded;
  const { source0, source1, source2, source3 } = decoded;
  const { destination0, destination1, destination2, destination3 } = decoded;
  const side = (words: readonly number[], port: number): FieldsOfSide => ({
    address: addressText(kind, words),
    ...(hasPorts && { port }),
  });
  const headersLength = decoded.transportOffset - decoded.networkOffset;
  return {
    protocol,
    source: side([source0, source1, source2, source3], sourcePort),
    destination: side([destination0, destination1, destination2, destination3], destinationPort),
    ...(fragment !== FRAGMENT_NONE && { fragment: fragment === FRAGMENT_FIRST ? 'first' : 'later' }),
    ...(echoIdentifier !== 0 && { echoIdentifier }),
    hasExtensionHeaders: kind === KIND_IPV6 && headersLength > IPV6_HEADER_LENGTH,
  };
}

function addressText(kind: number, [first = 0, ...rest]: readonly number[]): string {
  const words = [first, ...rest].map((word) => word >>> 0);
  return kind === KIND_IPV4
    ? formatAddress({ family: 4, words: words.slice(0, 1) })
    : formatAddress({ family: 6, words });
}
