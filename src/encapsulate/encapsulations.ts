/**
 * Every encapsulation, by name, and what is asked of all of them: which frames are copies, or copies of copies. Those
 * of other mirrors are found only as far as they use these encapsulations.
 */
import { decode } from '../decode/decode.js';
import type { Decoded } from '../decode/decoded.js';
import type { EncapsulationName } from '../plan/mirror-plan.js';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.js';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.js';
import { UDP_HEADER_LENGTH } from '../wire/udp.js';
import type { Encapsulation } from './encapsulation.js';
import { VXLAN } from './vxlan.js';

const BY_NAME = { vxlan: VXLAN } satisfies Record<EncapsulationName, Encapsulation>;

export const ENCAPSULATIONS: readonly Encapsulation[] = Object.values(BY_NAME);

/** UDP ports of the encapsulations, and IP protocols of those that are not over UDP. */
const PORTS = ENCAPSULATIONS.flatMap(({ port }) => port ?? []);
const PROTOCOLS = ENCAPSULATIONS.flatMap(({ port, protocol }) => (port === undefined ? protocol : []));

/**
 * The most encapsulations that traffic has when no loop made it: one of an overlay network, and one of another mirror
 * that copied it.
 */
const MAXIMUM_NESTED = 2;

const LONGEST_OVERHEAD = Math.max(...ENCAPSULATIONS.map(({ overhead }) => overhead));
const LONGEST_IP = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;

/** Bytes of a frame that `isNestedTooDeep` reads: up to the first byte of one encapsulation too many, rounded up. */
export const NESTED_BYTES =
  (MAXIMUM_NESTED * (LONGEST_IP + LONGEST_OVERHEAD) + LONGEST_IP + UDP_HEADER_LENGTH + 1 + 7) & ~7;

/** The encapsulation of a session. @param name undefined: VXLAN. */
export function encapsulationOf(name: EncapsulationName = 'vxlan'): Encapsulation {
  return BY_NAME[name];
}

/** True for the port or protocol of an encapsulation. This quick test is false for most frames that are no copies. */
export function mayBeCopy({ destinationPort, protocol }: Decoded): boolean {
  for (let index = 0; index < PORTS.length; index++) if (destinationPort === PORTS[index]) return true;
  for (let index = 0; index < PROTOCOLS.length; index++) if (protocol === PROTOCOLS[index]) return true;
  return false;
}

/** True for outer headers as this program writes them. @param decoded of a packet, which may be cut behind them. */
export function isOwnCopy(decoded: Decoded): boolean {
  for (let index = 0; index < ENCAPSULATIONS.length; index++) {
    if (ENCAPSULATIONS[index].isOwnCopy(decoded)) return true;
  }
  return false;
}

/**
 * True for a copy of copies: a frame in more encapsulations than other traffic has. Reads no further than the frame is
 * captured.
 * @param decoded of the frame. @param scratch holds the frames inside, one after another.
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
  for (let depth = 0; depth <= MAXIMUM_NESTED; depth++) {
    const frame = frameInside(bytes, at, end, current);
    if (frame < 0) return false;
    at = frame;
    decode(bytes, at, end - at, scratch);
    current = scratch;
  }
  return true;
}

/** @returns the offset of the frame inside an encapsulation, or -1 when there is none. */
function frameInside(bytes: Uint8Array, offset: number, end: number, decoded: Decoded): number {
  for (let index = 0; index < ENCAPSULATIONS.length; index++) {
    const encapsulation = ENCAPSULATIONS[index];
    if (encapsulation.carriesFrame(bytes, offset, end, decoded)) {
      return offset + decoded.transportOffset + encapsulation.overhead;
    }
  }
  return -1;
}
