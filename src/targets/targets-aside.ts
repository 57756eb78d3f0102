/**
 * The targets as the control thread sees them: orders go to a thread of their own (`target-thread.ts`), and what it
 * finds comes back. Nothing here waits for the kernel.
 */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Emit, EncapsulationPlan } from '../plan/mirror-plan.js';
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
  readonly targets: ReadonlyMap<string, EncapsulationPlan | undefined>;
  /** Addresses behind load balancers. */
  readonly balanced: ReadonlySet<string>;
  readonly emit: Emit;
  /** Engines that share the copies. */
  readonly workers: number;
}

/** What the thread is to take over, in this order; answered by `taken` when it has. */
export interface TargetOrder {
  readonly sources?: MirroredSources;
  readonly wanted?: WantedTargets;
  readonly unhealthy?: readonly string[];
  readonly emissions?: readonly Emission[];
  readonly errors?: readonly SendError[];
}

/** Messages from the thread. */
export type TargetAnswer =
  /** The routes to the targets that were wanted. */
  | { readonly type: 'taken'; readonly routes: readonly RouteReport[] }
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

type Answered = (routes: readonly RouteReport[]) => void;

/** What is used of a MessagePort. */
interface Thread {
  on(event: 'message', take: (answer: TargetAnswer) => void): void;
  postMessage(order: TargetOrder): void;
}

export class TargetsAside {
  readonly #listener: TargetListener;
  readonly #thread: Thread;
  readonly #limitMs: number;
  /** Takes the answer to the order that the thread has; undefined: it has none. */
  #answered: Answered | undefined;
  #postedMs = 0;
  /** For the next order. Of each the newest: a thread that is silent for long is told no more than one that is not. */
  #sources: MirroredSources | undefined;
  #wanted: WantedTargets | undefined;
  #wantedAnswered: Answered = ignore;
  #unhealthy: readonly string[] | undefined;
  #emissions = new Map<string, Emission>();
  /** All that were told last: they go with each order to watch. */
  #told: ReadonlyMap<string, Emission> = new Map();
  #errors = new Map<string, SendError>();

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
    const silentMs = this.#answered === undefined ? 0 : performance.now() - this.#postedMs;
    return new Promise((resolve) => {
      let isLate = false;
      const giveUp = (): void => {
        isLate = true;
        resolve([]);
      };
      const limit = setTimeout(giveUp, Math.max(0, this.#limitMs - silentMs));
      this.#wanted = wanted;
      // A target that was forgotten meanwhile is known to leave as a new one does.
      this.#emissions = new Map([...this.#told, ...this.#emissions]);
      this.#wantedAnswered = (routes) => {
        clearTimeout(limit);
        if (isLate) for (const route of routes) this.#listener.route(route);
        resolve(routes);
      };
      this.#post();
    });
  }

  setSources(sources: MirroredSources): void {
    this.#sources = sources;
    this.#post();
  }

  addSendErrors(errors: readonly SendError[]): void {
    for (const error of errors) this.#errors.set(`${error.address} ${error.reason}`, error);
    this.#post();
  }

  setEmissions(emissions: readonly Emission[]): void {
    this.#told = new Map(emissions.map((emission) => [emission.address, emission]));
    this.#emissions = new Map(this.#told);
    this.#post();
  }

  setUnhealthy(addresses: readonly string[]): void {
    this.#unhealthy = addresses;
    this.#post();
  }

  #take(answer: TargetAnswer): void {
    switch (answer.type) {
      case 'taken':
        this.#answered?.(answer.routes);
        this.#answered = undefined;
        this.#post();
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

  /** Posts what there is for the thread, unless it has an order already. */
  #post(): void {
    const order: TargetOrder = {
      ...(this.#sources !== undefined && { sources: this.#sources }),
      ...(this.#wanted !== undefined && { wanted: this.#wanted }),
      ...(this.#unhealthy !== undefined && { unhealthy: this.#unhealthy }),
      ...(this.#emissions.size > 0 && { emissions: [...this.#emissions.values()] }),
      ...(this.#errors.size > 0 && { errors: [...this.#errors.values()] }),
    };
    if (this.#answered !== undefined || Object.keys(order).length === 0) return;
    this.#answered = this.#wantedAnswered;
    this.#postedMs = performance.now();
    this.#sources = undefined;
    this.#wanted = undefined;
    this.#wantedAnswered = ignore;
    this.#unhealthy = undefined;
    this.#emissions.clear();
    this.#errors.clear();
    this.#thread.postMessage(order);
  }
}

function ignore(): void {}

/**
 * The thread ends with the process. An error in it is thrown in the calling thread, outside of any call.
 * @returns the way to it, for a `TargetsAside` in any thread.
 */
export function startTargetThread(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  new Worker(new URL('./target-thread.js', import.meta.url), { workerData: port2, transferList: [port2] });
  return port1;
}
