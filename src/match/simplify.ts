/**
 * Drops what cannot change any verdict. Nothing is merged or reordered, so each entry that is left still
 * stands for one rule, and its verdict for one counter.
 */
import { covers, intersects } from './cover.js';
import type { Entry, Program, Stage } from './ir.js';

/** An entry that was dropped, in words for `explain`. */
export interface Removal {
  /** Labels of the stage and of the entry. */
  readonly stage: string;
  readonly entry: string;
  readonly reason: string;
}

export interface Simplified {
  readonly program: Program;
  readonly removals: readonly Removal[];
}

/** How sets of frames relate. */
export interface Relations<Shape> {
  /** Whether every frame in `inner` is in `outer`. */
  covers(outer: Shape, inner: Shape): boolean;
  /** False only when no frame is in both. */
  intersects(a: Shape, b: Shape): boolean;
}

/** The same verdict for every frame, from fewer entries. */
export function simplify(program: Program): Simplified {
  const removals: Removal[] = [];
  const stages = simplifyStages(program.stages, { covers, intersects }, removals);
  return { program: { ...program, stages }, removals };
}

/** As `simplify`, for stages alone; adds what it drops to `removals`. */
export function simplifyStages<Shape>(
  stages: readonly Stage<Shape>[],
  relations: Relations<Shape>,
  removals: Removal[] = [],
): readonly Stage<Shape>[] {
  const kept: Stage<Shape>[] = [];
  for (const stage of stages) {
    const reachable = dropUnreachable(stage, kept, relations, removals);
    const entries = dropUselessLeaves(stage, reachable, relations, removals);
    if (entries.length > 0) kept.push({ label: stage.label, entries });
  }
  return kept;
}

/** Drops entries whose every frame is decided before it gets to them. */
function dropUnreachable<Shape>(
  stage: Stage<Shape>,
  earlier: readonly Stage<Shape>[],
  relations: Relations<Shape>,
  removals: Removal[],
): readonly Entry<Shape>[] {
  const kept: Entry<Shape>[] = [];
  for (const entry of stage.entries) {
    const by = decidedEarlier(entry.match, earlier, relations) ?? coveredIn(entry.match, kept, relations);
    if (by === undefined) kept.push(entry);
    else removals.push({ stage: stage.label, entry: entry.label, reason: `never reached: ${by}` });
  }
  return kept;
}

function decidedEarlier<Shape>(
  match: Shape,
  stages: readonly Stage<Shape>[],
  relations: Relations<Shape>,
): string | undefined {
  for (const stage of stages) {
    const by = settles(stage, match, relations);
    if (by !== undefined) return `${stage.label}, ${by.label} decides first`;
  }
  return undefined;
}

function coveredIn<Shape>(
  match: Shape,
  entries: readonly Entry<Shape>[],
  { covers }: Relations<Shape>,
): string | undefined {
  const by = entries.find((entry) => covers(entry.match, match));
  return by === undefined ? undefined : `${by.label} covers it`;
}

/**
 * The entry that makes sure no frame of `match` gets out of the stage. A reject before it that touches
 * `match` may let some out.
 */
function settles<Shape>(
  stage: Stage<Shape>,
  match: Shape,
  { covers, intersects }: Relations<Shape>,
): Entry<Shape> | undefined {
  for (const entry of stage.entries) {
    if (entry.effect !== 'leave') {
      if (covers(entry.match, match)) return entry;
    } else if (intersects(entry.match, match)) {
      return undefined;
    }
  }
  return undefined;
}

/** Drops rejects that keep no frame from a later entry of their stage, trailing ones above all. */
function dropUselessLeaves<Shape>(
  stage: Stage<Shape>,
  entries: readonly Entry<Shape>[],
  relations: Relations<Shape>,
  removals: Removal[],
): readonly Entry<Shape>[] {
  return entries.filter((entry, index) => {
    if (entry.effect !== 'leave' || isNeeded(entry, entries, index + 1, relations)) return true;
    removals.push({
      stage: stage.label,
      entry: entry.label,
      reason: 'rejects what nothing after it accepts',
    });
    return false;
  });
}

/** Whether an entry from `start` on would decide a frame that `leave` keeps from it. */
function isNeeded<Shape>(
  leave: Entry<Shape>,
  entries: readonly Entry<Shape>[],
  start: number,
  { covers, intersects }: Relations<Shape>,
): boolean {
  for (let index = start; index < entries.length; index++) {
    const later = entries[index]!;
    if (later.effect !== 'leave') {
      if (intersects(later.match, leave.match)) return true;
    } else if (covers(later.match, leave.match)) {
      // Needed or not, the later one does this one's work.
      return false;
    }
  }
  return false;
}
