/**
 * What sources may cost each other: start-time fair queueing. A frame costs one, a GSO frame as many as the segments
 * that it may become. Whoever has cost the least is served first, a small share at a time. So sources that always have
 * frames get the same, whatever their frames cost, and a source that has few frames waits for at most one frame of
 * another.
 */
import { MAXIMUM_SEGMENTS } from '../../offload/segmenter.js';
import { GSO_NONE } from '../../wire/virtio-net.js';
import type { Frame } from '../frame.js';

/** What one `sendmmsg` takes. */
export const SHARE = 256;
/** All sources are looked at again after this much. */
const LOOK_COST = 1024;

/** What a frame costs, at most; without its headers being looked at. */
export function costOf({ gsoType, gsoSize, wireLength }: Frame): number {
  if (gsoType === GSO_NONE || gsoSize === 0) return 1;
  return Math.min(Math.ceil(wireLength / gsoSize), MAXIMUM_SEGMENTS);
}

/** A source of frames that takes turns with others. */
export interface TakesTurns {
  /** Frames wait. */
  readonly isWaiting: boolean;
  /** What it has cost: its place in the queue. Only `Turns` sets it. */
  cost: number;
  /** Hands over frames until they have cost as much as this: the last may cost more. @returns what they cost. */
  pull(budget: number): number;
}

/** The queue of an engine's sources. */
export class Turns {
  /** What those that wait have cost. One that did not wait for long is one share before them, not more. */
  #now = 0;

  /**
   * Serves them until no frames wait, or the time is over.
   * @param isOver asked after each turn. @returns whether any frames waited.
   */
  give(all: readonly TakesTurns[], isOver: () => boolean): boolean {
    let any = false;
    for (;;) {
      const waiting = all.filter(({ isWaiting }) => isWaiting);
      if (waiting.length === 0) return any;
      any = true;
      for (const source of waiting) source.cost = Math.max(source.cost, this.#now - SHARE);
      waiting.sort((a, b) => a.cost - b.cost);
      let left = LOOK_COST;
      let next = Number.POSITIVE_INFINITY;
      for (const source of waiting) {
        // One that was served is before it again.
        if (source.cost > next) break;
        this.#now = source.cost;
        const cost = source.pull(SHARE);
        source.cost += cost;
        if (isOver()) return true;
        left -= cost;
        if (left <= 0) break;
        if (source.isWaiting) next = Math.min(next, source.cost);
      }
    }
  }
}
