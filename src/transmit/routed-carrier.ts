/** The kernel routes: a raw UDP socket connected to the target, which writes the IP header. */
import { type OuterHeader, UDP_AND_VXLAN_BYTES } from '../encapsulate/outer-header.js';
import type { Address, Libc } from '../linux/libc.js';
import type { MessageBatch } from '../linux/message-batch.js';
import { RawUdpSocket } from '../linux/raw-socket.js';
import type { Carrier } from './carrier.js';

export class RoutedCarrier implements Carrier {
  readonly headerBytes = UDP_AND_VXLAN_BYTES;
  readonly #socket: RawUdpSocket;

  /**
   * @param source outer source address; undefined: the kernel's choice.
   * @throws LinuxError while there is no way to the target.
   */
  constructor(libc: Libc, source: string | undefined, target: string) {
    this.#socket = new RawUdpSocket(libc, source, target);
  }

  get mtu(): number {
    return this.#socket.mtu;
  }

  writeHeader(
    batch: MessageBatch,
    index: number,
    header: OuterHeader,
    innerLength: number,
    sourcePort: number,
  ): void {
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
