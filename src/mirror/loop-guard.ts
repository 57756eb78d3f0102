/**
 * Finds frames that mirroring itself has caused, where no socket mark tells them: copies of our copies, which another
 * mirror has sent back past the source, and ICMP errors about our copies. Mirroring them would cause more of them,
 * without end.
 */
import { decodeIpv4 } from '../decode/decode-ipv4.js';
import { decodeIpv6 } from '../decode/decode-ipv6.js';
import { Decoded, KIND_IPV4, KIND_IPV6 } from '../decode/decoded.js';
import { vxlanDepth } from '../decode/vxlan-depth.js';
import { FIRST_SOURCE_PORT } from '../encapsulate/flow-hash.js';
import type { Frame } from '../io/frame.js';
import { addressBytes } from '../wire/address.js';
import { readInt32 } from '../wire/big-endian.js';
import {
  ICMP_ERROR_HEADER_LENGTH,
  isIcmpError,
  isIcmpv6Error,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_UDP,
} from '../wire/transport.js';
import { VXLAN_PORT } from '../wire/vxlan.js';

/** An overlay network, and another mirror's copies of it, are mirrored: that is two levels of VXLAN. */
const MOST_NESTED = 2;

/** The four words of an address, as in Decoded. */
type AddressWords = readonly [number, number, number, number];

/** A cheap test: false for most frames, true for those that `LoopGuard` has to look into. */
export function mayBeMirrorLoop(decoded: Decoded): boolean {
  const { destinationPort, protocol } = decoded;
  return destinationPort === VXLAN_PORT || protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6;
}

export class LoopGuard {
  readonly #targets: readonly AddressWords[];
  readonly #scratch = new Decoded();

  /** @param targetAddresses of every source: the addresses that copies go to. */
  constructor(targetAddresses: readonly string[]) {
    this.#targets = targetAddresses.map(wordsOf);
  }

  /** True for a frame that must not be mirrored. @param decoded of the frame. */
  isMirrorLoop(frame: Frame, decoded: Decoded): boolean {
    if (decoded.destinationPort === VXLAN_PORT) {
      const { bytes, offset, capturedLength } = frame;
      const most = MOST_NESTED + 1;
      return vxlanDepth(bytes, offset, capturedLength, decoded, this.#scratch, most) > MOST_NESTED;
    }
    return this.#isIcmpErrorAboutCopy(frame, decoded);
  }

  /** True for an ICMP error that quotes a copy. */
  #isIcmpErrorAboutCopy({ bytes, offset, capturedLength }: Frame, decoded: Decoded): boolean {
    const end = offset + capturedLength;
    const error = offset + decoded.transportOffset;
    const quoted = error + ICMP_ERROR_HEADER_LENGTH;
    if (quoted >= end) return false;
    const { protocol } = decoded;
    const copy = this.#scratch;
    if (protocol === PROTOCOL_ICMP && isIcmpError(bytes, error)) decodeIpv4(bytes, quoted, quoted, end, copy);
    else if (protocol === PROTOCOL_ICMPV6 && isIcmpv6Error(bytes, error))
      decodeIpv6(bytes, quoted, quoted, end, copy);
    else return false;
    return isCopy(copy) && this.#targets.some((target) => isFor(copy, target));
  }
}

function isCopy({ kind, protocol, sourcePort, destinationPort }: Decoded): boolean {
  if (kind !== KIND_IPV4 && kind !== KIND_IPV6) return false;
  return protocol === PROTOCOL_UDP && destinationPort === VXLAN_PORT && sourcePort >= FIRST_SOURCE_PORT;
}

function isFor(decoded: Decoded, [word0, word1, word2, word3]: AddressWords): boolean {
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
