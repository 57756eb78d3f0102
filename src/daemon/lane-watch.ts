/**
 * The condition of each lane over all engines: whether it captures, since when, for how long it was blind (did not
 * capture), and how often. Without an engine it is blind; while one of its workers does not capture, so is the lane, since
 * a part of its frames is lost.
 */
import type { Logger } from 'pino';
import { type LaneCondition, waiting } from '../io/lane-condition.js';
import { type LaneName, type LanePlan, laneKey } from '../plan/lanes.js';
import type { Direction } from '../plan/mirror-plan.js';
import { STARTING } from '../status/session-condition.js';
import type { LaneHistory } from '../status/status.js';

const LOG_INTERVAL_MS = 10_000;

/** Time and timers; tests have their own. */
export interface Clock {
  /** Monotonic. */
  readonly nowMs: () => number;
  /** @returns a function that cancels it. */
  readonly after: (ms: number, act: () => void) => () => void;
}

const SYSTEM_CLOCK: Clock = {
  nowMs: () => performance.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

interface Pending<State> {
  readonly key: string;
  readonly state: State;
}

/** The watches of the daemon's lanes. Each begins when it is first asked for. */
export class LaneWatches {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #onChange: (sourceId: string) => void;
  readonly #byLane = new Map<string, LaneWatch>();
  #workers = 1;

  /** @param onChange called with a source when one of its lanes has another state or reason. */
  constructor(log: Logger, clock: Clock = SYSTEM_CLOCK, onChange: (sourceId: string) => void = () => {}) {
    this.#log = log;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  /** @param workers how many share each lane. */
  setWorkers(workers: number): void {
    this.#workers = workers;
  }

  of(sourceId: string, direction: Direction): LaneWatch {
    const key = laneKey({ sourceId, direction });
    const watch =
      this.#byLane.get(key) ??
      new LaneWatch({ sourceId, direction }, () => this.#workers, this.#log, this.#clock, this.#onChange);
    this.#byLane.set(key, watch);
    return watch;
  }

  /** Forgets lanes that the plan does not have. */
  keepOnly(lanes: readonly LanePlan[]): void {
    const keys = new Set(lanes.map(({ source, direction }) => laneKey({ sourceId: source.id, direction })));
    for (const [key, watch] of this.#byLane) {
      if (keys.has(key)) continue;
      watch.close();
      this.#byLane.delete(key);
    }
  }

  /** Ends all logging. */
  close(): void {
    for (const watch of this.#byLane.values()) watch.close();
  }
}

export class LaneWatch {
  readonly #clock: Clock;
  readonly #log: ChangeLog<LaneCondition>;
  readonly #workers: () => number;
  readonly #onChange: () => void;
  /** The last condition of each worker; those that are missing have not reported yet. */
  readonly #conditions = new Map<number, LaneCondition>();
  #condition: LaneCondition;
  #since = new Date();
  #sinceMs: number;
  /** Time without capture until `#sinceMs`. */
  #blindMs = 0;
  #timesLost = 0;

  /** @param workers how many share the lane. */
  constructor(
    { sourceId, direction }: LaneName,
    workers: () => number,
    log: Logger,
    clock: Clock,
    onChange: (sourceId: string) => void,
  ) {
    this.#clock = clock;
    this.#onChange = () => onChange(sourceId);
    this.#workers = workers;
    this.#sinceMs = clock.nowMs();
    this.#condition = waiting(STARTING);
    this.#log = new ChangeLog((condition, changes) => {
      const { state, reason, carrier } = condition;
      const details = { sourceId, direction, ...(changes > 1 && { changes }) };
      if (state === 'waiting') log.warn({ ...details, reason }, 'source not available');
      else log.info({ ...details, carrier }, 'capturing');
    }, clock);
  }

  /** Sets the condition that a worker reports. @param worker from 0 */
  update(reported: LaneCondition, worker = 0): void {
    const before = this.#condition;
    const condition = this.#set(worker, reported);
    if (condition.state !== before.state) this.#endState(before);
    const same = condition.state === before.state && condition.reason === before.reason;
    if (!same) this.#onChange();
    if (!same || condition.carrier !== before.carrier) this.#log.change(keyOf(condition), condition);
  }

  /** The engine of a worker ended. Its supervisor logs that. @param worker from 0 */
  lose(reason: string, worker = 0): void {
    const before = this.#condition;
    this.#set(worker, waiting(reason));
    if (before.state === 'capturing') this.#endState(before);
    this.#onChange();
  }

  /** What it is now, without its history. */
  get condition(): LaneCondition {
    return this.#condition;
  }

  read(): LaneHistory {
    const { state } = this.#condition;
    const blindMs = this.#blindMs + (state === 'waiting' ? this.#clock.nowMs() - this.#sinceMs : 0);
    return {
      ...this.#condition,
      since: this.#since.toISOString(),
      blindSeconds: Math.round(blindMs) / 1000,
      timesLost: this.#timesLost,
    };
  }

  close(): void {
    this.#log.close();
  }

  /** @returns the lane's condition: that of the first worker which does not capture, or that of the first. */
  #set(worker: number, reported: LaneCondition): LaneCondition {
    this.#conditions.set(worker, reported);
    const workers = this.#workers();
    const all = Array.from(
      { length: workers },
      (_, index) => this.#conditions.get(index) ?? waiting(STARTING),
    );
    const place = Math.max(
      0,
      all.findIndex(({ state }) => state !== 'capturing'),
    );
    const { reason, ...rest } = all[place] ?? reported;
    const isNamed = workers > 1 && reason !== '';
    this.#condition = { ...rest, reason: isNamed ? `worker ${place + 1}: ${reason}` : reason };
    return this.#condition;
  }

  /** Counts a state that has ended; the other one begins. */
  #endState(before: LaneCondition): void {
    const now = this.#clock.nowMs();
    if (before.state === 'waiting') this.#blindMs += now - this.#sinceMs;
    else this.#timesLost += 1;
    this.#sinceMs = now;
    this.#since = new Date();
  }
}

