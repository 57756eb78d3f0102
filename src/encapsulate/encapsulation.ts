/**
 * An encapsulation: the headers between the outer IP header and the frame of a copy, and how copies are recognized.
 * Each is one file beside this one, a row in encapsulations.ts, and a name in the plan.
 *
 *     [ outer IP | headers of the encapsulation | frame ]
 *                |<- overhead ----------------->|
 */
import { type Decoded, KIND_IPV4, KIND_IPV6 } from '../decode/decoded.js';
import type { Direction, EncapsulationName } from '../plan/mirror-plan.js';
import { PROTOCOL_UDP } from '../wire/transport.js';
import { emitUdp, UDP_HEADER_LENGTH } from '../wire/udp.js';
import { FIRST_SOURCE_PORT } from './flow-hash.js';

/** What the copies of a session in one direction share, beside the VNI. */
export interface CopiedFrom {
  readonly sessionNumber: number;
  readonly direction: Direction;
}

/** Where headers have what differs from frame to frame, in bytes from their start; absent: they do not have it. */
export interface FrameFields {
  /** 8 bytes: nanoseconds since 1970. */
  readonly captureTime?: number;
  /** 4 bytes. */
  readonly originalLength?: number;
}

/** One encapsulation, with headers of one length. */
export interface Encapsulation {
  readonly name: EncapsulationName;
  /** IP protocol of the outer packets. */
  readonly protocol: number;
  /** UDP destination port of the outer packets; undefined: they are not UDP. */
  readonly port: number | undefined;
  /** Bytes of its headers, UDP's included; a multiple of 4. */
  readonly overhead: number;
  /** Absent: but for source port and length of UDP, all packets of a session have the same headers. */
  readonly frameFields?: FrameFields;
  /**
   * Writes its headers, as all packets of a session have them. What differs between packets is 0: source port and length
   * of UDP, and `frameFields`.
   * @param vni 0–16777215.
   */
  write(bytes: Uint8Array, offset: number, vni: number, from: CopiedFrom): void;
  /** True for outer headers as this program writes them. @param decoded of a packet, which may be cut behind them. */
  isOwnCopy(decoded: Decoded): boolean;
  /**
   * Finds the frame that a packet carries.
   * @param offset of the frame in which the packet is. @param end of the captured bytes.
   * @returns its offset, which may be behind `end`; -1: the packet carries none.
   */
  frameInside(bytes: Uint8Array, offset: number, end: number, decoded: Decoded): number;
}

/** The header of an encapsulation behind UDP. */
interface UdpEncapsulation extends Pick<Encapsulation, 'name' | 'frameFields'> {
  readonly port: number;
  /** Bytes, a multiple of 4. */
  readonly headerLength: number;
  readonly writeHeader: Encapsulation['write'];
  /**
   * @param offset of a header of which at least one byte is there. @param end of the captured bytes.
   * @returns bytes of the header in front of the frame; -1: there is no frame behind it.
   */
  readonly lengthOf: (bytes: Uint8Array, offset: number, end: number) => number;
}

/** An encapsulation over UDP. */
export function overUdp(encapsulation: UdpEncapsulation): Encapsulation {
  const { name, port, headerLength, frameFields, writeHeader, lengthOf } = encapsulation;
  const isToPort = ({ kind, protocol, destinationPort }: Decoded): boolean =>
    (kind === KIND_IPV4 || kind === KIND_IPV6) && protocol === PROTOCOL_UDP && destinationPort === port;
  return {
    name,
    protocol: PROTOCOL_UDP,
    port,
    overhead: UDP_HEADER_LENGTH + headerLength,
    ...(frameFields && { frameFields }),
    write: (bytes, offset, vni, from) => {
      emitUdp(bytes, offset, 0, port, 0, 0);
      writeHeader(bytes, offset + UDP_HEADER_LENGTH, vni, from);
    },
    isOwnCopy: (decoded) => isToPort(decoded) && decoded.sourcePort >= FIRST_SOURCE_PORT,
    frameInside: (bytes, offset, end, decoded) => {
      const header = offset + decoded.transportOffset + UDP_HEADER_LENGTH;
      if (!isToPort(decoded) || !decoded.hasPorts || header >= end) return -1;
      const length = lengthOf(bytes, header, end);
      return length < 0 ? -1 : header + length;
    },
  };
}
