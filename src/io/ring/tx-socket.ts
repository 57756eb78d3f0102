/** The sockets that send a batch to its target, and the headers that each wants in front of a copy. */
import type { DirectHeader } from '../../encapsulate/direct-header.js';
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import { innerLengthWithin, longestInnerLength } from '../../encapsulate/outer-header.js';
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import { LinuxError } from '../../linux/errors.js';
import type { Address, Libc } from '../../linux/libc.js';
import type { MessageBatch } from '../../linux/message-batch.js';
import { pathMtu, SendingPacketSocket, SendingRawSocket } from '../../linux/sending-sockets.js';
import type { CopyOptions } from '../../plan/mirror-plan.js';
import type { NextHop } from '../../targets/ways.js';
import { isIpv6Text } from '../../wire/address.js';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.js';
import { IPV4_HEADER_LENGTH } from '../../wire/ipv4.js';
import { IPV6_HEADER_LENGTH } from '../../wire/ipv6.js';
import { IPV6_FRAGMENT_HEADER_LENGTH } from '../../wire/ipv6-extension.js';

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

/** Sends straight to the device of the next hop, past the host's routing, firewall and queues. */
export class DirectTxSocket implements TxSocket {
  readonly isDirect = true;
  readonly headerBytes: number;
  /** Only the kernel's routing fragments. */
  readonly maxFragmentedLength = 0;
  readonly #socket: SendingPacketSocket;
  readonly #header: DirectHeader;
  readonly #maxInnerLength: () => number;

  /**
   * @param maxInnerLength most bytes of a frame by the route to the target as it is now.
   * @throws LinuxError
   */
  constructor(libc: Libc, interfaceIndex: number, header: DirectHeader, maxInnerLength: () => number) {
    this.#header = header;
    this.#maxInnerLength = maxInnerLength;
    this.headerBytes = header.length;
    this.#socket = new SendingPacketSocket(libc, interfaceIndex);
  }

  get maxInnerLength(): number {
    return this.#maxInnerLength();
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
    this.#header.writeWords(batch.words, batch.headerEndWord(index), innerLength, header, sourcePort);
  }

  send(messages: Address, count: number): number {
    return this.#socket.send(messages, count);
  }

  close(): void {
    this.#socket.close();
  }
}

/** Opens a socket to a next hop; it asks for the MTU of the route to the target. @throws LinuxError */
export function directSocket(
  libc: Libc,
  encapsulation: Encapsulation,
  { interfaceIndex, mtu }: NextHop,
  header: DirectHeader,
  target: string,
): DirectTxSocket {
  const mtuNow = (): number => {
    try {
      return pathMtu(libc, target);
    } catch (error) {
      // The next hop's was told a moment ago.
      if (error instanceof LinuxError) return mtu;
      throw error;
    }
  };
  return new DirectTxSocket(libc, interfaceIndex, header, () =>
    innerLengthWithin(encapsulation, target, mtuNow()),
  );
}
