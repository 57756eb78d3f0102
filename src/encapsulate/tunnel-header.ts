/**
 * The headers of a session's encapsulation as a template, such as those of VXLAN (RFC 7348 §5). Between packets only the
 * source port and the length of UDP differ, and what an encapsulation tells of each frame. The UDP checksum is 0: none,
 * over IPv4; over IPv6 it is filled in later.
 *
 *      0             2                4        6               8
 *     +-------------+----------------+--------+---------------+---------------------------+
 *     | source port | 4789           | length | checksum 0    | VXLAN flags, VNI          |
 *     +-------------+----------------+--------+---------------+---------------------------+
 */
import { writeUint32 } from '../wire/integers.js';
import { PROTOCOL_UDP } from '../wire/transport.js';
import { setUdpPortAndLength } from '../wire/udp.js';
import type { CopiedFrom, Encapsulation } from './encapsulation.js';

/** UDP and a header of 8 bytes, such as VXLAN's. */
const SHORT_UDP_BYTES = 16;
/** Where no encapsulation tells it. */
const UNTOLD: CopiedFrom = { sessionNumber: 0, direction: 'ingress' };
const NANOSECONDS = 1e9;
const LOW_16_BITS = 0x10000;
const LOW_32_BITS = 2 ** 32;

/** The headers of one session. */
export class TunnelHeader {
  readonly encapsulation: Encapsulation;
  readonly #template: Uint8Array;
  readonly #words: Int32Array;
  readonly #hasUdp: boolean;
  readonly #isShortUdp: boolean;
  /** Where the template has what differs from frame to frame; 0: it does not. */
  readonly #captureTime: number;
  readonly #originalLength: number;

  /** @param vni 0–16777215. @param from for encapsulations that tell it. */
  constructor(encapsulation: Encapsulation, vni: number, from = UNTOLD) {
    this.encapsulation = encapsulation;
    this.#template = new Uint8Array(encapsulation.overhead);
    this.#words = new Int32Array(this.#template.buffer);
    this.#hasUdp = encapsulation.protocol === PROTOCOL_UDP;
    this.#isShortUdp = this.#hasUdp && encapsulation.overhead === SHORT_UDP_BYTES;
    this.#captureTime = encapsulation.frameFields?.captureTime ?? 0;
    this.#originalLength = encapsulation.frameFields?.originalLength ?? 0;
    encapsulation.write(this.#template, 0, vni, from);
  }

  /**
   * Sets what the encapsulation tells of the next frame: `writeWords` and `writeTo` write it until it is set again.
   * @param seconds since 1970, and nanoseconds, at which it was captured. @param originalLength bytes on the wire.
   */
  setFrame(seconds: number, nanoseconds: number, originalLength: number): void {
    if (this.#captureTime > 0) this.#setTime(this.#captureTime, seconds, nanoseconds);
    if (this.#originalLength > 0) writeUint32(this.#template, this.#originalLength, originalLength);
  }

  /** Sets it to what headers tell that were written before. @param end index of the word behind them. */
  setFrameAsWritten(words: Int32Array, end: number): void {
    if (this.encapsulation.frameFields === undefined) return;
    const template = this.#words;
    const first = end - template.length;
    // The first two words are of UDP.
    for (let index = 2; index < template.length; index++) template[index] = words[first + index];
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

  /** In nanoseconds it has more bits than a number holds exactly: the product is made of two parts. */
  #setTime(offset: number, seconds: number, nanoseconds: number): void {
    const high = Math.floor(seconds / LOW_16_BITS) * NANOSECONDS;
    const low = (seconds % LOW_16_BITS) * NANOSECONDS + nanoseconds + (high % LOW_16_BITS) * LOW_16_BITS;
    writeUint32(this.#template, offset, Math.floor(high / LOW_16_BITS) + Math.floor(low / LOW_32_BITS));
    writeUint32(this.#template, offset + 4, low % LOW_32_BITS);
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
