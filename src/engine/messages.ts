/** What the daemon and its engines say to each other: JSON lines over a socket pair. */
import type { LaneCounts, LaneGauges } from '../counters/snapshot.js';
import type { LanePlan } from '../mirror/lane.js';
import type { Direction, Emit, Oversize } from '../plan/mirror-plan.js';

/** Argument of an engine that may leave core dumps. */
export const ALLOW_CORE_DUMPS = '--core-dumps';

/** What one engine has to do. */
export interface EnginePlan {
  readonly io: 'ring' | 'libpcap';
  readonly lanes: readonly LanePlan[];
  /** Every target address of the whole plan, other engines' too: none of their copies is mirrored again. */
  readonly targetAddresses: readonly string[];
  readonly ringMegabytes: number;
  readonly oversize: Oversize;
  readonly emit: Emit;
}

/** To the engine. */
export type EngineOrder =
  /** Run this from now on; answered by `applied` or `refused` with the same generation. */
  | { readonly type: 'plan'; readonly generation: number; readonly plan: EnginePlan }
  /** All addresses that failed their health check; load balancers do without them. */
  | { readonly type: 'unhealthy'; readonly addresses: readonly string[] }
  /** Stop capturing, count what is left and end. */
  | { readonly type: 'stop' };

/**
 * What the daemon found under the path of a network namespace, sent as a JSON array beside the descriptors of those
 * that it opened, in order. The engine opens none itself: it has no right to.
 */
export type NamespaceNews =
  | { readonly path: string; readonly found: 'open' }
  | { readonly path: string; readonly found: 'problem'; readonly problem: string }
  /** No plan has the path any more. */
  | { readonly path: string; readonly found: 'forgotten' };

/** waiting: the device is missing or down, or the engine is; it goes on as soon as it can. */
export const LANE_STATES = ['waiting', 'capturing'] as const;

type LaneState = (typeof LANE_STATES)[number];

export interface LaneCondition {
  readonly state: LaneState;
  /** Why it waits; empty when it captures. */
  readonly reason: string;
  /** The device is connected. Without it there is no traffic, which is no fault of the lane. */
  readonly carrier: boolean;
  /** Of the device, in bytes; 0 while there is none. */
  readonly mtu: number;
}

/**
 * suspect: copies leave, but some are lost on the way or not taken there; unreachable: none arrives, and a load
 * balancer does without the address.
 */
export const TARGET_STATES = ['reachable', 'suspect', 'unreachable'] as const;

export type TargetState = (typeof TARGET_STATES)[number];

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
  | ({ readonly type: 'lane'; readonly sourceId: string; readonly direction: Direction } & LaneCondition)
  /** How a target can be reached; `device` is empty and `maximumInnerLength` 0 while there is no route. */
  | {
      readonly type: 'target';
      readonly address: string;
      readonly device: string;
      readonly maximumInnerLength: number;
      readonly state: TargetState;
      /** Why it is not `reachable`; else empty. */
      readonly reason: string;
    }
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

/** The counters of a hundred thousand sessions. */
export const MAXIMUM_LINE_CHARACTERS = 2 ** 26;

/** Splits a byte stream into JSON lines. */
export class JsonLines<T> {
  readonly #maximum: number;
  /** Of a line that has not ended: put together once, however long it is. */
  #parts: string[] = [];
  #characters = 0;

  /** @param maximum of a line */
  constructor(maximum = Number.POSITIVE_INFINITY) {
    this.#maximum = maximum;
  }

  /** @returns the messages that are complete now. @throws SyntaxError for a line that is not JSON; RangeError for one that is too long */
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
