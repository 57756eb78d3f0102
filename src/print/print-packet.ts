/**
 * A frame as `tcpdump -nn -t -S` prints it, on one line: Ethernet with VLAN tags, IPv4, IPv6, TCP, UDP, ICMP, ICMPv6 and
 * DNS. Nothing of a payload is printed. Any bytes give a line, and no byte of a packet reaches a terminal as it is.
 */
import { ETHERNET_HEADER_LENGTH, ETHERTYPE_IPV4, ETHERTYPE_IPV6, etherType } from '../wire/ethernet.js';
import { isVlanType, VLAN_TAG_LENGTH } from '../wire/vlan.js';
import { cutIn, has, type Part, uint16 } from './part.js';
import { printIpv4 } from './print-ipv4.js';
import { printIpv6 } from './print-ipv6.js';

/**
 * @param offset of the frame. @param capturedLength bytes that are here. @param wireLength bytes that it had.
 */
export function printFrame(
  bytes: Uint8Array,
  offset: number,
  capturedLength: number,
  wireLength: number,
): string {
  const part: Part = { bytes, end: offset + capturedLength };
  if (!has(part, offset, ETHERNET_HEADER_LENGTH)) return cutIn('ether').trimStart();
  let at = offset + ETHERNET_HEADER_LENGTH;
  let type = etherType(bytes, offset);
  while (isVlanType(type)) {
    if (!has(part, at, VLAN_TAG_LENGTH)) return cutIn('vlan').trimStart();
    type = uint16(part, at + 2);
    at += VLAN_TAG_LENGTH;
  }
  const length = Math.max(0, wireLength - (at - offset));
  if (type === ETHERTYPE_IPV4) return printIpv4(part, at, length);
  if (type === ETHERTYPE_IPV6) return printIpv6(part, at, length);
  return `ethertype 0x${type.toString(16).padStart(4, '0')}, length ${length}`;
}
