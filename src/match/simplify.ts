/**
 * Drops entries that cannot change any verdict. Nothing is merged or reordered, so each entry that is left still
 * belongs to one rule, and its verdict to one counter.
 */
import { type Box, BoxList, wholeBox } from './box.js';
import type { Entry, Program, Stage } from './ir.js';

/** An entry that was dropped, and why, for `explain`. */
export interface Removal {
  /** Labels of the stage and of the entry. */
  readonly stage: string;
  readonly entry: string;
  readonly reason: string;
}

/** A simplified program, and the entries that were dropped from it. */
export interface Simplified {
  readonly program: Program;
  readonly removals: readonly Removal[];
}

/**
 * Simplifies a program: the same verdict for every frame, from fewer entries. Takes time with the square of their
 * number.
 */
export function simplify(program: Program): Simplified {
  const removals: Removal[] = [];
  const stages = new Simplifier(program.stages, wholeBox, removals).simplify();
  return { program: { ...program, stages }, removals };
}

/** `simplify` for stages of boxes alone. */
export function simplifyStages(stages: readonly Stage<Box>[]): readonly Stage<Box>[] {
  return new Simplifier(stages, (box) => box, []).simplify();
}

/** An entry, and its number in the list of boxes. */
interface Numbered<Shape> {
  readonly entry: Entry<Shape>;
  readonly box: number;
}

interface NumberedStage<Shape> {
  readonly label: string;
  readonly entries: readonly Numbered<Shape>[];
}

class Simplifier<Shape> {
  readonly #stages: readonly NumberedStage<Shape>[];
  readonly #boxes: BoxList;
  readonly #removals: Removal[];

  constructor(stages: readonly Stage<Shape>[], boxOf: (shape: Shape) => Box, removals: Removal[]) {
    let box = 0;
    this.#stages = stages.map(({ label, entries }) => ({
      label,
      entries: entries.map((entry) => ({ entry, box: box++ })),
    }));
    this.#boxes = new BoxList(stages.flatMap(({ entries }) => entries.map(({ match }) => boxOf(match))));
    this.#removals = removals;
  }

  simplify(): Stage<Shape>[] {
    const kept: NumberedStage<Shape>[] = [];
    for (const stage of this.#stages) {
      const entries = this.#dropUselessRejects(stage, this.#dropUnreachable(stage, kept));
      if (entries.length > 0) kept.push({ label: stage.label, entries });
    }
    return kept.map(({ label, entries }) => ({ label, entries: entries.map(({ entry }) => entry) }));
  }

  /** Drops entries all of whose frames are decided earlier. */
  #dropUnreachable(
    { label, entries }: NumberedStage<Shape>,
    earlier: readonly NumberedStage<Shape>[],
  ): readonly Numbered<Shape>[] {
    const kept: Numbered<Shape>[] = [];
    for (const one of entries) {
      const by = this.#decidedEarlier(one.box, earlier) ?? this.#coveredIn(one.box, kept);
      if (by === undefined) kept.push(one);
      else this.#removals.push({ stage: label, entry: one.entry.label, reason: `never reached: ${by}` });
    }
    return kept;
  }

  #decidedEarlier(box: number, stages: readonly NumberedStage<Shape>[]): string | undefined {
    for (const stage of stages) {
      const by = this.#settles(stage, box);
      if (by !== undefined) return `${stage.label}, ${by.label} decides first`;
    }
    return undefined;
  }

  #coveredIn(box: number, entries: readonly Numbered<Shape>[]): string | undefined {
    for (const { entry, box: other } of entries) {
      if (this.#boxes.covers(other, box)) return `${entry.label} covers it`;
    }
    return undefined;
  }

  /**
   * The entry that keeps every frame of the box from getting past the stage. There is none when a reject before it
   * intersects the box: that may send some frames to the next stage.
   */
  #settles({ entries }: NumberedStage<Shape>, box: number): Entry<Shape> | undefined {
    for (const { entry, box: other } of entries) {
      if (entry.effect !== 'next-stage') {
        if (this.#boxes.covers(other, box)) return entry;
      } else if (this.#boxes.intersect(other, box)) {
        return undefined;
      }
    }
    return undefined;
  }

  /** Drops rejects that keep no frame from a later entry of their stage, such as those at its end. */
  #dropUselessRejects(
    { label }: NumberedStage<Shape>,
    entries: readonly Numbered<Shape>[],
  ): readonly Numbered<Shape>[] {
    return entries.filter((one, index) => {
      if (one.entry.effect !== 'next-stage' || this.#isNeeded(one.box, entries, index + 1)) return true;
      const reason = 'rejects what nothing after it accepts';
      this.#removals.push({ stage: label, entry: one.entry.label, reason });
      return false;
    });
  }

  /** Whether an entry from `start` on would decide a frame of the box `reject`. */
  #isNeeded(reject: number, entries: readonly Numbered<Shape>[], start: number): boolean {
    for (let index = start; index < entries.length; index++) {
      const { entry, box } = entries[index]!;
      if (entry.effect !== 'next-stage') {
        if (this.#boxes.intersect(box, reject)) return true;
      } else if (this.#boxes.covers(box, reject)) {
        // The later reject keeps the same frames from all that follows.
        return false;
      }
    }
    return false;
  }
}
