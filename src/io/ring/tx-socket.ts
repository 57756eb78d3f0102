/** How a batch gets to its target: which headers are written here, and which socket takes the messages. */
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import type { Address } from '../../linux/libc.js';
import type { MessageBatch } from '../../linux/message-batch.js';

export interface TxSocket {
  /** Bytes of each header slot that are sent; the slot's last ones. */
  readonly headerBytes: number;
  /** Most bytes of a frame that one packet takes on the way as it is now. @throws LinuxError */
  readonly room: number;
  /** Most bytes of a frame that a packet takes if the kernel sends it in fragments; 0: it does not. */
  readonly fragmentedRoom: number;
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
