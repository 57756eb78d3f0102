/**
 * VXLAN header (RFC 7348 §5), by byte:
 *
 *      0  flags: only bit I, the VNI is valid      4  VXLAN network identifier, 24 bits
 *      1  reserved                                 7  reserved
 *
 * Reserved bits are zero: receivers that know later uses of them drop the packet or read it as another
 * protocol.
 */
import { writeUint32 } from './integers.js';

const FLAGS = 0;
const VNI = 4;

export const VXLAN_HEADER_LENGTH = 8;
/** UDP destination port (RFC 7348 §8). */
export const VXLAN_PORT = 4789;

const FLAG_VNI_VALID = 0x08000000;

/** True for bit I, without which it is not VXLAN. @param offset of a header of which at least one byte is there. */
export function isVniValid(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + FLAGS] & (FLAG_VNI_VALID >>> 24)) !== 0;
}

/** Writes a header of 8 bytes. @param vni 0–16777215. */
export function emitVxlan(bytes: Uint8Array, offset: number, vni: number): void {
  writeUint32(bytes, offset + FLAGS, FLAG_VNI_VALID);
  writeUint32(bytes, offset + VNI, vni << 8);
}
