/**
 * The structure for many rules: a frame class is cut in two at a value of one field, and each half again, until few
 * entries are left that a frame of the region may match. Such trees are those of HiCuts (Gupta and McKeown, Hot
 * Interconnects 1999), with the binary cuts at ends of boxes of HyperSplit (Qi and others, INFOCOM 2009).
 *
 * An entry that reaches across a cut goes to both sides. So that a tree stays small, the number of entries in all
 * leaves together is bounded; where the bound stops the cutting, a leaf keeps a long list.
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
import { chooseCut } from './choose-cut.js';

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

/** What may be spent on a tree. */
export interface TreeLimits {
  /** Entries in all leaves together. */
  readonly entries: number;
  /** Entries looked at for all cuts together. */
  readonly work: number;
}

/** Entries. Up to so many are tested one by one as fast as a tree finds them. */
const SMALL_LEAF = 12;
/** Entries. Simplifying takes time with the square of their number. */
const MAXIMUM_SIMPLIFIED = 512;

/** An entry, clipped to the region, and the index of its stage. */
interface Item {
  readonly stage: number;
  readonly entry: Entry<Box>;
}

/** The tree of some stages. @param space the region of all frames. */
export function growTree(stages: readonly Stage<Box>[], space: Box, limits: TreeLimits): Tree {
  const items = stages.flatMap(({ entries }, stage) => entries.map((entry) => ({ stage, entry })));
  let work = limits.work;
  return grow(items, space, limits.entries).tree;

  /** @param room how many entries the leaves may hold, at least as many as there are items. */
  function grow(all: readonly Item[], region: Box, room: number): { tree: Tree; entries: number } {
    const items = reachable(all, region);
    work -= items.length;
    const cut =
      items.length <= SMALL_LEAF || work < 0
        ? undefined
        : chooseCut(
            items.map(({ entry }) => entry.match),
            region,
          );
    if (cut === undefined || cut.lowerCount + cut.upperCount > room) {
      return { tree: leaf(items, region, stages), entries: items.length };
    }
    const { axis, at, lowerCount, upperCount } = cut;
    const [lowerRegion, upperRegion] = halves(region, axis, at);
    const share = Math.floor((room * lowerCount) / (lowerCount + upperCount));
    const lower = grow(within(items, lowerRegion, axis), lowerRegion, Math.max(share, lowerCount));
    // The upper side may use what the lower side left.
    const upper = grow(within(items, upperRegion, axis), upperRegion, room - lower.entries);
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

/** The items clipped to the region. Only `axis` need be looked at: on the others they are clipped already. */
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
