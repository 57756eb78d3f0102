/** A device by which copies leave, and when AF_XDP may be tried on it again after it has failed. */
import type { XdpSender } from './xdp-sender.js';

/** A sender that fails earlier fails soon: each time the next one comes later, since the others are replaced with it. */
const LASTING_MS = 60_000;
const FIRST_PAUSE_MS = 20_000;
const LONGEST_PAUSE_MS = 640_000;
const NOT_OPENED = 'AF_XDP is not opened yet';

/** What sinks need to know of it. */
export interface XdpDevice {
  readonly interfaceIndex: number;
  /** Bytes of the longest frame that it sends. AF_XDP does not refuse longer ones: they are lost on the way. */
  readonly maximumLength: number;
  /** Undefined: the packet socket sends. */
  readonly sender: XdpSender | undefined;
  /** Why there is no sender. */
  readonly problem: string | undefined;
}

/** Times are those of performance.now(). */
export class DeviceEntry implements XdpDevice {
  readonly interfaceIndex: number;
  maximumLength: number;
  sender: XdpSender | undefined;
  problem: string | undefined = NOT_OPENED;
  /** When a sink asked for it last. */
  usedMs = 0;
  /** No socket could be bound to it: when that was tried last; undefined: it could, or was not tried. */
  unboundMs: number | undefined;
  #openedMs = 0;
  #pauseMs = 0;
  /** When a sender may be opened again; undefined: now. */
  #retryMs: number | undefined;

  constructor(interfaceIndex: number, maximumLength: number) {
    this.interfaceIndex = interfaceIndex;
    this.maximumLength = maximumLength;
  }

  /** It failed, and pauses. */
  get isPausing(): boolean {
    return this.#retryMs !== undefined;
  }

  opened(sender: XdpSender): void {
    this.sender = sender;
    this.problem = undefined;
    this.#openedMs = performance.now();
    this.#retryMs = undefined;
    this.unboundMs = undefined;
  }

  /** No socket can be opened for it. @param besideOthers others have one, which are replaced each time that it is tried. */
  refused(besideOthers: boolean): void {
    this.#retryMs = performance.now() + (besideOthers ? this.#pauseMs : 0);
    this.#pauseMs = Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
  }

  /** Its sender is closed. The first time another may be opened at once. */
  failed(): void {
    const now = performance.now();
    const isSoon = this.#pauseMs > 0 && now - this.#openedMs <= LASTING_MS;
    this.sender = undefined;
    this.#retryMs = isSoon ? now + this.#pauseMs : now;
    this.#pauseMs = isSoon ? Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
  }

  /** Ends a pause that is over. @returns whether it was. */
  resume(nowMs: number): boolean {
    if (this.#retryMs === undefined || nowMs < this.#retryMs) return false;
    this.#retryMs = undefined;
    return true;
  }
}
