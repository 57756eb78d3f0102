/** Checksums that were left to the network card, as it would have completed them (skb_checksum_help in the kernel). */
import { type Decoded, KIND_IPV4 } from '../decode/decoded.js';
import { onesSum, wordSum } from '../wire/checksum.js';
import { writeUint16 } from '../wire/integers.js';
import { PROTOCOL_SCTP } from '../wire/transport.js';
import { UDP_CHECKSUM } from '../wire/udp.js';

/** A frame whose checksum is to be completed, as `Frame` describes it. */
export interface UnfinishedFrame {
  readonly bytes: Uint8Array;
  readonly words: Int32Array | undefined;
  readonly offset: number;
  readonly capturedLength: number;
  readonly checksumStart: number;
  readonly checksumOffset: number;
}

/**
 * Completes the checksum where the frame lies; all of it must be there. The field holds the sum of the pseudo-header.
 * SCTP is left: its checksum is a CRC.
 */
export function completeChecksum(frame: UnfinishedFrame, { kind, protocol }: Decoded): void {
  const { bytes, words, offset, checksumStart } = frame;
  const length = frame.capturedLength - checksumStart;
  const at = offset + checksumStart + frame.checksumOffset;
  if (frame.checksumOffset + 2 > length || (kind >= KIND_IPV4 && protocol === PROTOCOL_SCTP)) return;
  const start = offset + checksumStart;
  const sum =
    words === undefined ? onesSum(bytes, start, length, 0) : wordSum(bytes, words, start, length, 0);
  const checksum = ~sum & 0xffff;
  // Zero would say "none" to UDP. To the others its complement says the same, and the kernel's software writes that to
  // them too (CSUM_MANGLED_0), but receivers that go by RFC 1624 complain of it.
  const isUdp = frame.checksumOffset === UDP_CHECKSUM;
  writeUint16(bytes, at, checksum === 0 && isUdp ? 0xffff : checksum);
}
