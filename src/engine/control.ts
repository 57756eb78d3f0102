/** The first thread's side of `control-thread.ts`. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { LaneBases } from '../counters/snapshot.js';
import type { EngineOrder, EngineReport } from './messages.js';
import type { TargetReport } from './route-watch.js';

/** To the control thread. */
export type ControlNotice =
  | {
      readonly type: 'layout';
      readonly memory: SharedArrayBuffer;
      readonly bases: readonly LaneBases[];
      /** Whose routes the control thread follows. */
      readonly targetAddresses: readonly string[];
    }
  | { readonly type: 'report'; readonly report: EngineReport }
  | { readonly type: 'stopped' };

/** From the control thread: the daemon's orders, and how the targets can be reached. */
export type ControlEvent = EngineOrder | TargetReport;

/** The line to the daemon, as the first thread sees it. */
export class Control {
  readonly #port: MessagePort;
  readonly #onEvent: (event: ControlEvent) => void;

  /** Starts the control thread. @param onEvent called from the event loop or inside `poll`. */
  constructor(onEvent: (event: ControlEvent) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#onEvent = onEvent;
    const url = new URL('./control-thread.js', import.meta.url);
    const thread = new Worker(url, { workerData: port2, transferList: [port2] });
    // The thread ends when its last word has reached the daemon.
    thread.on('exit', () => process.exit());
    port1.on('message', onEvent);
  }

  /** Takes the events that are waiting, without the event loop. */
  poll(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port);
      if (received === undefined) return;
      this.#onEvent(received.message as ControlEvent);
    }
  }

  report(report: EngineReport): void {
    this.post({ type: 'report', report });
  }

  post(notice: ControlNotice): void {
    this.#port.postMessage(notice);
  }
}
