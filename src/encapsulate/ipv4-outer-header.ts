/** Outer headers over IPv4 (RFC 791), from a template: lengths, source port and checksum differ between packets. */
import type { CopyOptions } from '../plan/mirror-plan.js';
import { addressBytes } from '../wire/address.js';
import * as checksums from '../wire/checksum.js';
import { readInt32 } from '../wire/integers.js';
import { emitIpv4, IPV4_HEADER_LENGTH, ipv4Checksum, setIpv4Fragment, setIpv4Length } from '../wire/ipv4.js';
import type { Encapsulation } from './encapsulation.js';
import type { OuterHeader } from './outer-header.js';
import type { TunnelHeader } from './tunnel-header.js';
import * as tunnels from './tunnel-header.js';

/** The greatest. A forwarded packet has less, so this marks our own copies. */
const TIME_TO_LIVE = 255;
const HEADER_WORDS = IPV4_HEADER_LENGTH / 4;
const { updateChecksum } = checksums;
const { swapUint16 } = tunnels;
const LOW_HALF = 0xffff;

/** Outer headers over IPv4. */
export class Ipv4OuterHeader implements OuterHeader {
  readonly length: number;
  readonly ipLength = IPV4_HEADER_LENGTH;
  readonly fragmentHeaderLength = IPV4_HEADER_LENGTH;
  /** The IP header of a copy with an empty frame. */
  readonly #template = new Uint8Array(IPV4_HEADER_LENGTH);
  readonly #words: Int32Array;
  readonly #emptyChecksum: number;
  /** False: 0 will do, as with "don't fragment" no identification is needed (RFC 6864 §4.1). */
  readonly #identified: boolean;
  /** Random at the start, since a receiver may still wait for fragments of packets from an earlier run. */
  #identification = Math.floor(Math.random() * 0xffff);

  /**
   * @param source outer source address, checked when the plan was made. @param target likewise.
   * @param oversize fragment: without "don't fragment".
   */
  constructor(encapsulation: Encapsulation, source: string, target: string, { oversize, dscp }: CopyOptions) {
    const mayFragment = oversize === 'fragment';
    this.length = IPV4_HEADER_LENGTH + encapsulation.overhead;
    emitIpv4(this.#template, 0, {
      totalLength: this.length,
      identification: 0,
      dontFragment: !mayFragment,
      dscp,
      timeToLive: TIME_TO_LIVE,
      protocol: encapsulation.protocol,
      source: readInt32(addressBytes(source), 0),
      destination: readInt32(addressBytes(target), 0),
    });
    this.#words = new Int32Array(this.#template.buffer);
    this.#emptyChecksum = ipv4Checksum(this.#template, 0);
    this.#identified = mayFragment;
  }

  /** 1–65535. Not 0, for which a raw socket chooses a number of its own (raw(7)). */
  nextIdentification(): number {
    this.#identification = (this.#identification % 0xffff) + 1;
    return this.#identification;
  }

  /**
   * Writes all headers as 32-bit words, on a little-endian machine, for a packet socket: the identification, which the
   * kernel would choose for a raw socket, is chosen here.
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
    const total = this.length + innerLength;
    const identification = this.#identified ? this.nextIdentification() : 0;
    const unidentified = this.#checksumOf(total);
    const checksum = identification === 0 ? unidentified : updateChecksum(unidentified, 0, identification);
    words[word] = (template[0] & LOW_HALF) | (swapUint16(total) << 16);
    words[word + 1] = template[1] | swapUint16(identification);
    words[word + 2] = (template[2] & LOW_HALF) | (swapUint16(checksum) << 16);
    words[word + 3] = template[3];
    words[word + 4] = template[4];
    tunnel.writeWords(words, word + HEADER_WORDS, innerLength, sourcePort);
  }

  /** The identification is 0, for which a raw socket chooses one (raw(7)). */
  writeTo(
    bytes: Uint8Array,
    offset: number,
    innerLength: number,
    tunnel: TunnelHeader,
    sourcePort: number,
  ): void {
    this.#copyTemplate(bytes, offset);
    const total = this.length + innerLength;
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
    return updateChecksum(this.#emptyChecksum, this.length, total);
  }

  #copyTemplate(bytes: Uint8Array, offset: number): void {
    const template = this.#template;
    for (let index = 0; index < IPV4_HEADER_LENGTH; index++) bytes[offset + index] = template[index];
  }
}
