/** A socket that sends a batch to its target, and the headers that it wants in front of each copy. */
import type { TunnelHeader } from '../../encapsulate/tunnel-header.js';
import type { Address } from '../../linux/libc.js';
import type { MessageBatch } from '../../linux/message-batch.js';

export interface TxSocket {
  /** How many bytes of each header slot are sent: its last ones. */
  readonly headerBytes: number;
  /** Most bytes of a frame that one packet holds with the path MTU of now. @throws LinuxError */
  readonly maxInnerLength: number;
  /** Most bytes of a frame that the kernel sends in fragments; 0: it fragments nothing. */
  readonly maxFragmentedLength: number;
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
