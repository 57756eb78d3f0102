/** Completes checksums that were left to the network card, as the kernel does in software (skb_checksum_help). */
import { type Decoded, KIND_IPV4 } from '../decode/decoded.js';
import { onesSum, wordSum } from '../wire/checksum.js';
import { writeUint16 } from '../wire/integers.js';
import { PROTOCOL_SCTP } from '../wire/transport.js';
import { UDP_CHECKSUM } from '../wire/udp.js';

/** The members of `Frame` that describe a checksum to complete. */
export interface UnfinishedFrame {
  readonly bytes: Uint8Array;
  readonly words: Int32Array | undefined;
  readonly offset: number;
  readonly capturedLength: number;
  readonly checksumStart: number;
  readonly checksumOffset: number;
}

/**
 * Completes the checksum in the frame's own bytes; the frame must be captured as a whole. The field holds the sum of
 * the pseudo-header. SCTP frames are left as they are: their checksum is a CRC.
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
  // In UDP, zero means that there is no checksum, so its complement is written. The kernel writes that for the other
  // protocols too (CSUM_MANGLED_0), but receivers that follow RFC 1624 take it for a wrong checksum.
  const isUdp = frame.checksumOffset === UDP_CHECKSUM;
  writeUint16(bytes, at, checksum === 0 && isUdp ? 0xffff : checksum);
}
