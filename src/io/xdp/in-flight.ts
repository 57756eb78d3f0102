/** What several senders have on its way: copies that no device has taken, and memory that is still sent from. */
import { constants } from 'node:os';
import type { XdpDevice } from './xdp-device.js';
import type { XdpSender } from './xdp-sender.js';

const { EAGAIN } = constants.errno;

/**
 * @returns whether the kernel is done with what has been posted, once it is called; undefined: it is already. To be
 * called after a flush.
 */
export function holdOf(senders: readonly XdpSender[]): (() => boolean) | undefined {
  let held: (() => boolean) | undefined;
  for (const sender of senders) {
    const mark = sender.mark();
    if (sender.isPast(mark)) continue;
    const before = held;
    held = () => (before?.() ?? true) && sender.isPast(mark);
  }
  return held;
}

/** Tries again what the devices did not take. @returns whether they still do not take all. */
export function flushHeld(senders: readonly XdpSender[]): boolean {
  for (const sender of senders) sender.flush();
  return senders.some(({ isHolding }) => isHolding);
}

/** Counts every copy that was posted: what no device takes is skipped, and its socket closed. */
export function settleAll(senders: readonly XdpSender[]): void {
  for (const sender of senders) {
    sender.flush();
    if (sender.isHolding) sender.fail(EAGAIN);
  }
}

/** The senders of these devices, of those that have one. */
export function sendersOf(devices: Iterable<XdpDevice>): readonly XdpSender[] {
  const senders: XdpSender[] = [];
  for (const { sender } of devices) if (sender !== undefined) senders.push(sender);
  return senders;
}
