/** The sockets that send a batch to its target, and the headers that each wants in front of a copy. */
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import { Ipv4OuterHeader } from '../../encapsulate/ipv4-outer-header.js';
import { innerLengthWithin, longestInnerLength } from '../../encapsulate/outer-header.js';
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import type { Address, Libc } from '../../linux/libc.js';
import type { MessageBatch } from '../../linux/message-batch.js';
import type { NextHop } from '../../linux/routes.js';
import { SendingPacketSocket, SendingRawSocket } from '../../linux/sending-sockets.js';
import type { CopyOptions } from '../../plan/mirror-plan.js';
import { isIpv6Text } from '../../wire/address.js';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE_IPV4, emitEthernet } from '../../wire/ethernet.js';
import { IPV4_HEADER_LENGTH } from '../../wire/ipv4.js';
import { IPV6_HEADER_LENGTH } from '../../wire/ipv6.js';
import { IPV6_FRAGMENT_HEADER_LENGTH } from '../../wire/ipv6-extension.js';

const PADDED_ETHERNET_BYTES = 16;
const PADDED_ETHERNET_WORDS = PADDED_ETHERNET_BYTES / 4;

export interface TxSocket {
  /** How many bytes of each header slot are sent: its last ones. */
  readonly headerBytes: number;
  /** Most bytes of a frame that one packet holds with the path MTU of now. @throws LinuxError */
  readonly maxInnerLength: number;
  /** Most bytes of a frame that the kernel sends in fragments; 0: it fragments nothing. */
  readonly maxFragmentedLength: number;
  /** Copies pass the queue of the device by. */
  readonly isDirect: boolean;
  /** Bytes of the packet of a frame on the device, or of its fragments, Ethernet headers included. */
  linkBytes(innerLength: number): number;
  /** Writes the headers of a message. @param index of the message in the batch. */
  writeHeader(
    batch: MessageBatch,
    index: number,
    header: TunnelHeader,
    innerLength: number,
    sourcePort: number,
  ): void;
  /** @returns how many messages the kernel took, or errno negated. */
  send(messages: Address, count: number): number;
  close(): void;
}

/** Sends by the kernel's routes, through a raw socket connected to the target. The kernel writes the IP header. */
export class RoutedTxSocket implements TxSocket {
  readonly isDirect = false;
  readonly headerBytes: number;
  readonly #linkHeaderBytes: number;
  /** Bytes of each fragment that are not payload. */
  readonly #fragmentHeaderBytes: number;
  #unfragmentedLength = 0;
  readonly maxFragmentedLength: number;
  readonly #socket: SendingRawSocket;
  readonly #encapsulation: Encapsulation;
  readonly #target: string;

  /**
   * @param source outer source address of the target's family; undefined: the kernel's choice.
   * @throws LinuxError while there is no route to the target.
   */
  constructor(
    libc: Libc,
    encapsulation: Encapsulation,
    source: string | undefined,
    target: string,
    copies: CopyOptions,
  ) {
    this.#encapsulation = encapsulation;
    this.#target = target;
    this.headerBytes = encapsulation.overhead;
    const ipLength = isIpv6Text(target) ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH;
    this.#linkHeaderBytes = ETHERNET_HEADER_LENGTH + ipLength + encapsulation.overhead;
    const fragmentLength = isIpv6Text(target) ? IPV6_FRAGMENT_HEADER_LENGTH : 0;
    this.#fragmentHeaderBytes = ETHERNET_HEADER_LENGTH + ipLength + fragmentLength;
    this.maxFragmentedLength = copies.oversize === 'fragment' ? longestInnerLength(encapsulation, target) : 0;
    this.#socket = new SendingRawSocket(libc, encapsulation.protocol, source, target, copies);
  }

  get maxInnerLength(): number {
    this.#unfragmentedLength = innerLengthWithin(this.#encapsulation, this.#target, this.#socket.mtu);
    return this.#unfragmentedLength;
  }

