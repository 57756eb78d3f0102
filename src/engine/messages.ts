/** What the daemon and its engines say to each other: JSON lines over a socket pair. */
import type { LaneCounts } from '../counters/snapshot.js';
import type { LanePlan } from '../mirror/lane.js';
import type { Direction, Emit, Oversize } from '../plan/mirror-plan.js';

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
  | { readonly type: 'plan'; readonly plan: EnginePlan }
  /** Stop capturing, count what is left and end. */
  | { readonly type: 'stop' };

/** waiting: the device is missing or down, and the engine tries again. */
export type LaneState = 'waiting' | 'capturing';

/** From the engine. */
export type EngineReport =
  /** Once a second, and last of all before the engine ends. `lanes` count from the engine's start. */
  | { readonly type: 'counters'; readonly lanes: LaneCounts[]; readonly final: boolean }
  | {
      readonly type: 'lane';
      readonly sourceId: string;
      readonly direction: Direction;
      readonly state: LaneState;
      /** Why it waits; empty when it captures. */
      readonly reason: string;
    }
  /** A target's route or MTU; `maximumInnerLength` 0 while there is no route. */
  | {
      readonly type: 'target';
      readonly address: string;
      readonly device: string;
      readonly maximumInnerLength: number;
      readonly reason: string;
    }
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
