/** How many VXLAN headers stand one in the other at the start of a frame. */
import { PROTOCOL_UDP } from '../wire/transport.js';
import { UDP_HEADER_LENGTH } from '../wire/udp.js';
import { isVniValid, VXLAN_HEADER_LENGTH, VXLAN_PORT } from '../wire/vxlan.js';
import { decode } from './decode.js';
import { type Decoded, KIND_IPV4, KIND_IPV6 } from './decoded.js';

/**
 * Counts as far as the frame is captured.
 * @param decoded of the frame. @param scratch takes the frames inside. @param most at which to stop.
 */
export function vxlanDepth(
  bytes: Uint8Array,
  offset: number,
  length: number,
  decoded: Decoded,
  scratch: Decoded,
  most: number,
): number {
  const end = offset + length;
  let depth = 0;
  let at = offset;
  let current = decoded;
  while (depth < most && carriesVxlan(bytes, at, end, current)) {
    depth += 1;
    at += current.transportOffset + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH;
    decode(bytes, at, end - at, scratch);
    current = scratch;
  }
  return depth;
}

function carriesVxlan(bytes: Uint8Array, offset: number, end: number, decoded: Decoded): boolean {
  const { kind, protocol, hasPorts, destinationPort, transportOffset } = decoded;
  if (kind !== KIND_IPV4 && kind !== KIND_IPV6) return false;
  if (protocol !== PROTOCOL_UDP || !hasPorts || destinationPort !== VXLAN_PORT) return false;
  const vxlan = offset + transportOffset + UDP_HEADER_LENGTH;
  return vxlan < end && isVniValid(bytes, vxlan);
}
