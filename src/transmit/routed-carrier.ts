/** The kernel routes: a raw socket connected to the target, which writes the IP header. */
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { innerLengthWithin, longestInnerLength } from '../encapsulate/outer-size.js';
import type { TunnelHeader } from '../encapsulate/tunnel-header.js';
import type { Address, Libc } from '../linux/libc.js';
import type { MessageBatch } from '../linux/message-batch.js';
import { SendingRawSocket } from '../linux/raw-socket.js';
import type { Oversize } from '../plan/mirror-plan.js';
import type { Carrier } from './carrier.js';

export class RoutedCarrier implements Carrier {
  readonly headerBytes: number;
  readonly fragmentedRoom: number;
  readonly #socket: SendingRawSocket;
  readonly #encapsulation: Encapsulation;
  readonly #target: string;

  /**
   * @param source outer source address of the target's family; undefined: the kernel's choice.
   * @throws LinuxError while there is no way to the target.
   */
  constructor(
    libc: Libc,
    encapsulation: Encapsulation,
    source: string | undefined,
    target: string,
    oversize: Oversize,
  ) {
    this.#encapsulation = encapsulation;
    this.#target = target;
    this.headerBytes = encapsulation.overhead;
    this.fragmentedRoom = oversize === 'fragment' ? longestInnerLength(encapsulation, target) : 0;
    this.#socket = new SendingRawSocket(libc, encapsulation.protocol, source, target, oversize);
  }

  get room(): number {
    return innerLengthWithin(this.#encapsulation, this.#target, this.#socket.mtu);
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
