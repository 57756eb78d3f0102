/**
 * What is known of a lane, whatever becomes of its engine: whether it captures, since when, and for how long and how
 * often it was blind. While there is no engine it is blind.
 */
import type { Logger } from 'pino';
import type { LaneCondition } from '../io/lane-condition.js';
import { type LanePlan, laneKey } from '../plan/lanes.js';
import type { Direction } from '../plan/mirror-plan.js';
import type { LaneHistory } from '../status/status.js';
import { ChangeLog, type Clock, SYSTEM_CLOCK } from './change-log.js';

/** The reason of a lane that no engine has said anything of yet. */
export const STARTING = 'starting';

/** The lanes of the daemon, each from when it was first asked for. */
export class LaneWatches {
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #byLane = new Map<string, LaneWatch>();

  constructor(log: Logger, clock: Clock = SYSTEM_CLOCK) {
    this.#log = log;
    this.#clock = clock;
  }

  of(sourceId: string, direction: Direction): LaneWatch {
    const key = laneKey({ sourceId, direction });
    const watch = this.#byLane.get(key) ?? new LaneWatch(sourceId, direction, this.#log, this.#clock);
    this.#byLane.set(key, watch);
    return watch;
  }

  /** Forgets lanes that no plan has any more. */
  keepOnly(lanes: readonly LanePlan[]): void {
    const keys = new Set(lanes.map(({ source, direction }) => laneKey({ sourceId: source.id, direction })));
    for (const [key, watch] of this.#byLane) {
      if (keys.has(key)) continue;
      watch.close();
      this.#byLane.delete(key);
    }
  }

  /** Nothing is logged any more. */
  close(): void {
    for (const watch of this.#byLane.values()) watch.close();
  }
}

export class LaneWatch {
  readonly #clock: Clock;
  readonly #log: ChangeLog<LaneCondition>;
  #condition: LaneCondition;
  #since = new Date();
  #sinceMs: number;
  /** Until `#sinceMs`. */
  #blindMs = 0;
  #timesLost = 0;

  constructor(sourceId: string, direction: Direction, log: Logger, clock: Clock) {
    this.#clock = clock;
    this.#sinceMs = clock.nowMs();
    this.#condition = blind(STARTING);
    this.#log = new ChangeLog((condition, changes) => {
      const { state, reason, carrier } = condition;
      const details = { sourceId, direction, ...(changes > 1 && { changes }) };
      if (state === 'waiting') log.warn({ ...details, reason }, 'source not available');
      else log.info({ ...details, carrier }, 'capturing');
    }, clock);
  }

  /** From the engine. */
  update(condition: LaneCondition): void {
    const before = this.#condition;
    this.#condition = condition;
    if (condition.state !== before.state) this.#turn(before);
    const same = condition.state === before.state && condition.reason === before.reason;
    if (!same || condition.carrier !== before.carrier) this.#log.change(keyOf(condition), condition);
  }

  /** The engine ended, which is told by whoever saw it. */
  lose(reason: string): void {
    const before = this.#condition;
    this.#condition = blind(reason);
    if (before.state === 'capturing') this.#turn(before);
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

  #turn(before: LaneCondition): void {
    const now = this.#clock.nowMs();
    if (before.state === 'waiting') this.#blindMs += now - this.#sinceMs;
    else this.#timesLost += 1;
    this.#sinceMs = now;
    this.#since = new Date();
  }
}

function blind(reason: string): LaneCondition {
  return { state: 'waiting', reason, carrier: false, mtu: 0 };
}

/** Of the same kind of line in the log. */
function keyOf({ state, reason, carrier }: LaneCondition): string {
  return `${state} ${reason} ${carrier}`;
}
