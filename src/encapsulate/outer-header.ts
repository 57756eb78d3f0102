/**
 * The outer headers of a copy as a template (RFC 7348 §5): between the packets of a session only two lengths,
 * the source port and the IP checksum differ.
 *
 *      0         20      28       36
 *     +---------+-------+--------+----------
 *     | IPv4    | UDP   | VXLAN  | frame ...
 *     +---------+-------+--------+----------
 */
import { updateChecksum } from '../wire/checksum.js';
import { emitIpv4, IPV4_HEADER_LENGTH, ipv4Checksum, setIpv4Length } from '../wire/ipv4.js';
import { emitUdp, PROTOCOL_UDP, setUdpFlow, UDP_HEADER_LENGTH } from '../wire/transport.js';
import { emitVxlan, VXLAN_HEADER_LENGTH, VXLAN_PORT } from '../wire/vxlan.js';

/** What a copy needs beside the inner frame, over IPv4. */
export const OUTER_HEADER_BYTES = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH;

/** What a raw UDP socket is given: the kernel writes the IP header. */
export const UDP_AND_VXLAN_BYTES = UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH;

const UDP_OFFSET = IPV4_HEADER_LENGTH;
const VXLAN_OFFSET = UDP_OFFSET + UDP_HEADER_LENGTH;
/** The largest: a copy is told from a forwarded packet by it. */
const TIME_TO_LIVE = 255;

export class OuterHeader {
  readonly length = OUTER_HEADER_BYTES;
  readonly #template = new Uint8Array(OUTER_HEADER_BYTES);
  readonly #udpWords: Int32Array;
  /** Of the IP header with the total length of an empty copy. */
  readonly #emptyChecksum: number;

  /**
   * @param source outer source address in dotted form, checked by whoever made the plan.
   * @param destination the target's address, likewise.
   * @param vni 0–16777215.
   */
  constructor(source: string, destination: string, vni: number) {
    emitIpv4(this.#template, 0, {
      totalLength: OUTER_HEADER_BYTES,
      // An atomic datagram needs none (RFC 6864 §4.1).
      identification: 0,
      dontFragment: true,
      timeToLive: TIME_TO_LIVE,
      protocol: PROTOCOL_UDP,
      source: addressFromText(source),
      destination: addressFromText(destination),
    });
    this.#emptyChecksum = ipv4Checksum(this.#template, 0);
    emitUdp(this.#template, UDP_OFFSET, 0, VXLAN_PORT, 0, 0);
    emitVxlan(this.#template, VXLAN_OFFSET, vni);
    this.#udpWords = new Int32Array(this.#template.slice(UDP_OFFSET).buffer);
  }

  /**
   * Writes UDP and VXLAN headers as four 32-bit words, on a little-endian machine.
   * @param word index of the first.
   */
  writeUdpWords(words: Int32Array, word: number, innerLength: number, sourcePort: number): void {
    const template = this.#udpWords;
    words[word] = template[0] | swapUint16(sourcePort);
    words[word + 2] = template[2];
    words[word + 3] = template[3];
    words[word + 1] = swapUint16(UDP_AND_VXLAN_BYTES + innerLength);
  }

  /**
   * Writes the 36 bytes.
   * @param innerLength bytes of the frame that follow. @param sourcePort UDP source port.
   */
  writeTo(bytes: Uint8Array, offset: number, innerLength: number, sourcePort: number): void {
    const template = this.#template;
    for (let index = 0; index < OUTER_HEADER_BYTES; index++) bytes[offset + index] = template[index];
    const total = OUTER_HEADER_BYTES + innerLength;
    const checksum = updateChecksum(this.#emptyChecksum, OUTER_HEADER_BYTES, total);
    setIpv4Length(bytes, offset, total, checksum);
    setUdpFlow(bytes, offset + UDP_OFFSET, sourcePort, total - IPV4_HEADER_LENGTH);
  }
}

/** A 16-bit number as a little-endian machine stores it to appear in network byte order. */
function swapUint16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}

/** "a.b.c.d" as an int32. */
function addressFromText(text: string): number {
  return text.split('.').reduce((word, part) => (word << 8) | Number(part), 0);
}
