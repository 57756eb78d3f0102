/** The main thread's side of the link to the daemon; the other side is `control-thread.ts`. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Counters } from '../counters/counters.js';
import { watchLoopDelay } from '../counters/gauges.js';
import type { DirectWays } from '../targets/direct-watch.js';
import type { EgressPlace } from '../targets/egress-watch.js';
import type { RouteReport } from '../targets/route.js';
import type { Emission, SendError, TargetSets } from '../targets/target-states.js';
import { type NextHopReport, startTargetThread } from '../targets/targets-aside.js';
import type { LayoutChange } from './counted-lanes.js';
import type { EngineOrder, EngineReport } from './messages.js';

/** Messages to the control thread. */
export type ControlNotice =
  | ({
      readonly type: 'layout';
      readonly memory: SharedArrayBuffer;
      /** Its number. */
      readonly layout: number;
    } & LayoutChange)
  | { readonly type: 'report'; readonly report: EngineReport }
  /** The send errors since the last notice. */
  | { readonly type: 'send-errors'; readonly errors: readonly SendError[] }
  /** Memory from which copies for those who peek are to be read; absent: from none any more. */
  | { readonly type: 'copies'; readonly memory?: SharedArrayBuffer }
  /** How the copies for every address leave now. */
  | { readonly type: 'emissions'; readonly emissions: readonly Emission[] }
  /** Nothing is counted any more. */
  | { readonly type: 'final' }
  /** Everything is given back. */
  | { readonly type: 'stopped' };

export type LayoutNotice = Extract<ControlNotice, { type: 'layout' }>;

/** A plan, with the routes to its targets as they were when it came; none when the targets are the same. */
export type PlanEvent = Extract<EngineOrder, { type: 'plan' }> & { readonly routes: readonly RouteReport[] };

/** Messages from the control thread: the daemon's orders, routes to targets, and targets to avoid or skip. */
export type ControlEvent =
  | PlanEvent
  | Extract<EngineOrder, { type: 'stop' | 'peek' }>
  | RouteReport
  | ({ readonly type: 'dead-targets' } & TargetSets)
  /** Where copies have to give way, in place of what was told before. */
  | { readonly type: 'egress'; readonly places: readonly EgressPlace[] }
  | NextHopReport
  /** With `emit: auto`: which targets copies may go to straight, in place of what was told before. */
  | { readonly type: 'direct-ways'; readonly ways: DirectWays };

/** The control thread's `workerData`. */
export interface ControlThreadData {
  readonly port: MessagePort;
  /** To the target thread. */
  readonly targets: MessagePort;
  /** Int32 values, see PULSE_ROUNDS. */
  readonly pulse: SharedArrayBuffer;
}

/**
 * Index of the rounds of the frame loop, which wrap around, of the delay of its event loop in microseconds, of the time at
 * which counters were last published, as `wrappedTimeMs`, and of `Counters.xdpInvalidDescriptors` at that time.
 */
export const PULSE_ROUNDS = 0;
export const PULSE_DELAY = 1;
export const PULSE_PUBLISHED = 2;
export const PULSE_INVALID_DESCRIPTORS = 3;
const PULSE_BYTES = 4 * Int32Array.BYTES_PER_ELEMENT;

/** Milliseconds of a clock that both threads share, modulo 2^32 as an Int32 has them. */
export function wrappedTimeMs(): number {
  return Math.floor(performance.timeOrigin + performance.now()) | 0;
}

/** Connects the main thread with the daemon, by way of the control thread. */
export class DaemonLink {
  readonly #port: MessagePort;
  readonly #pulse = new Int32Array(new SharedArrayBuffer(PULSE_BYTES));
  readonly #onEvent: (event: ControlEvent) => void;

  /** Starts the other threads, at once. @param onEvent called from the event loop or inside `poll`. */
  constructor(onEvent: (event: ControlEvent) => void) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#onEvent = onEvent;
    const url = new URL('./control-thread.js', import.meta.url);
    const targets = startTargetThread();
    const workerData: ControlThreadData = { port: port2, targets, pulse: this.#pulse.buffer };
    const thread = new Worker(url, { workerData, transferList: [port2, targets] });
    // The thread ends when its last report has reached the daemon.
    thread.on('exit', endProcess);
    port1.on('message', onEvent);
    watchLoopDelay((delayMs) => Atomics.store(this.#pulse, PULSE_DELAY, Math.round(delayMs * 1000)));
  }

  /** Counts a round of the frame loop: the daemon kills an engine whose rounds stand still. */
  beat(): void {
    Atomics.add(this.#pulse, PULSE_ROUNDS, 1);
  }

  /** Notes that the counters in shared memory are those of now. */
  published({ xdpInvalidDescriptors }: Counters): void {
    Atomics.store(this.#pulse, PULSE_INVALID_DESCRIPTORS, xdpInvalidDescriptors);
    Atomics.store(this.#pulse, PULSE_PUBLISHED, wrappedTimeMs());
  }

  /** Handles the events that are waiting, without the event loop. */
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

/** What NODE_OPTIONS preloads may throw at the end: the process ends all the same. */
function endProcess(): void {
  try {
    process.exit();
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}
