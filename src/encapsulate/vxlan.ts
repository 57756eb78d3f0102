/**
 * VXLAN (RFC 7348 §5), by byte:
 *
 *      0  flags: only bit I, the VNI is valid      4  VXLAN network identifier, 24 bits
 *      1  reserved                                 7  reserved
 *
 * Reserved bits are zero: receivers that know later uses of them drop the packet or read it as another
 * protocol.
 */
import { writeUint32 } from '../wire/integers.js';
import { overUdp } from './encapsulation.js';

const FLAGS = 0;
const VNI = 4;

const VXLAN_HEADER_LENGTH = 8;
/** UDP destination port (RFC 7348 §8). */
const VXLAN_PORT = 4789;

const FLAG_VNI_VALID = 0x08000000;

export const VXLAN = overUdp({
  name: 'vxlan',
  port: VXLAN_PORT,
  headerLength: VXLAN_HEADER_LENGTH,
  writeHeader,
  isHeader,
});

function writeHeader(bytes: Uint8Array, offset: number, vni: number): void {
  writeUint32(bytes, offset + FLAGS, FLAG_VNI_VALID);
  writeUint32(bytes, offset + VNI, vni << 8);
}

/** True for bit I, without which it is not VXLAN. */
function isHeader(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset + FLAGS] & (FLAG_VNI_VALID >>> 24)) !== 0;
}
