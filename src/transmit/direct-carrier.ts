/**
 * Straight to the device, past the host's routing, firewall and queues: the whole packet from its Ethernet header
 * is written here, for a next hop that the kernel has resolved.
 */
import { OUTER_HEADER_BYTES, OuterHeader, UDP_AND_VXLAN_BYTES } from '../encapsulate/outer-header.js';
import type { Address, Libc } from '../linux/libc.js';
import type { MessageBatch } from '../linux/message-batch.js';
import type { NextHop } from '../linux/next-hop.js';
import { SendingPacketSocket } from '../linux/packet-socket.js';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE_IPV4, emitEthernet } from '../wire/ethernet.js';
import type { Carrier } from './carrier.js';

export class DirectCarrier implements Carrier {
  readonly headerBytes = ETHERNET_HEADER_LENGTH + OUTER_HEADER_BYTES;
  readonly mtu: number;
  readonly #socket: SendingPacketSocket;
  readonly #nextHop: NextHop;
  /** Its VNI is not used: that of the session's header is written over it. */
  readonly #header: OuterHeader;

  /**
   * @param source outer source address; undefined: the kernel's choice, which the next hop tells.
   * @throws LinuxError
   */
  constructor(libc: Libc, nextHop: NextHop, source: string | undefined, target: string) {
    this.mtu = nextHop.mtu;
    this.#nextHop = nextHop;
    this.#header = new OuterHeader(source ?? nextHop.sourceAddress, target, 0);
    this.#socket = new SendingPacketSocket(libc, nextHop.interfaceIndex);
  }

  writeHeader(
    batch: MessageBatch,
    index: number,
    header: OuterHeader,
    innerLength: number,
    sourcePort: number,
  ): void {
    const end = batch.headerEnd(index);
    const { destinationMac, sourceMac } = this.#nextHop;
    emitEthernet(batch.bytes, end - this.headerBytes, destinationMac, sourceMac, ETHERTYPE_IPV4);
    this.#header.writeTo(batch.bytes, end - OUTER_HEADER_BYTES, innerLength, sourcePort);
    header.writeUdpWords(
      batch.words,
      batch.headerEndWord(index) - UDP_AND_VXLAN_BYTES / 4,
      innerLength,
      sourcePort,
    );
  }

  send(messages: Address, count: number): number {
    return this.#socket.send(messages, count);
  }

  close(): void {
    this.#socket.close();
  }
}
