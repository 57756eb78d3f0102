/**
 * An encapsulation: the headers between the outer IP header and the frame of a copy, and how copies are recognized.
 * Each is one file beside this one, a row in encapsulations.ts, and a name in the plan.
 *
 *     [ outer IP | headers of the encapsulation | frame ]
 *                |<- overhead ----------------->|
 */
import { type Decoded, KIND_IPV4, KIND_IPV6 } from '../decode/decoded.js';
import type { EncapsulationName } from '../plan/mirror-plan.js';
import { PROTOCOL_UDP } from '../wire/transport.js';
import { emitUdp, UDP_HEADER_LENGTH } from '../wire/udp.js';
import { FIRST_SOURCE_PORT } from './flow-hash.js';

/** One encapsulation. */
export interface Encapsulation {
  readonly name: EncapsulationName;
  /** IP protocol of the outer packets. */
  readonly protocol: number;
  /** UDP destination port of the outer packets; undefined: they are not UDP. */
  readonly port: number | undefined;
  /** Bytes of its headers, UDP's included; a multiple of 4. */
  readonly overhead: number;
  /**
   * Writes its headers, which all packets of a session share. What differs between packets is 0: source port and length
   * of UDP.
   * @param vni 0–16777215.
   */
  write(bytes: Uint8Array, offset: number, vni: number): void;
  /** True for outer headers as this program writes them. @param decoded of a packet, which may be cut behind them. */
  isOwnCopy(decoded: Decoded): boolean;
  /** True when a packet carries a frame. @param offset of the frame in which the packet is. @param end of the captured bytes. */
  carriesFrame(bytes: Uint8Array, offset: number, end: number, decoded: Decoded): boolean;
}

/** The header of an encapsulation behind UDP. */
interface UdpEncapsulation {
  readonly name: EncapsulationName;
  readonly port: number;
  /** Bytes, a multiple of 4. */
  readonly headerLength: number;
  readonly writeHeader: (bytes: Uint8Array, offset: number, vni: number) => void;
  /** @param offset of a header of which at least one byte is there. */
  readonly isHeader: (bytes: Uint8Array, offset: number) => boolean;
}

/** An encapsulation over UDP. */
export function overUdp(encapsulation: UdpEncapsulation): Encapsulation {
  const { name, port, headerLength, writeHeader, isHeader } = encapsulation;
  const isToPort = ({ kind, protocol, destinationPort }: Decoded): boolean =>
    (kind === KIND_IPV4 || kind === KIND_IPV6) && protocol === PROTOCOL_UDP && destinationPort === port;
  return {
    name,
    protocol: PROTOCOL_UDP,
    port,
    overhead: UDP_HEADER_LENGTH + headerLength,
    write: (bytes, offset, vni) => {
      emitUdp(bytes, offset, 0, port, 0, 0);
      writeHeader(bytes, offset + UDP_HEADER_LENGTH, vni);
    },
    isOwnCopy: (decoded) => isToPort(decoded) && decoded.sourcePort >= FIRST_SOURCE_PORT,
    carriesFrame: (bytes, offset, end, decoded) => {
      const header = offset + decoded.transportOffset + UDP_HEADER_LENGTH;
      return isToPort(decoded) && decoded.hasPorts && header < end && isHeader(bytes, header);
    },
  };
}
