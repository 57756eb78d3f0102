/**
 * A frame class as a pre-filter sees it: not which rule matches, only how many bytes to keep. Many entries then
 * say the same, and go.
 */
import { type Box, boxCovers, boxesIntersect } from './box.js';
import type { Entry, Stage } from './ir.js';
import { simplifyStages } from './simplify.js';

/** The effect of entries whose frames nobody wants. */
export const DROP = 0;

/**
 * The same stages with bytes for verdicts: DROP, or how many to keep.
 * @param bytesOf of a verdict >= 0.
 */
export function wantedBytes(
  stages: readonly Stage<Box>[],
  bytesOf: (verdict: number) => number,
): readonly Stage<Box>[] {
  return stages.map(({ label, entries }) => ({
    label,
    entries: entries.map(({ effect, ...rest }) => ({
      ...rest,
      effect: effect === 'leave' ? effect : effect < 0 ? DROP : bytesOf(effect),
    })),
  }));
}

/** Every number of bytes that some entry keeps. */
export function keptBytes(stages: readonly Stage<Box>[]): readonly number[] {
  const effects = stages.flatMap(({ entries }) => entries.map(({ effect }) => effect));
  return effects.filter((effect): effect is number => effect !== 'leave' && effect !== DROP);
}

/** Fewer entries that keep and drop the same. Takes time with the square of their number. */
export function simplifyWanted(stages: readonly Stage<Box>[]): readonly Stage<Box>[] {
  const needed = stages.map((stage, index) => ({
    label: stage.label,
    entries: stage.entries.filter((entry, at) => !isUseless(entry, stage, at, stages.slice(index + 1))),
  }));
  const simplified = simplifyStages(needed);
  // One entry less may make others useless.
  return countEntries(simplified) < countEntries(stages) ? simplifyWanted(simplified) : simplified;
}

export function countEntries(stages: readonly Stage<Box>[]): number {
  return stages.reduce((sum, { entries }) => sum + entries.length, 0);
}

function isUseless(entry: Entry<Box>, stage: Stage<Box>, at: number, later: readonly Stage<Box>[]): boolean {
  const behind = stage.entries.slice(at + 1);
  if (entry.effect === DROP)
    return ![behind, ...later.map(({ entries }) => entries)].some(keepsSomeOf(entry));
  return entry.effect !== 'leave' && isRepeated(entry, behind);
}

function keepsSomeOf({ match }: Entry<Box>): (entries: readonly Entry<Box>[]) => boolean {
  return (entries) =>
    entries.some(
      ({ effect, match: other }) => effect !== 'leave' && effect !== DROP && boxesIntersect(other, match),
    );
}

/** Whether a later entry does the same for all its frames, and none in between does anything else for any. */
function isRepeated({ match, effect }: Entry<Box>, behind: readonly Entry<Box>[]): boolean {
  for (const other of behind) {
    if (other.effect !== effect && boxesIntersect(other.match, match)) return false;
    if (other.effect === effect && boxCovers(other.match, match)) return true;
  }
  return false;
}
