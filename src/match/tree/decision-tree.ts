/**
 * Decision trees, for many rules: a frame class is cut in two at a value of one field, and each half again, until a
 * frame of the region can match only few entries. Such trees are those of HiCuts (Gupta and McKeown, Hot Interconnects
 * 1999), with the binary cuts at ends of boxes of HyperSplit (Qi and others, INFOCOM 2009).
 *
 * An entry that reaches across a cut is copied to both sides. To keep a tree small, the number of entries in all leaves
 * together is bounded. Where the bound ends the cutting, a leaf keeps a long list.
 *
 *                      destinationPort < 443
 *                     /                     \
 *          source0 < 10.1.0.0          [ r3 r7 r9 ]
 *         /                  \
 *    [ r1 r2 ]            [ r2 r5 ]
 */
import { type Box, boxCovers } from '../box.js';
import type { Entry, Stage } from '../ir.js';
import { simplifyStages } from '../simplify.js';

/** A decision tree, or a part of one. */
export type Tree = Leaf | Cut;

/** The frames of a region, and the entries that can match them. */
export interface Leaf {
  readonly kind: 'leaf';
  readonly region: Box;
  readonly stages: readonly Stage<Box>[];
}

/** A node: the value at which a field is cut. */
export interface Cut {
  readonly kind: 'cut';
  /** Index of an axis of the frame class. */
  readonly axis: number;
  /** The least value of the upper side. */
  readonly at: number;
  readonly lower: Tree;
  readonly upper: Tree;
}

/** Limits of a tree. */
export interface TreeLimits {
  /** Entries in all leaves together. */
  readonly entries: number;
  /** Entries examined for all cuts together. */
  readonly work: number;
}

/** Entries that are tested one by one as fast as a tree would find them. */
const SMALL_LEAF = 12;
/** Most entries of a leaf that is simplified, which takes time with the square of their number. */
const MAXIMUM_SIMPLIFIED = 512;

/** The cost of a box on both sides of a cut, in boxes: see `costOf`. */
const COST_OF_COPY = 0.25;
/** Most boxes for which a cut is chosen exactly; of more, an evenly spaced sample is taken. */
const SAMPLE = 512;

/** An entry, clipped to the region, and the index of its stage. */
interface Item {
  readonly stage: number;
  readonly entry: Entry<Box>;
}

/** A cut, and how many boxes it leaves on either side. */
interface ChosenCut {
  /** Index of an axis. */
  readonly axis: number;
  /** The least value of the upper side. */
  readonly at: number;
  /** How many boxes reach into each side. */
  readonly lowerCount: number;
  readonly upperCount: number;
}

/** The tree of some stages. @param space the region of all frames. */
export function growTree(stages: readonly Stage<Box>[], space: Box, limits: TreeLimits): Tree {
  const items = stages.flatMap(({ entries }, stage) => entries.map((entry) => ({ stage, entry })));
  let work = limits.work;
  return grow(items, space, limits.entries).tree;

  /** @param most entries that the leaves may hold, not less than there are items. */
  function grow(all: readonly Item[], region: Box, most: number): { tree: Tree; entries: number } {
    const items = reachable(all, region);
    work -= items.length;
    const cut =
      items.length <= SMALL_LEAF || work < 0
        ? undefined
        : chooseCut(
            items.map(({ entry }) => entry.match),
            region,
          );
    if (cut === undefined || cut.lowerCount + cut.upperCount > most) {
      return { tree: leaf(items, region, stages), entries: items.length };
    }
    const { axis, at, lowerCount, upperCount } = cut;
    const [lowerRegion, upperRegion] = halves(region, axis, at);
    const share = Math.floor((most * lowerCount) / (lowerCount + upperCount));
    const lower = grow(within(items, lowerRegion, axis), lowerRegion, Math.max(share, lowerCount));
    // The upper side may use what the lower side left.
    const upper = grow(within(items, upperRegion, axis), upperRegion, most - lower.entries);
    return {
      tree: { kind: 'cut', axis, at, lower: lower.tree, upper: upper.tree },
      entries: lower.entries + upper.entries,
    };
  }
}

/**
 * The items that a frame of the region can get to. An entry that every frame of the region matches hides the rest of
 * its stage. It hides the later stages too, unless a reject before it sends frames to them.
 */
function reachable(items: readonly Item[], region: Box): readonly Item[] {
  const kept: Item[] = [];
  let closed = -1;
  let lastReject = -1;
  for (const item of items) {
    const { stage, entry } = item;
    if (stage === closed) continue;
    kept.push(item);
    if (entry.effect === 'next-stage') lastReject = stage;
    if (!boxCovers(entry.match, region)) continue;
    if (lastReject !== stage) break;
    closed = stage;
  }
  return kept;
}

function leaf(items: readonly Item[], region: Box, stages: readonly Stage<Box>[]): Leaf {
  const held = stages.map(({ label }, index) => ({
    label,
    entries: items.filter(({ stage }) => stage === index).map(({ entry }) => entry),
  }));
  const isShort = items.length <= MAXIMUM_SIMPLIFIED;
  return { kind: 'leaf', region, stages: isShort ? simplifyStages(held) : held };
}

function halves({ from, to }: Box, axis: number, at: number): [Box, Box] {
  return [
    { from, to: to.with(axis, at - 1) },
    { from: from.with(axis, at), to },
  ];
}

/** The items clipped to the region, on `axis` only: on the other axes they are clipped already. */
function within(items: readonly Item[], region: Box, axis: number): Item[] {
  const from = region.from[axis]!;
  const to = region.to[axis]!;
  const kept: Item[] = [];
  for (const item of items) {
    const { match } = item.entry;
    const itemFrom = match.from[axis]!;
    const itemTo = match.to[axis]!;
    if (itemFrom > to || itemTo < from) continue;
    kept.push(
      itemFrom >= from && itemTo <= to
        ? item
        : clip(item, axis, Math.max(itemFrom, from), Math.min(itemTo, to)),
    );
  }
  return kept;
}

function clip({ stage, entry }: Item, axis: number, from: number, to: number): Item {
  const match = { from: entry.match.from.with(axis, from), to: entry.match.to.with(axis, to) };
  return { stage, entry: { ...entry, match } };
}

/**
 * Chooses the cut that leaves the fewest boxes on either side.
 * @param boxes within the region. @returns undefined when no end of a box in the sample divides the region.
 */
function chooseCut(boxes: readonly Box[], region: Box): ChosenCut | undefined {
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

/** The cut with counts of all boxes, in place of those of the sample. */
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
 * The cost of a cut: the boxes of the longer side, and COST_OF_COPY for each box that is on both. If a copy cost more,
 * cuts would move away from the centre to save copies, and the tree would get deep. If it cost nothing, cuts could copy
 * every box.
 */
function costOf(lowerCount: number, upperCount: number, count: number): number {
  return Math.max(lowerCount, upperCount) + COST_OF_COPY * (lowerCount + upperCount - count);
}

/** Tries the values at which boxes begin, and those behind their ends, in ascending order. */
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

/** The bounds of the boxes on one side of an axis, ascending, without those that are the region's. */
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
