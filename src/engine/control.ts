/** The first thread's side of `control-thread.ts`. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { LaneBases } from '../counters/snapshot.js';
import type { TargetTrouble } from './engine-io.js';
import type { EngineOrder, EngineReport } from './messages.js';
import type { RouteReport } from './route-watch.js';
import type { TargetSets } from './target-states.js';

/** To the control thread. */
export type ControlNotice =
  | {
      readonly type: 'layout';
      readonly memory: SharedArrayBuffer;
      readonly bases: readonly LaneBases[];
    }
  | { readonly type: 'report'; readonly report: EngineReport }
  /** What the sinks could not send since the last notice. */
  | { readonly type: 'troubles'; readonly troubles: readonly TargetTrouble[] }
  | { readonly type: 'stopped' };

/** A plan, with the ways to its targets as they were when it came. */
export type PlanEvent = Extract<EngineOrder, { type: 'plan' }> & { readonly routes: readonly RouteReport[] };

/** From the control thread: the daemon's orders, how the targets can be reached, and which cannot. */
export type ControlEvent =
  | PlanEvent
  | Extract<EngineOrder, { type: 'stop' }>
  | RouteReport
  | ({ readonly type: 'dead-targets' } & TargetSets);

/** What the control thread starts with. */
export interface ControlThreadData {
  readonly port: MessagePort;
  /** One int32: rounds of the loop that moves frames, as they wrap around. */
  readonly rounds: SharedArrayBuffer;
}

/** The line to the daemon, as the first thread sees it. */
export class Control {
  readonly #port: MessagePort;
  readonly #rounds = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #onEvent: (event: ControlEvent) => void;

  /** Starts the control thread. @param onEvent called from the event loop or inside `poll`. */
  constructor(onEvent: (event: ControlEvent) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#onEvent = onEvent;
    const url = new URL('./control-thread.js', import.meta.url);
    const workerData: ControlThreadData = { port: port2, rounds: this.#rounds.buffer };
    const thread = new Worker(url, { workerData, transferList: [port2] });
    // The thread ends when its last word has reached the daemon.
    thread.on('exit', () => process.exit());
    port1.on('message', onEvent);
  }

  /** What moves frames came round once more. */
  beat(): void {
    Atomics.add(this.#rounds, 0, 1);
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
