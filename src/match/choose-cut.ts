/** Where to cut a region, so that what is left on either side is least. */
import type { Box } from './box.js';

export interface ChosenCut {
  /** Index of an axis. */
  readonly axis: number;
  /** The least value of the upper side. */
  readonly at: number;
  /** How many boxes reach into each side. */
  readonly lowerCount: number;
  readonly upperCount: number;
}

const COST_OF_COPY = 0.25;
/** Of more boxes, some stand for all. */
const SAMPLE = 512;

/** Of boxes within the region; undefined when none is seen to end within it. */
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
 * The longer side, and a part of what is on both: with more of it a tree is cut off-centre to spare copies, and
 * gets deep; with none it is cut where every box is copied.
 */
function costOf(lowerCount: number, upperCount: number, count: number): number {
  return Math.max(lowerCount, upperCount) + COST_OF_COPY * (lowerCount + upperCount - count);
}

/** Tries each value where a box begins, and each behind the end of one, in ascending order. */
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

/** The ends of the boxes on one side of an axis, but for those at the region's own end. */
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
