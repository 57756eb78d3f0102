/**
 * VXLAN header (RFC 7348 §5), by byte:
 *
 *      0  flags: only bit I, the VNI is valid      4  VXLAN network identifier, 24 bits
 *      1  reserved                                 7  reserved
 *
 * Reserved bits are written as zero: receivers that know later uses of them drop the packet or read it as another
 * protocol. The generic protocol extension (draft-ietf-nvo3-vxlan-gpe) has bit P, and a next protocol in byte 3.
 */
import { readInt32, writeUint32 } from './integers.js';

const FLAGS = 0;
const NEXT_PROTOCOL = 3;
const VNI = 4;

export const VXLAN_HEADER_LENGTH = 8;
/** UDP destination port (RFC 7348 §8). */
export const VXLAN_PORT = 4789;

const FLAG_VNI_VALID = 0x08;
const FLAG_NEXT_PROTOCOL = 0x04;
const NEXT_PROTOCOL_ETHERNET = 3;

/** Writes a header of 8 bytes. @param vni 0–16777215. */
export function emitVxlan(bytes: Uint8Array, offset: number, vni: number): void {
  writeUint32(bytes, offset + FLAGS, FLAG_VNI_VALID << 24);
  writeUint32(bytes, offset + VNI, vni << 8);
}

/** True for bit I, without which it is not VXLAN. Reads the first byte. */
export function isVxlan(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + FLAGS] & FLAG_VNI_VALID) !== 0;
}

/** True when an Ethernet frame follows: always, but where the generic extension names another protocol. */
export function vxlanHasEthernet(bytes: Uint8Array, offset: number): boolean {
  return (
    (bytes[offset + FLAGS] & FLAG_NEXT_PROTOCOL) === 0 ||
    bytes[offset + NEXT_PROTOCOL] === NEXT_PROTOCOL_ETHERNET
  );
}

/** 0–16777215. */
export function vxlanVni(bytes: Uint8Array, offset: number): number {
  return readInt32(bytes, offset + VNI) >>> 8;
}
