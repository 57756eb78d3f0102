/** Outer headers over IPv4 (RFC 791), from a template: two lengths, the source port and the checksum differ. */
import { addressBytes } from '../wire/address.js';
import { updateChecksum } from '../wire/checksum.js';
import { readInt32 } from '../wire/integers.js';
import { emitIpv4, IPV4_HEADER_LENGTH, ipv4Checksum, setIpv4Fragment, setIpv4Length } from '../wire/ipv4.js';
import { PROTOCOL_UDP } from '../wire/transport.js';
import type { OuterHeader } from './outer-header.js';
import { IPV4_OVERHEAD } from './outer-size.js';
import { swapUint16, type TunnelHeader } from './tunnel-header.js';

/** The largest: a copy is told from a forwarded packet by it. */
const TIME_TO_LIVE = 255;
const HEADER_WORDS = IPV4_HEADER_LENGTH / 4;
const LOW_HALF = 0xffff;

export class Ipv4OuterHeader implements OuterHeader {
  readonly length = IPV4_OVERHEAD;
  readonly ipLength = IPV4_HEADER_LENGTH;
  readonly fragmentHeaderLength = IPV4_HEADER_LENGTH;
  /** The IP header of a copy of nothing. */
  readonly #template = new Uint8Array(IPV4_HEADER_LENGTH);
  readonly #words: Int32Array;
  readonly #emptyChecksum: number;
  /** With "don't fragment" none is needed (RFC 6864 §4.1): 0. */
  readonly #identified: boolean;
  /** Not the same at every start: a receiver may still wait for the rest of an earlier packet. */
  #identification = Math.floor(Math.random() * 0xffff);

  /**
   * @param source outer source address, checked by whoever made the plan. @param target likewise.
   * @param mayFragment without "don't fragment".
   */
  constructor(source: string, target: string, mayFragment: boolean) {
    emitIpv4(this.#template, 0, {
      totalLength: IPV4_OVERHEAD,
      identification: 0,
      dontFragment: !mayFragment,
      timeToLive: TIME_TO_LIVE,
      protocol: PROTOCOL_UDP,
      source: readInt32(addressBytes(source), 0),
      destination: readInt32(addressBytes(target), 0),
    });
    this.#words = new Int32Array(this.#template.buffer);
    this.#emptyChecksum = ipv4Checksum(this.#template, 0);
    this.#identified = mayFragment;
  }

  /** 1–65535: for 0 a raw socket puts a number of its own (raw(7)). */
  identify(): number {
    this.#identification = (this.#identification % 0xffff) + 1;
    return this.#identification;
  }

  /**
   * Writes all 36 bytes as 32-bit words, on a little-endian machine, for a way that chooses nothing itself.
   * @param word index of the first.
   */
  writeWords(
    words: Int32Array,
    word: number,
    innerLength: number,
    tunnel: TunnelHeader,
    sourcePort: number,
  ): void {
    const template = this.#words;
    const total = IPV4_OVERHEAD + innerLength;
    const identification = this.#identified ? this.identify() : 0;
    const checksum = updateChecksum(this.#checksumOf(total), 0, identification);
    words[word] = (template[0] & LOW_HALF) | (swapUint16(total) << 16);
    words[word + 1] = template[1] | swapUint16(identification);
    words[word + 2] = (template[2] & LOW_HALF) | (swapUint16(checksum) << 16);
    words[word + 3] = template[3];
    words[word + 4] = template[4];
    tunnel.writeUdpWords(words, word + HEADER_WORDS, innerLength, sourcePort);
  }

  /** As `OuterHeader` says; without an identification, which a raw socket then chooses (raw(7)). */
  writeTo(
    bytes: Uint8Array,
    offset: number,
    innerLength: number,
    tunnel: TunnelHeader,
    sourcePort: number,
  ): void {
    this.#copyTemplate(bytes, offset);
    const total = IPV4_OVERHEAD + innerLength;
    setIpv4Length(bytes, offset, total, this.#checksumOf(total));
    tunnel.writeTo(bytes, offset + IPV4_HEADER_LENGTH, innerLength, sourcePort);
  }

  writeFragmentTo(
    bytes: Uint8Array,
    offset: number,
    payloadLength: number,
    fragmentOffset: number,
    more: boolean,
    identification: number,
  ): void {
    this.#copyTemplate(bytes, offset);
    setIpv4Fragment(bytes, offset, IPV4_HEADER_LENGTH + payloadLength, identification, fragmentOffset, more);
  }

  #checksumOf(total: number): number {
    return updateChecksum(this.#emptyChecksum, IPV4_OVERHEAD, total);
  }

  #copyTemplate(bytes: Uint8Array, offset: number): void {
    const template = this.#template;
    for (let index = 0; index < IPV4_HEADER_LENGTH; index++) bytes[offset + index] = template[index];
  }
}
