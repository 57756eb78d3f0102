/**
 * All headers in front of a frame that goes straight to a device: Ethernet for a known next hop, IPv4, and those of the
 * encapsulation. They end at a word boundary, so they are written as words:
 *
 *     [ padding 2 | Ethernet 14 | IPv4 20 | encapsulation ] frame
 */
import type { CopyOptions } from '../plan/mirror-plan.js';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE_IPV4, emitEthernet } from '../wire/ethernet.js';
import { IPV4_HEADER_LENGTH } from '../wire/ipv4.js';
import type { Encapsulation } from './encapsulation.js';
import { Ipv4OuterHeader } from './ipv4-outer-header.js';
import type { TunnelHeader } from './tunnel-header.js';

const PADDED_ETHERNET_BYTES = 16;
const PADDED_ETHERNET_WORDS = PADDED_ETHERNET_BYTES / 4;

/** The Ethernet addresses on the way to a target, 6 bytes each. */
export interface EthernetAddresses {
  readonly destinationMac: Uint8Array;
  readonly sourceMac: Uint8Array;
}

/** Bytes of all headers of copies in an encapsulation, with the padding: no way that a socket sends them has more. */
export function directHeaderBytes({ overhead }: Encapsulation): number {
  return PADDED_ETHERNET_BYTES + IPV4_HEADER_LENGTH + overhead;
}

export class DirectHeader {
  /** Bytes of all headers, without the padding. */
  readonly length: number;
  readonly #ethernet: Int32Array;
  readonly #ip: Ipv4OuterHeader;
  readonly #ipWords: number;

  /** @param source outer source address, of IPv4. @param copies with `oversize: fragment` routers may fragment the packets. */
  constructor(
    encapsulation: Encapsulation,
    { destinationMac, sourceMac }: EthernetAddresses,
    source: string,
    target: string,
    copies: CopyOptions,
  ) {
    this.#ip = new Ipv4OuterHeader(encapsulation, source, target, copies);
    this.#ipWords = this.#ip.length >>> 2;
    this.length = ETHERNET_HEADER_LENGTH + this.#ip.length;
    const ethernet = new Uint8Array(PADDED_ETHERNET_BYTES);
    const padding = PADDED_ETHERNET_BYTES - ETHERNET_HEADER_LENGTH;
    emitEthernet(ethernet, padding, destinationMac, sourceMac, ETHERTYPE_IPV4);
    this.#ethernet = new Int32Array(ethernet.buffer);
  }

  /** Writes the headers in front of a frame. @param frameWord index of the word at which it begins. */
  writeWords(
    words: Int32Array,
    frameWord: number,
    innerLength: number,
    tunnel: TunnelHeader,
    sourcePort: number,
  ): void {
    const ethernet = this.#ethernet;
    const ip = frameWord - this.#ipWords;
    const first = ip - PADDED_ETHERNET_WORDS;
    words[first] = ethernet[0];
    words[first + 1] = ethernet[1];
    words[first + 2] = ethernet[2];
    words[first + 3] = ethernet[3];
    this.#ip.writeWords(words, ip, innerLength, tunnel, sourcePort);
  }
}
