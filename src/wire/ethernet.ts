/**
 * Ethernet header (IEEE 802.3-2018 §3.2, with the type interpretation of §3.2.6).
 *
 *      0            6            12     14
 *     +------------+------------+------+---
 *     | destination| source     | type | payload
 *     +------------+------------+------+---
 *
 * A type below 0x0600 is the payload's length, and an LLC header follows.
 */
import { readUint16, writeUint16 } from './integers.js';

const DESTINATION = 0;
const SOURCE = 6;
export const ETHERNET_TYPE = 12;

export const ETHERNET_HEADER_LENGTH = 14;
export const MAC_LENGTH = 6;

/** RFC 894. */
export const ETHERTYPE_IPV4 = 0x0800;
/** RFC 826. */
export const ETHERTYPE_ARP = 0x0806;
/** RFC 2464 §3. */
export const ETHERTYPE_IPV6 = 0x86dd;

/** The type field; where a VLAN tag follows, the type that announces it. @param offset of the frame. */
export function etherType(bytes: Uint8Array, offset: number): number {
  return readUint16(bytes, offset + ETHERNET_TYPE);
}

/** The 6 bytes of a MAC address with colons or hyphens; undefined for other text. */
export function macBytes(text: string): Uint8Array | undefined {
  const parts = text.split(/[:-]/);
  const isMac = parts.length === MAC_LENGTH && parts.every((part) => /^[0-9a-f]{2}$/i.test(part));
  return isMac ? Uint8Array.from(parts, (part) => Number.parseInt(part, 16)) : undefined;
}

/** True when the frame was sent from an address. @param offset of the frame. @param mac 6 bytes. */
export function sourceMacEquals(bytes: Uint8Array, offset: number, mac: Uint8Array): boolean {
  for (let index = 0; index < MAC_LENGTH; index++) {
    if (bytes[offset + SOURCE + index] !== mac[index]) return false;
  }
  return true;
}

/** Writes a header of 14 bytes. @param destination 6 bytes. @param source 6 bytes. */
export function emitEthernet(
  bytes: Uint8Array,
  offset: number,
  destination: Uint8Array,
  source: Uint8Array,
  type: number,
): void {
  for (let index = 0; index < MAC_LENGTH; index++) {
    bytes[offset + DESTINATION + index] = destination[index];
    bytes[offset + SOURCE + index] = source[index];
  }
  writeUint16(bytes, offset + ETHERNET_TYPE, type);
}