  linkBytes(innerLength: number): number {
    if (innerLength <= this.#unfragmentedLength) return this.#linkHeaderBytes + innerLength;
    const payload = this.headerBytes + innerLength;
    const fragments = Math.ceil(payload / (this.headerBytes + this.#unfragmentedLength));
    return payload + fragments * this.#fragmentHeaderBytes;
  }

  writeHeader(
    batch: MessageBatch,
    index: number,
    header: TunnelHeader,
    innerLength: number,
    sourcePort: number,
  ): void {
    const first = batch.headerEndWord(index) - (this.headerBytes >>> 2);
    header.writeWords(batch.words, first, innerLength, sourcePort);
  }

  send(messages: Address, count: number): number {
    return this.#socket.send(messages, count);
  }

  close(): void {
    this.#socket.close();
  }
}

/**
 * Sends straight to the device, past the host's routing, firewall and queues. The whole IPv4 packet is written here,
 * with the Ethernet header for a next hop that the kernel has resolved.
 *
 *     slot   [ ... | padding 2 | Ethernet 14 | IPv4 20 | encapsulation ]      whole 32-bit words
 */
export class DirectTxSocket implements TxSocket {
  readonly isDirect = true;
  readonly headerBytes: number;
  /** Only the kernel's routing fragments. */
  readonly maxFragmentedLength = 0;
  readonly #socket: SendingPacketSocket;
  readonly #encapsulation: Encapsulation;
  readonly #target: string;
  readonly #mtu: () => number;
  readonly #ethernet: Int32Array;
  readonly #header: Ipv4OuterHeader;
  readonly #headerWords: number;

  /**
   * @param source outer source address; undefined: the kernel's choice, which the next hop tells.
   * @param copies with `oversize: fragment` routers behind the next hop may fragment the packets.
   * @param mtu gives the MTU of the route to the target as it is now.
   * @throws LinuxError
   */
  constructor(
    libc: Libc,
    encapsulation: Encapsulation,
    nextHop: NextHop,
    source: string | undefined,
    target: string,
    copies: CopyOptions,
    mtu: () => number,
  ) {
    const outerSource = source ?? nextHop.sourceAddress;
    this.#encapsulation = encapsulation;
    this.#target = target;
    this.#mtu = mtu;
    this.#header = new Ipv4OuterHeader(encapsulation, outerSource, target, copies);
    this.#headerWords = this.#header.length >>> 2;
    this.headerBytes = ETHERNET_HEADER_LENGTH + this.#header.length;
    const ethernet = new Uint8Array(PADDED_ETHERNET_BYTES);
    const padding = PADDED_ETHERNET_BYTES - ETHERNET_HEADER_LENGTH;
    emitEthernet(ethernet, padding, nextHop.destinationMac, nextHop.sourceMac, ETHERTYPE_IPV4);
    this.#ethernet = new Int32Array(ethernet.buffer);
    this.#socket = new SendingPacketSocket(libc, nextHop.interfaceIndex);
  }

  get maxInnerLength(): number {
    return innerLengthWithin(this.#encapsulation, this.#target, this.#mtu());
  }

  linkBytes(innerLength: number): number {
    return this.headerBytes + innerLength;
  }

  writeHeader(
    batch: MessageBatch,
    index: number,
    header: TunnelHeader,
    innerLength: number,
    sourcePort: number,
  ): void {
    const { words } = batch;
    const ethernet = this.#ethernet;
    const ip = batch.headerEndWord(index) - this.#headerWords;
    const first = ip - PADDED_ETHERNET_WORDS;
    words[first] = ethernet[0];
    words[first + 1] = ethernet[1];
    words[first + 2] = ethernet[2];
    words[first + 3] = ethernet[3];
    this.#header.writeWords(words, ip, innerLength, header, sourcePort);
  }

  send(messages: Address, count: number): number {
    return this.#socket.send(messages, count);
  }

  close(): void {
    this.#socket.close();
  }
}
