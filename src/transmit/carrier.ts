/** How a batch gets to its target: which headers are written here, and which socket takes the messages. */
import type { OuterHeader } from '../encapsulate/outer-header.js';
import type { Address } from '../linux/libc.js';
import type { MessageBatch } from '../linux/message-batch.js';

export interface Carrier {
  /** Bytes of each header slot that are sent; the slot's last ones. */
  readonly headerBytes: number;
  /** Largest outer IP packet that fits the way now. @throws LinuxError */
  readonly mtu: number;
  /** Writes the headers of a message. @param index of the message in the batch. */
  writeHeader(
    batch: MessageBatch,
    index: number,
    header: OuterHeader,
    innerLength: number,
    sourcePort: number,
  ): void;
  /** @returns how many messages the kernel took, or errno negated. */
  send(messages: Address, count: number): number;
  close(): void;
}
