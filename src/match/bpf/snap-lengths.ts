/**
 * Snap lengths: stages whose effects are bytes of a frame to keep, and no longer verdicts of rules. Many entries then
 * have the same effect, and can be left out.
 */
import { type Box, boxCovers, boxesIntersect } from '../box.js';
import { countEntries, type Entry, type Stage } from '../ir.js';
import { simplifyStages } from '../simplify.js';

/** The snap length of frames that no session wants. */
export const DROP = 0;

/** The same stages with snap lengths for verdicts. @param bytesOf the snap length of a verdict >= 0. */
export function snapLengths(
  stages: readonly Stage<Box>[],
  bytesOf: (verdict: number) => number,
): readonly Stage<Box>[] {
  return stages.map(({ label, entries }) => ({
    label,
    entries: entries.map(({ effect, ...rest }) => ({
      ...rest,
      effect: effect === 'next-stage' ? effect : effect < 0 ? DROP : bytesOf(effect),
    })),
  }));
}

/** The snap lengths of all entries that keep frames. */
export function keptBytes(stages: readonly Stage<Box>[]): readonly number[] {
  const effects = stages.flatMap(({ entries }) => entries.map(({ effect }) => effect));
  return effects.filter((effect): effect is number => effect !== 'next-stage' && effect !== DROP);
}

/** Leaves out entries without which the same is kept. Takes time with the square of their number. */
export function simplifySnapLengths(stages: readonly Stage<Box>[]): readonly Stage<Box>[] {
  const needed = stages.map((stage, index) => ({
    label: stage.label,
    entries: stage.entries.filter((entry, at) => !isUseless(entry, stage, at, stages.slice(index + 1))),
  }));
  const simplified = simplifyStages(needed);
  // Without one entry others may be useless.
  return countEntries(simplified) < countEntries(stages) ? simplifySnapLengths(simplified) : simplified;
}

function isUseless(entry: Entry<Box>, stage: Stage<Box>, at: number, later: readonly Stage<Box>[]): boolean {
  const behind = stage.entries.slice(at + 1);
  if (entry.effect === DROP)
    return ![behind, ...later.map(({ entries }) => entries)].some(keepsSomeOf(entry));
  return entry.effect !== 'next-stage' && isRepeated(entry, behind);
}

function keepsSomeOf({ match }: Entry<Box>): (entries: readonly Entry<Box>[]) => boolean {
  return (entries) =>
    entries.some(
      ({ effect, match: other }) =>
        effect !== 'next-stage' && effect !== DROP && boxesIntersect(other, match),
    );
}

/** True when a later entry has the same effect on all frames of the match, and none in between has another on any. */
function isRepeated({ match, effect }: Entry<Box>, behind: readonly Entry<Box>[]): boolean {
  for (const other of behind) {
    if (other.effect !== effect && boxesIntersect(other.match, match)) return false;
    if (other.effect === effect && boxCovers(other.match, match)) return true;
  }
  return false;
}
