/**
 * Packet out: the border between the mirror and what sends its copies to one target address (a raw socket,
 * a batch of them, a file, memory).
 *
 * A sink counts the outcome of every copy it is given, once, as mirrored or as skipped with a reason: at once,
 * or at the next flush. Nothing here waits or throws per packet.
 */

import type { SkipReason } from '../counters/skip-reason.js';
import type { TunnelHeader } from '../encapsulate/tunnel-header.js';
import type { Frame } from './frame.js';

export interface PacketSink {
  /** Most bytes of a frame that a copy to this address can hold; follows the path MTU. */
  readonly maximumInnerLength: number;
  /**
   * Sends the outer headers and the first `innerLength` bytes of the frame, which may be overwritten.
   * @param sourcePort outer UDP source port.
   * @param base of the session's counters.
   */
  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void;
  /** Hands over what is still held, so that the frames may be overwritten. */
  flush(): void;
}

/** A sink whose owner follows how its target can be reached. */
export interface TargetSink extends PacketSink {
  /** True: copies are skipped as `target-down`, and not sent. */
  isDown: boolean;
  /** @returns why a copy was last not sent, or its packet refused by the target, since the last call. */
  takeSendError(): SkipReason | undefined;
}
