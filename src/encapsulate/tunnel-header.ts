/**
 * The headers of a session's encapsulation as a template, such as those of VXLAN (RFC 7348 §5). Between packets only the
 * source port and the length of UDP differ. The UDP checksum is 0: none, over IPv4; over IPv6 it is filled in later.
 *
 *      0             2                4        6               8
 *     +-------------+----------------+--------+---------------+---------------------------+
 *     | source port | 4789           | length | checksum 0    | VXLAN flags, VNI          |
 *     +-------------+----------------+--------+---------------+---------------------------+
 */
import { PROTOCOL_UDP } from '../wire/transport.js';
import { setUdpPortAndLength } from '../wire/udp.js';
import type { Encapsulation } from './encapsulation.js';

/** UDP and a header of 8 bytes, such as VXLAN's. */
const SHORT_UDP_BYTES = 16;

/** The headers of one session. */
export class TunnelHeader {
  readonly encapsulation: Encapsulation;
  readonly #template: Uint8Array;
  readonly #words: Int32Array;
  readonly #hasUdp: boolean;
  readonly #isShortUdp: boolean;

  /** @param vni 0–16777215. */
  constructor(encapsulation: Encapsulation, vni: number) {
    this.encapsulation = encapsulation;
    this.#template = new Uint8Array(encapsulation.overhead);
    this.#words = new Int32Array(this.#template.buffer);
    this.#hasUdp = encapsulation.protocol === PROTOCOL_UDP;
    this.#isShortUdp = this.#hasUdp && encapsulation.overhead === SHORT_UDP_BYTES;
    encapsulation.write(this.#template, 0, vni);
  }

  /**
   * Writes the headers as 32-bit words, on a little-endian machine.
   * @param word index of the first. @param innerLength bytes of the frame that follow.
   * @param sourcePort of UDP; without UDP it is not written.
   */
  writeWords(words: Int32Array, word: number, innerLength: number, sourcePort: number): void {
    if (!this.#isShortUdp) {
      this.#writeAnyWords(words, word, innerLength, sourcePort);
      return;
    }
    const template = this.#words;
    words[word] = template[0] | swapUint16(sourcePort);
    words[word + 1] = swapUint16(SHORT_UDP_BYTES + innerLength);
    words[word + 2] = template[2];
    words[word + 3] = template[3];
  }

  /** Writes the headers as bytes; parameters as for `writeWords`. */
  writeTo(bytes: Uint8Array, offset: number, innerLength: number, sourcePort: number): void {
    const template = this.#template;
    const { length } = template;
    for (let index = 0; index < length; index++) bytes[offset + index] = template[index];
    if (this.#hasUdp) setUdpPortAndLength(bytes, offset, sourcePort, length + innerLength);
  }

  /** Apart from `writeWords`, which V8 inlines while it is short: bench:micro, "flow hash, all 36 bytes". */
  #writeAnyWords(words: Int32Array, word: number, innerLength: number, sourcePort: number): void {
    const template = this.#words;
    for (let index = 0; index < template.length; index++) words[word + index] = template[index];
    if (!this.#hasUdp) return;
    words[word] = template[0] | swapUint16(sourcePort);
    words[word + 1] = swapUint16((template.length << 2) + innerLength);
  }
}

/** A 16-bit number as a little-endian machine stores it to appear in network byte order. */
export function swapUint16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
