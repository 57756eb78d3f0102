/** Frames that stand in encapsulations, one in the other: copies of copies. */
import { decode } from '../decode/decode.js';
import type { Decoded } from '../decode/decoded.js';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.js';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.js';
import { UDP_HEADER_LENGTH } from '../wire/udp.js';
import { ENCAPSULATIONS } from './encapsulations.js';

/** Encapsulations that other traffic may have: someone's overlay network, and another mirror's copies of it. */
const MOST_NESTED = 2;

const LONGEST_OVERHEAD = Math.max(...ENCAPSULATIONS.map(({ overhead }) => overhead));
const LONGEST_IP = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;

/** Bytes of a frame that `isNestedTooDeep` reads: up to the first byte of the encapsulation too many, rounded up. */
export const NESTED_BYTES =
  (MOST_NESTED * (LONGEST_IP + LONGEST_OVERHEAD) + LONGEST_IP + UDP_HEADER_LENGTH + 1 + 7) & ~7;

/**
 * True for a frame in more encapsulations than other traffic has. Looks as far as the frame is captured.
 * @param decoded of the frame. @param scratch takes the frames inside.
 */
export function isNestedTooDeep(
  bytes: Uint8Array,
  offset: number,
  length: number,
  decoded: Decoded,
  scratch: Decoded,
): boolean {
  const end = offset + length;
  let at = offset;
  let current = decoded;
  for (let depth = 0; depth <= MOST_NESTED; depth++) {
    const frame = frameInside(bytes, at, end, current);
    if (frame < 0) return false;
    at = frame;
    decode(bytes, at, end - at, scratch);
    current = scratch;
  }
  return true;
}

/** @returns the offset of the frame that stands in an encapsulation, or -1. */
function frameInside(bytes: Uint8Array, offset: number, end: number, decoded: Decoded): number {
  for (let index = 0; index < ENCAPSULATIONS.length; index++) {
    const encapsulation = ENCAPSULATIONS[index];
    if (encapsulation.carriesFrame(bytes, offset, end, decoded)) {
      return offset + decoded.transportOffset + encapsulation.overhead;
    }
  }
  return -1;
}
