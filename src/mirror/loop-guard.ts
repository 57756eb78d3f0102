/**
 * Finds frames that mirroring itself has caused, where no socket mark tells them: copies of our copies, which another
 * mirror has sent back past the source, and ICMP errors about our copies. Mirroring them would cause more of them,
 * without end.
 */
import { decodeIpv4 } from '../decode/decode-ipv4.js';
import { decodeIpv6 } from '../decode/decode-ipv6.js';
import { Decoded } from '../decode/decoded.js';
import * as encapsulations from '../encapsulate/encapsulations.js';
import type { Frame } from '../io/frame.js';
import { addressBytes } from '../wire/address.js';
import { ICMP_ERROR_HEADER_LENGTH, isIcmpError, isIcmpv6Error } from '../wire/icmp.js';
import { readInt32 } from '../wire/integers.js';
import * as transport from '../wire/transport.js';

const { isNestedTooDeep, isOwnCopy, mayBeCopy } = encapsulations;
const { PROTOCOL_ICMP, PROTOCOL_ICMPV6 } = transport;

/** The four words of an address, as in Decoded. */
type AddressWords = readonly [number, number, number, number];

/** A quick test, which is false for most frames. `LoopGuard` examines the frames for which it is true. */
export function mayBeMirrorLoop(decoded: Decoded): boolean {
  return mayBeCopy(decoded) || isIcmp(decoded);
}

export class LoopGuard {
  #targets: readonly AddressWords[] = [];
  readonly #scratch = new Decoded();

  /** @param targetAddresses all addresses that copies go to, those of other sources too. */
  constructor(targetAddresses: readonly string[]) {
    this.setTargets(targetAddresses);
  }

  /** Goes over to other addresses, between frames. */
  setTargets(targetAddresses: readonly string[]): void {
    this.#targets = targetAddresses.map(wordsOf);
  }

  /** True for a frame that must not be mirrored. @param decoded of the frame. */
  isMirrorLoop(frame: Frame, decoded: Decoded): boolean {
    if (isIcmp(decoded)) return this.#isIcmpErrorAboutCopy(frame, decoded);
    return isNestedTooDeep(frame.bytes, frame.offset, frame.capturedLength, decoded, this.#scratch);
  }

  #isIcmpErrorAboutCopy({ bytes, offset, capturedLength }: Frame, decoded: Decoded): boolean {
    const end = offset + capturedLength;
    const icmp = offset + decoded.transportOffset;
    const quoted = icmp + ICMP_ERROR_HEADER_LENGTH;
    if (quoted >= end) return false;
    const { protocol } = decoded;
    const copy = this.#scratch;
    if (protocol === PROTOCOL_ICMP && isIcmpError(bytes, icmp)) decodeIpv4(bytes, quoted, quoted, end, copy);
    else if (protocol === PROTOCOL_ICMPV6 && isIcmpv6Error(bytes, icmp))
      decodeIpv6(bytes, quoted, quoted, end, copy);
    else return false;
    return isOwnCopy(copy) && this.#targets.some((target) => isAddressedTo(copy, target));
  }
}

function isIcmp({ protocol }: Decoded): boolean {
  return protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6;
}

function isAddressedTo(decoded: Decoded, [word0, word1, word2, word3]: AddressWords): boolean {
  return (
    decoded.destination0 === word0 &&
    decoded.destination1 === word1 &&
    decoded.destination2 === word2 &&
    decoded.destination3 === word3
  );
}

function wordsOf(address: string): AddressWords {
  const bytes = new Uint8Array(16);
  bytes.set(addressBytes(address));
  return [readInt32(bytes, 0), readInt32(bytes, 4), readInt32(bytes, 8), readInt32(bytes, 12)];
}
