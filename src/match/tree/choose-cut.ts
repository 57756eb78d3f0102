/** Where to cut a region, so that the fewest boxes are left on either side. */
import type { Box } from '../box.js';

/** A cut, and how many boxes it leaves on either side. */
export interface ChosenCut {
  /** Index of an axis. */
  readonly axis: number;
  /** The least value of the upper side. */
  readonly at: number;
  /** How many boxes reach into each side. */
  readonly lowerCount: number;
  readonly upperCount: number;
}

/** In boxes. See `costOf`. */
const COST_OF_COPY = 0.25;
/** Most boxes that are looked at: of more, an evenly spaced sample. */
const SAMPLE = 512;

/** @param boxes within the region. @returns undefined when no end of a looked-at box divides the region. */
export function chooseCut(boxes: readonly Box[], region: Box): ChosenCut | undefined {
  const step = Math.ceil(boxes.length / SAMPLE);
  const sample = step === 1 ? boxes : boxes.filter((_, index) => index % step === 0);
  let best: ChosenCut | undefined;
  let leastCost = Infinity;
  for (let axis = 0; axis < region.from.length; axis++) {
    const cut = chooseOnAxis(sample, region, axis);
    if (cut === undefined) continue;
    const cost = costOf(cut.lowerCount, cut.upperCount, sample.length);
    if (cost >= leastCost) continue;
    leastCost = cost;
    best = cut;
  }
  return best === undefined || step === 1 ? best : counted(best, boxes);
}

/** The same cut with the counts of all boxes in place of the sample's. */
function counted({ axis, at }: ChosenCut, boxes: readonly Box[]): ChosenCut {
  let lowerCount = 0;
  let upperCount = 0;
  for (const { from, to } of boxes) {
    if (from[axis]! < at) lowerCount += 1;
    if (to[axis]! >= at) upperCount += 1;
  }
  return { axis, at, lowerCount, upperCount };
}

/**
 * The longer side, and COST_OF_COPY for each box that is on both. With more for a copy, cuts move off the centre to
 * spare copies, and the tree gets deep; with nothing, cuts fall where every box is copied.
 */
function costOf(lowerCount: number, upperCount: number, count: number): number {
  return Math.max(lowerCount, upperCount) + COST_OF_COPY * (lowerCount + upperCount - count);
}

/** Tries, in ascending order, each value at which a box begins and each behind the end of one. */
function chooseOnAxis(boxes: readonly Box[], { from, to }: Box, axis: number): ChosenCut | undefined {
  const count = boxes.length;
  const starts = sortedBounds(boxes, 'from', axis, from[axis]!);
  const ends = sortedBounds(boxes, 'to', axis, to[axis]!);
  const fromFirst = count - starts.length;
  let best: ChosenCut | undefined;
  let leastCost = Infinity;
  for (let started = 0, ended = 0; started < starts.length || ended < ends.length; ) {
    const start = started < starts.length ? starts[started]! : Infinity;
    const at = ended < ends.length ? Math.min(start, ends[ended]! + 1) : start;
    while (ended < ends.length && ends[ended]! < at) ended += 1;
    const lowerCount = fromFirst + started;
    const upperCount = count - ended;
    while (started < starts.length && starts[started]! <= at) started += 1;
    const cost = costOf(lowerCount, upperCount, count);
    if (cost >= leastCost) continue;
    leastCost = cost;
    best = { axis, at, lowerCount, upperCount };
  }
  return best;
}

/** The ends of the boxes on one side of an axis, without those at the region's own end. */
function sortedBounds(
  boxes: readonly Box[],
  side: 'from' | 'to',
  axis: number,
  outermost: number,
): Int32Array {
  const bounds = new Int32Array(boxes.length);
  let count = 0;
  for (const box of boxes) {
    const bound = box[side][axis]!;
    if (bound !== outermost) bounds[count++] = bound;
  }
  return bounds.subarray(0, count).sort();
}
