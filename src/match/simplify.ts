/**
 * Drops what cannot change any verdict. Nothing is merged or reordered, so each entry that is left still
 * stands for one rule, and its verdict for one counter.
 */
import { covers, intersects } from './cover.js';
import type { Entry, Match, Program, Stage } from './ir.js';

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

/** The same verdict for every frame, from fewer entries. */
export function simplify(program: Program): Simplified {
  const removals: Removal[] = [];
  const stages = simplifyStages(program.stages, removals);
  return { program: { ...program, stages }, removals };
}

/** As `simplify`, for stages alone; adds what it drops to `removals`. */
export function simplifyStages(stages: readonly Stage[], removals: Removal[]): readonly Stage[] {
  const kept: Stage[] = [];
  for (const stage of stages) {
    const entries = dropUselessLeaves(stage, dropUnreachable(stage, kept, removals), removals);
    if (entries.length > 0) kept.push({ label: stage.label, entries });
  }
  return kept;
}

/** Drops entries whose every frame is decided before it gets to them. */
function dropUnreachable(stage: Stage, earlier: readonly Stage[], removals: Removal[]): readonly Entry[] {
  const kept: Entry[] = [];
  for (const entry of stage.entries) {
    const by = decidedEarlier(entry.match, earlier) ?? coveredIn(entry.match, kept);
    if (by === undefined) kept.push(entry);
    else removals.push({ stage: stage.label, entry: entry.label, reason: `never reached: ${by}` });
  }
  return kept;
}

function decidedEarlier(match: Match, stages: readonly Stage[]): string | undefined {
  for (const stage of stages) {
    const by = settles(stage, match);
    if (by !== undefined) return `${stage.label}, ${by.label} decides first`;
  }
  return undefined;
}

function coveredIn(match: Match, entries: readonly Entry[]): string | undefined {
  const by = entries.find((entry) => covers(entry.match, match));
  return by === undefined ? undefined : `${by.label} covers it`;
}

/**
 * The entry that makes sure no frame of `match` gets out of the stage. A reject before it that touches
 * `match` may let some out.
 */
function settles(stage: Stage, match: Match): Entry | undefined {
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
function dropUselessLeaves(stage: Stage, entries: readonly Entry[], removals: Removal[]): readonly Entry[] {
  return entries.filter((entry, index) => {
    if (entry.effect !== 'leave' || isNeeded(entry, entries, index + 1)) return true;
    removals.push({
      stage: stage.label,
      entry: entry.label,
      reason: 'rejects what nothing after it accepts',
    });
    return false;
  });
}

/** Whether an entry from `start` on would decide a frame that `leave` keeps from it. */
function isNeeded(leave: Entry, entries: readonly Entry[], start: number): boolean {
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
