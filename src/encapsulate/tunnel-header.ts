/**
 * UDP and VXLAN headers of a session's copies as a template (RFC 7348 §5): between its packets only the source
 * port and the length differ. They are the same over IPv4 and IPv6, but for the checksum that IPv6 asks for.
 *
 *      0             2                4        6               8
 *     +-------------+----------------+--------+---------------+---------------------------+
 *     | source port | 4789           | length | checksum 0    | VXLAN flags, VNI          |
 *     +-------------+----------------+--------+---------------+---------------------------+
 */
import { emitUdp, setUdpFlow, UDP_HEADER_LENGTH } from '../wire/udp.js';
import { emitVxlan, VXLAN_HEADER_LENGTH, VXLAN_PORT } from '../wire/vxlan.js';

/** What a raw UDP socket is given: the kernel writes the IP header. */
export const UDP_AND_VXLAN_BYTES = UDP_HEADER_LENGTH + VXLAN_HEADER_LENGTH;

export class TunnelHeader {
  readonly #template = new Uint8Array(UDP_AND_VXLAN_BYTES);
  readonly #words: Int32Array;

  /** @param vni 0–16777215. */
  constructor(vni: number) {
    emitUdp(this.#template, 0, 0, VXLAN_PORT, 0, 0);
    emitVxlan(this.#template, UDP_HEADER_LENGTH, vni);
    this.#words = new Int32Array(this.#template.buffer);
  }

  /**
   * Writes the headers as four 32-bit words, on a little-endian machine.
   * @param word index of the first. @param innerLength bytes of the frame that follow.
   */
  writeUdpWords(words: Int32Array, word: number, innerLength: number, sourcePort: number): void {
    const template = this.#words;
    words[word] = template[0] | swapUint16(sourcePort);
    words[word + 2] = template[2];
    words[word + 3] = template[3];
    words[word + 1] = swapUint16(UDP_AND_VXLAN_BYTES + innerLength);
  }

  /** Writes the 16 bytes. @param innerLength bytes of the frame that follow. @param sourcePort UDP source port. */
  writeTo(bytes: Uint8Array, offset: number, innerLength: number, sourcePort: number): void {
    const template = this.#template;
    for (let index = 0; index < UDP_AND_VXLAN_BYTES; index++) bytes[offset + index] = template[index];
    setUdpFlow(bytes, offset, sourcePort, UDP_AND_VXLAN_BYTES + innerLength);
  }
}

/** A 16-bit number as a little-endian machine stores it to appear in network byte order. */
export function swapUint16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}
