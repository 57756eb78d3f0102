/**
 * The targets as the control thread sees them: orders go to a thread of their own (`target-thread.ts`), and what it
 * finds comes back. Nothing here waits for the kernel.
 */
import { Worker } from 'node:worker_threads';
import type { Emit, EncapsulationName } from '../plan/mirror-plan.js';
import type { DirectWays, MirroredSources } from './direct-watch.js';
import type { EgressPlace } from './egress-watch.js';
import type { RouteReport } from './route.js';
import type { Emission, SendError, TargetReport, TargetSets } from './target-states.js';
import type { TargetListener } from './target-watch.js';
import type { NextHop } from './ways.js';

const ANSWER_LIMIT_MS = 5000;

/** Targets to watch, and no others. */
export interface WantedTargets {
  /** Encapsulations by address. */
  readonly targets: ReadonlyMap<string, EncapsulationName | undefined>;
  /** Addresses behind load balancers. */
  readonly balanced: ReadonlySet<string>;
  readonly emit: Emit;
  /** Engines that share the copies. */
  readonly workers: number;
}

/** Answered by `watched` with the same number. */
export interface WatchOrder {
  readonly type: 'watch';
  readonly number: number;
  readonly wanted: WantedTargets;
}

/** Messages to the thread. */
export type TargetOrder =
  | WatchOrder
  | { readonly type: 'sources'; readonly sources: MirroredSources }
  | { readonly type: 'send-errors'; readonly errors: readonly SendError[] }
  | { readonly type: 'emissions'; readonly emissions: readonly Emission[] }
  | { readonly type: 'unhealthy'; readonly addresses: readonly string[] };

/** Messages from the thread. */
export type TargetAnswer =
  | { readonly type: 'watched'; readonly number: number; readonly routes: readonly RouteReport[] }
  | RouteReport
  | TargetReport
  | { readonly type: 'sets'; readonly sets: TargetSets }
  | { readonly type: 'egress'; readonly places: readonly EgressPlace[] }
  | { readonly type: 'ways'; readonly ways: DirectWays }
  | NextHopReport;

/** Where the direct copies for a target go now; undefined: they are routed. */
export interface NextHopReport {
  readonly type: 'next-hop';
  readonly address: string;
  readonly nextHop: NextHop | undefined;
}

/** An order to watch that is not answered yet. */
interface Waiting {
  readonly askedMs: number;
  readonly answered: (routes: readonly RouteReport[]) => void;
}

/** What is used of a Worker. */
interface Thread {
  on(event: 'message', take: (answer: TargetAnswer) => void): void;
  postMessage(order: TargetOrder): void;
}

export class TargetsAside {
  readonly #listener: TargetListener;
  readonly #thread: Thread;
  readonly #limitMs: number;
  /** By number, the oldest first. */
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  /** @param thread from `startTargetThread`. @param limitMs how long a plan waits for the routes to its targets. */
  constructor(listener: TargetListener, thread: Thread, limitMs = ANSWER_LIMIT_MS) {
    this.#listener = listener;
    this.#thread = thread;
    this.#limitMs = limitMs;
    thread.on('message', (answer) => this.#take(answer));
  }

  /**
   * Watches these targets and no others.
   * @returns their routes. None when the thread does not answer this order, or one before it, in time: then the listener is
   * told as soon as they are known.
   */
  watch(wanted: WantedTargets): Promise<readonly RouteReport[]> {
    this.#asked += 1;
    const number = this.#asked;
    const nowMs = performance.now();
    const [oldest] = this.#waiting.values();
    const silentMs = nowMs - (oldest?.askedMs ?? nowMs);
    this.#post({ type: 'watch', number, wanted });
    return new Promise((resolve) => {
      const limit = setTimeout(() => resolve([]), Math.max(0, this.#limitMs - silentMs));
      const answered = (routes: readonly RouteReport[]): void => {
        clearTimeout(limit);
        resolve(routes);
      };
      this.#waiting.set(number, { askedMs: nowMs, answered });
    });
  }

  setSources(sources: MirroredSources): void {
    this.#post({ type: 'sources', sources });
  }

  addSendErrors(errors: readonly SendError[]): void {
    this.#post({ type: 'send-errors', errors });
  }

  setEmissions(emissions: readonly Emission[]): void {
    this.#post({ type: 'emissions', emissions });
  }

  setUnhealthy(addresses: readonly string[]): void {
    this.#post({ type: 'unhealthy', addresses });
  }

  #take(answer: TargetAnswer): void {
    switch (answer.type) {
      case 'watched':
        this.#waiting.get(answer.number)?.answered(answer.routes);
        this.#waiting.delete(answer.number);
        break;
      case 'route':
        this.#listener.route(answer);
        break;
      case 'target':
        this.#listener.report(answer);
        break;
      case 'sets':
        this.#listener.sets(answer.sets);
        break;
      case 'egress':
        this.#listener.egress(answer.places);
        break;
      case 'ways':
        this.#listener.ways(answer.ways);
        break;
      case 'next-hop':
        this.#listener.nextHop(answer.address, answer.nextHop);
        break;
    }
  }

  #post(order: TargetOrder): void {
    this.#thread.postMessage(order);
  }
}

/** The thread ends with the process. An error in it is thrown in the calling thread, outside of any call. */
export function startTargetThread(): Worker {
  return new Worker(new URL('./target-thread.js', import.meta.url));
}
