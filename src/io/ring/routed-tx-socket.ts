/** Sends by the kernel's routes, through a raw UDP socket connected to the target. The kernel writes the IP header. */
import { innerLengthWithin, longestInnerLength } from '../../encapsulate/outer-size.js';
import { type TunnelHeader, UDP_AND_VXLAN_BYTES } from '../../encapsulate/tunnel-header.js';
import type { Address, Libc } from '../../linux/libc.js';
import type { MessageBatch } from '../../linux/message-batch.js';
import { RawUdpSocket } from '../../linux/raw-socket.js';
import type { Oversize } from '../../plan/mirror-plan.js';
import type { TxSocket } from './tx-socket.js';

export class RoutedTxSocket implements TxSocket {
  readonly headerBytes = UDP_AND_VXLAN_BYTES;
  readonly maxFragmentedLength: number;
  readonly #socket: RawUdpSocket;
  readonly #target: string;

  /**
   * @param source outer source address of the target's family; undefined: the kernel's choice.
   * @throws LinuxError while there is no route to the target.
   */
  constructor(libc: Libc, source: string | undefined, target: string, oversize: Oversize) {
    this.#target = target;
    this.maxFragmentedLength = oversize === 'fragment' ? longestInnerLength(target) : 0;
    this.#socket = new RawUdpSocket(libc, source, target, oversize);
  }

  get maxInnerLength(): number {
    return innerLengthWithin(this.#socket.mtu, this.#target);
  }

  writeHeader(
    batch: MessageBatch,
    index: number,
    header: TunnelHeader,
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