/**
 * Logs a state that changes often at most once in ten seconds per key, and the last state in any case, with the number
 * of changes since the line before.
 */
export class ChangeLog<State> {
  readonly #write: (state: State, changes: number) => void;
  /** When a state was last written, by key. */
  readonly #writtenMs = new Map<string, number>();
  #changes = 0;
  readonly #clock: Clock;
  #cancel = (): void => {};
  #pending: Pending<State> | undefined;

  /** @param write logs a state, with the number of changes since it was last called. */
  constructor(write: (state: State, changes: number) => void, clock: Clock) {
    this.#write = write;
    this.#clock = clock;
  }

  /** @param key the same for states that need only one line in ten seconds. */
  change(key: string, state: State): void {
    this.#changes += 1;
    this.#pending = { key, state };
    this.#writeWhenDue();
  }

  close(): void {
    this.#cancel();
  }

  #writeWhenDue(): void {
    this.#cancel();
    if (this.#pending === undefined) return;
    const { key, state } = this.#pending;
    const now = this.#clock.nowMs();
    const dueMs = (this.#writtenMs.get(key) ?? -LOG_INTERVAL_MS) + LOG_INTERVAL_MS;
    if (now < dueMs) {
      this.#cancel = this.#clock.after(dueMs - now, () => this.#writeWhenDue());
      return;
    }
    for (const [other, writtenMs] of this.#writtenMs)
      if (now - writtenMs >= LOG_INTERVAL_MS) this.#writtenMs.delete(other);
    this.#writtenMs.set(key, now);
    this.#write(state, this.#changes);
    this.#changes = 0;
    this.#pending = undefined;
  }
}

/** Conditions with the same key need only one line in ten seconds. */
function keyOf({ state, reason, carrier }: LaneCondition): string {
  return `${state} ${reason} ${carrier}`;
}
