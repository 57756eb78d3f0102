/** What the readers of a page want of GetStatus, together. */
import type { StatusPart } from '../../../src/api/traffic-mirror/shape.js';

/** What one reader wants. */
export interface StatusWant {
  readonly parts: readonly StatusPart[];
  /** Milliseconds between two reads. */
  readonly everyMs: number;
}

/** One read for all: every part that somebody wants, as often as the most eager one does. Undefined: nobody wants any. */
export function togetherOf(wants: readonly StatusWant[]): StatusWant | undefined {
  if (wants.length === 0) return undefined;
  return {
    parts: [...new Set(wants.flatMap(({ parts }) => parts))].sort(),
    everyMs: Math.min(...wants.map(({ everyMs }) => everyMs)),
  };
}

/** True when a read of some parts has all that a reader wants. Parts that nobody asked for are not in a status. */
export function hasParts(read: readonly StatusPart[], wanted: readonly StatusPart[]): boolean {
  return wanted.every((part) => read.includes(part));
}
