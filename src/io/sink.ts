/**
 * The interface of what sends copies to one target address: a raw socket, a batch, memory.
 *
 * A sink counts the outcome of every copy once, as mirrored or as skipped with a reason, at once or at the next flush.
 * It neither waits nor throws per packet.
 */
import type { SkipReason } from '../counters/skip-reason.js';
import type { TunnelHeader } from '../encapsulate/tunnel-header.js';
import type { EgressShare } from './egress-share.js';
import type { Frame } from './frame.js';

export interface PacketSink {
  /** Most bytes of a frame that a copy to this address can hold; follows the path MTU. */
  readonly maximumInnerLength: number;
  /** False: a copy would be skipped now, so no limit should be charged for it. */
  readonly isOpen: boolean;
  /**
   * Sends the outer headers and the first `innerLength` bytes of the frame, which may be overwritten.
   * @param sourcePort outer UDP source port.
   * @param base of the session's counters.
   */
  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void;
  /** Sends what is still held: after that the frames may be overwritten. */
  flush(): void;
}

/** A sink whose owner watches the state of its target. */
export interface TargetSink extends PacketSink {
  /** True: copies are skipped as `target-down`, and not sent. */
  isDown: boolean;
  /** What copies may take of the device that they leave by. */
  share: EgressShare;
  /** @returns the last reason since the last call why a copy was not sent, or was refused by the target. */
  takeSendError(): SkipReason | undefined;
}
