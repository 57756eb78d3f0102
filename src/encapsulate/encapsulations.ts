/**
 * Every encapsulation, by name, and what is asked of all of them: which frames are copies, or copies of copies. Those
 * of other mirrors are found only as far as they use these encapsulations.
 */
import { decode } from '../decode/decode.js';
import type { Decoded } from '../decode/decoded.js';
import type { EncapsulationName, EncapsulationPlan } from '../plan/mirror-plan.js';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.js';
import { IPV6_HEADER_LENGTH } from '../wire/ipv6.js';
import { UDP_HEADER_LENGTH } from '../wire/udp.js';
import type { Encapsulation } from './encapsulation.js';
import { GENEVE, geneve } from './geneve.js';
import { VXLAN } from './vxlan.js';

/** Each in its shortest form. */
const BY_NAME = { vxlan: VXLAN, geneve: GENEVE } satisfies Record<EncapsulationName, Encapsulation>;

/** Those whose headers have several forms. */
const BY_PLAN: Partial<Record<EncapsulationName, (plan: EncapsulationPlan) => Encapsulation>> = { geneve };

/** One of each, in its shortest form. */
export const ENCAPSULATIONS: readonly Encapsulation[] = Object.values(BY_NAME);

/** UDP ports of the encapsulations, and IP protocols of those that are not over UDP. */
const PORTS = ENCAPSULATIONS.flatMap(({ port }) => port ?? []);
const PROTOCOLS = ENCAPSULATIONS.flatMap(({ port, protocol }) => (port === undefined ? protocol : []));
/** `mayBeCopy` finds two ports by one comparison. */
const [FIRST_PORT, SECOND_PORT = FIRST_PORT, ...OTHER_PORTS] = PORTS;
const HAS_OTHERS = OTHER_PORTS.length + PROTOCOLS.length > 0;

/**
 * The most encapsulations that traffic has when no loop made it: one of an overlay network, and one of another mirror
 * that copied it.
 */
const MAXIMUM_NESTED = 2;

const LONGEST_IP = ETHERNET_HEADER_LENGTH + IPV6_HEADER_LENGTH;

/**
 * Bytes of a frame that `isNestedTooDeep` reads: up to the first byte of one encapsulation too many, rounded up.
 * @param overhead the most that an encapsulation has there, in bytes.
 */
export function nestedBytes(overhead: number): number {
  return (MAXIMUM_NESTED * (LONGEST_IP + overhead) + LONGEST_IP + UDP_HEADER_LENGTH + 1 + 7) & ~7;
}

/** The most overhead of copies that may come back past a source: those of its own sessions, and the shortest of all. */
export function longestOverhead(sessions: readonly { readonly encapsulation?: EncapsulationPlan }[]): number {
  const own = sessions.map(({ encapsulation }) => encapsulationOf(encapsulation).overhead);
  return Math.max(...ENCAPSULATIONS.map(({ overhead }) => overhead), ...own);
}

/** The encapsulation of a session. @param plan undefined: VXLAN. */
export function encapsulationOf(plan: EncapsulationPlan = { name: 'vxlan' }): Encapsulation {
  return BY_PLAN[plan.name]?.(plan) ?? BY_NAME[plan.name];
}

/** True for the port or protocol of an encapsulation. This quick test is false for most frames that are no copies. */
export function mayBeCopy(decoded: Decoded): boolean {
  const { destinationPort } = decoded;
  // Ports have 16 bits: no product of two differences but 0 is a multiple of 2 ** 32.
  if (Math.imul(destinationPort - FIRST_PORT, destinationPort - SECOND_PORT) === 0) return true;
  return HAS_OTHERS && (OTHER_PORTS.includes(destinationPort) || PROTOCOLS.includes(decoded.protocol));
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
    const frame = ENCAPSULATIONS[index].frameInside(bytes, offset, end, decoded);
    if (frame >= 0) return frame;
  }
  return -1;
}
