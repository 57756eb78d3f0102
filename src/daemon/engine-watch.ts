/** The state of an engine over all its processes: heartbeat, restarts, refusals, and the targets that it reported. */
import type { Logger } from 'pino';
import type { EngineFailure } from '../engine/messages.js';
import type { EnginePlan } from '../plan/engine-plan.js';
import type { LaneName } from '../plan/lanes.js';
import type { TargetReport } from '../targets/target-states.js';
import type { Confinement } from './confinement.js';
import type { LaneWatches } from './lane-watch.js';
import type { CopyReceiver } from './peek-hub.js';

/** The start of Node with a large plan on a busy machine takes less than this. */
const START_LIMIT_MS = 15_000;
/** A hang must be repaired within 5 s, including the start of the next engine on a busy machine. */
const SILENCE_LIMIT_MS = 2500;
/** A check that is this late means that machine or daemon stood still. The beats may be late for the same reason. */
const LATE_CHECK_MS = 1500;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5000;
/** An engine that lived longer than this is started again after the first backoff. */
const HEALTHY_MS = 10_000;
/** Engines that may end before one has run its first plan: a single one may be bad luck. */
const START_TRIES = 3;

/** What an engine's supervisor is given. */
export interface SupervisorOptions {
  readonly plan: EnginePlan;
  readonly generation: number;
  /** Takes the reports on the lanes of the plan. */
  readonly lanes: LaneWatches;
  readonly confinement: Confinement;
  readonly log: Logger;
  /** Takes the copies of each engine process. */
  readonly openCopies?: () => CopyReceiver;
  /** Called when the state of a target address has changed, or is not known any more. */
  readonly onTarget?: (address: string) => void;
  /** Called when the engine cannot work and a restart would not help; not for a plan that is being applied. */
  readonly onFailure: (code: EngineFailure, reason: string) => void;
}

/** An engine did not take a plan. */
export class PlanRefusedError extends Error {
  readonly code: EngineFailure | 'refused';

  constructor(code: EngineFailure | 'refused', reason: string) {
    super(reason);
    this.code = code;
  }
}

/** A count that begins anew with each engine, and goes on here. */
export class RisingCount {
  #before = 0;
  #now = 0;

  get total(): number {
    return this.#before + this.#now;
  }

  /** @param count of the engine that runs. */
  update(count: number): void {
    this.#now = count;
  }

  /** The engine has ended. */
  retire(): void {
    this.#before = this.total;
    this.#now = 0;
  }
}

/** Whether the loop that moves an engine's frames is alive, judged by the rounds that it reports. */
export class Heartbeat {
  #rounds = 0;
  #beatMs = 0;
  #checkMs = 0;
  #hasBeaten = false;

  /** A new engine. @param nowMs monotonic, as everywhere here. */
  start(nowMs: number): void {
    this.#rounds = 0;
    this.#hasBeaten = false;
    this.#beatMs = nowMs;
    this.#checkMs = nowMs;
  }

  /** The engine has started: from now on SILENCE_LIMIT_MS applies. */
  started(nowMs: number): void {
    this.#hasBeaten = true;
    this.#beatMs = nowMs;
  }

  /** @param rounds total so far; the same number again is no beat. */
  beat(rounds: number, nowMs: number): void {
    if (rounds === this.#rounds) return;
    this.#rounds = rounds;
    this.#hasBeaten = true;
    this.#beatMs = nowMs;
  }

  ageMs(nowMs: number): number {
    return nowMs - this.#beatMs;
  }

  /** Called a few times a second. @returns true when the engine must be killed. */
  isLost(nowMs: number): boolean {
    if (nowMs - this.#checkMs > LATE_CHECK_MS) this.#beatMs = nowMs;
    this.#checkMs = nowMs;
    return this.ageMs(nowMs) > (this.#hasBeaten ? SILENCE_LIMIT_MS : START_LIMIT_MS);
  }
}

/** How often an engine ended without an order, and how long the next one waits: longer each time. */
export class Restarts {
  #count = 0;
  #startedMs = 0;
  #backoffMs = FIRST_BACKOFF_MS;
  #hasRun = false;

  get count(): number {
    return this.#count;
  }

  /** Whether a plan that never ran is worth another try. */
  get isWorthRetry(): boolean {
    return !this.#hasRun && this.#count < START_TRIES;
  }

  /** @param nowMs monotonic, as everywhere here. */
  start(nowMs: number): void {
    this.#startedMs = nowMs;
  }

  /** The engine runs a plan. */
  ran(): void {
    this.#hasRun = true;
  }

  /** @returns how long the next engine waits, in milliseconds. */
  ended(nowMs: number): number {
    this.#count += 1;
    const backoffMs = nowMs - this.#startedMs > HEALTHY_MS ? FIRST_BACKOFF_MS : this.#backoffMs;
    this.#backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
    return backoffMs;
  }
}

/** The last report of each target of an engine's plan. */
export class TargetReports {
  readonly #log: Logger;
  readonly #onChange: (address: string) => void;
  readonly #byAddress = new Map<string, TargetReport>();

  /** @param onChange called with an address of another state or reason. */
  constructor(log: Logger, onChange: (address: string) => void = () => {}) {
    this.#log = log;
    this.#onChange = onChange;
  }

  of(address: string): TargetReport | undefined {
    return this.#byAddress.get(address);
  }

  get all(): TargetReport[] {
    return [...this.#byAddress.values()];
  }

  update(report: TargetReport): void {
    const { address, device, maximumInnerLength, state, reason } = report;
    const before = this.#byAddress.get(address);
    this.#byAddress.set(address, report);
    if (before?.state === state && before.reason === reason) return;
    this.#onChange(address);
    if (state === 'reachable') this.#log.info({ address, device, maximumInnerLength }, 'target reachable');
    else this.#log.warn({ address, state, reason }, 'target not reachable');
  }

  /** Forgets targets that the plan does not have. */
  keepOnly({ lanes }: EnginePlan): void {
    const sessions = lanes.flatMap(({ source }) => source.sessions);
    const addresses = new Set(sessions.flatMap(({ targetAddresses }) => targetAddresses));
    for (const address of this.#byAddress.keys()) {
      if (addresses.has(address)) continue;
      this.#byAddress.delete(address);
      this.#onChange(address);
    }
  }
}

/** The ids of the sessions of each lane. */
export function sessionsByLane({ lanes }: EnginePlan): (LaneName & { readonly sessionIds: string[] })[] {
  return lanes.map(({ source, direction }) => ({
    sourceId: source.id,
    direction,
    sessionIds: source.sessions.map(({ id }) => id),
  }));
}

/** A plan that an engine is to run. */
export interface Wanted {
  readonly generation: number;
  readonly plan: EnginePlan;
}

/** An engine was given a plan, and has not answered. */
export interface Pending {
  readonly resolve: () => void;
  readonly reject: (error: PlanRefusedError) => void;
  /** The plan to go back to. */
  readonly before: Wanted;
  /** An engine has ended meanwhile. One may have other reasons than the plan, so another engine tries it. */
  hasLostEngine: boolean;
}
