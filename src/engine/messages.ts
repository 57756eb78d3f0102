/** What the daemon and its engines say to each other: JSON lines over a socket pair. */
import type { LaneCounts, LaneGauges } from '../counters/snapshot.js';
import type { LaneCondition } from '../io/lane-condition.js';
import type { EnginePlan } from '../plan/engine-plan.js';
import type { LaneName } from '../plan/lanes.js';
import type { TargetReport } from '../targets/target-states.js';

/** To the engine. */
export type EngineOrder =
  /** Run this from now on; answered by `applied` or `refused` with the same generation. */
  | { readonly type: 'plan'; readonly generation: number; readonly plan: EnginePlan }
  /** All addresses that failed their health check; load balancers do without them. */
  | { readonly type: 'unhealthy'; readonly addresses: readonly string[] }
  /** Stop capturing, count what is left and end. */
  | { readonly type: 'stop' };

/** From the engine. */
export type EngineReport =
  /**
   * Once a second, and last of all before the engine ends. `lanes` count from the engine's start; a lane or a session
   * that the plan no longer has is told once more when the plan changes, then no longer.
   */
  | {
      readonly type: 'counters';
      readonly lanes: LaneCounts[];
      readonly gauges: readonly LaneGauges[];
      readonly final: boolean;
    }
  | ({ readonly type: 'lane' } & LaneName & LaneCondition)
  | TargetReport
  /** The plan of that generation runs, all of it, and nothing of the one before. */
  | { readonly type: 'applied'; readonly generation: number }
  /** It does not; the plan before goes on, all of it. */
  | { readonly type: 'refused'; readonly generation: number; readonly reason: string }
  /**
   * A few times a second: how often the loop that moves frames came round since the engine started, and how late it
   * came to what was due.
   */
  | { readonly type: 'beat'; readonly rounds: number; readonly loopDelayMs: number }
  /** The engine cannot work and ends. */
  | { readonly type: 'failed'; readonly code: EngineFailure; readonly reason: string };

/** Starting it again helps only after `internal`. */
export type EngineFailure = 'missing-package' | 'not-permitted' | 'internal';

/** Splits a byte stream into JSON lines. */
export class JsonLines<T> {
  #rest = '';

  /** @returns the messages that are complete now. @throws SyntaxError for a line that is not JSON. */
  push(text: string): T[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map((line) => JSON.parse(line) as T);
  }

  static format(message: unknown): string {
    return `${JSON.stringify(message)}\n`;
  }
}
