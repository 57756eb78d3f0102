/** Messages between the daemon and its engines: JSON lines over a socket pair. */
import type { LaneCounts, LaneGauges } from '../counters/snapshot.js';
import type { LaneCondition } from '../io/lane-condition.js';
import type { PeekOrder } from '../peek/peek-order.js';
import type { LaneName } from '../plan/lanes.js';
import type { PlanChange } from '../plan/plan-change.js';
import type { TargetReport } from '../targets/target-states.js';

/** Argument of an engine that may leave core dumps. */
export const ALLOW_CORE_DUMPS = '--core-dumps';

/** Messages to the engine. */
export type EngineOrder =
  /** Change the plan by this; answered by `applied` or `refused` with the same generation. The first is a whole plan. */
  | { readonly type: 'plan'; readonly generation: number; readonly change: PlanChange }
  /** All addresses that failed their health check; load balancers avoid them. */
  | { readonly type: 'unhealthy'; readonly addresses: readonly string[] }
  /** What to copy for those who peek; without `wanted` nobody does. The copies go over a connection of their own. */
  | { readonly type: 'peek'; readonly wanted?: PeekOrder }
  /** Stop capturing, count what is left and end. */
  | { readonly type: 'stop' };

/** Orders that hold until the next one of their type. */
export type StandingOrder = Extract<EngineOrder, { type: 'unhealthy' | 'peek' }>;

/** Messages from the engine. */
export type EngineReport =
  /**
   * At least twice a second, and once before the engine ends: the lanes of which anything changed. They count from the
   * engine's start. When a plan removes a lane or session, its last counts are reported once more.
   */
  | {
      readonly type: 'counters';
      readonly lanes: readonly LaneCounts[];
      readonly gauges: readonly LaneGauges[];
      /** Lanes that are no more. */
      readonly removed: readonly LaneName[];
      readonly final: boolean;
      /** How old they were when they were sent, in milliseconds. */
      readonly ageMs: number;
    }
  | ({ readonly type: 'lane' } & LaneName & LaneCondition)
  | TargetReport
  /** The plan of that generation runs. */
  | { readonly type: 'applied'; readonly generation: number }
  /** The plan of that generation does not run; the plan before goes on. */
  | { readonly type: 'refused'; readonly generation: number; readonly reason: string }
  /**
   * A few times a second: the rounds of the frame loop since the engine started, the delay of its event loop, and how many
   * descriptors of AF_XDP the kernel threw away since then.
   */
  | {
      readonly type: 'beat';
      readonly rounds: number;
      readonly loopDelayMs: number;
      readonly xdpInvalidDescriptors: number;
    }
  /** The engine cannot work and ends. */
  | { readonly type: 'failed'; readonly code: EngineFailure; readonly reason: string };

/** Why an engine cannot work. Starting it again helps only after `internal`. */
export const ENGINE_FAILURES = ['missing-package', 'not-permitted', 'internal'] as const;

export type EngineFailure = (typeof ENGINE_FAILURES)[number];

/** Room for the counters of a hundred thousand sessions. */
export const MAXIMUM_LINE_CHARACTERS = 2 ** 26;

/** Splits a byte stream into JSON lines. */
export class JsonLines<T> {
  readonly #maximum: number;
  /** The parts of a line that has not ended. They are joined once, so that a long line costs no more than its length. */
  #parts: string[] = [];
  #characters = 0;

  /** @param maximum characters of a line */
  constructor(maximum = Number.POSITIVE_INFINITY) {
    this.#maximum = maximum;
  }

  /**
   * @returns the messages that are complete now
   * @throws SyntaxError for a line that is not JSON; RangeError for a line that is too long
   */
  push(text: string): T[] {
    const [first = '', ...others] = text.split('\n');
    this.#add(first);
    const last = others.pop();
    if (last === undefined) return [];
    const lines = [this.#parts.join(''), ...others];
    this.#parts = [];
    this.#characters = 0;
    this.#add(last);
    return lines.map((line) => JSON.parse(line) as T);
  }

  #add(part: string): void {
    this.#characters += part.length;
    if (this.#characters > this.#maximum)
      throw new RangeError(`a line has more than ${this.#maximum} characters`);
    this.#parts.push(part);
  }

  static format(message: unknown): string {
    return `${JSON.stringify(message)}\n`;
  }
}
