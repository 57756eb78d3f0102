/**
 * One decision tree for a frame class, or several where one would copy most entries to most leaves because their boxes
 * overlap: one tree after another by stages, or side by side within a stage. EffiCuts (Vamanan, Voskuilen
 * and Vijaykumar, SIGCOMM 2010) has separate trees, too, for entries that are wide and for those that are narrow on an
 * axis.
 */
import type { Box } from '../box.js';
import { countEntries, type Effect, type Entry, type Stage } from '../ir.js';
import { growTree, type Tree } from './decision-tree.js';

/** The decision trees of a frame class. */
export type Forest = OneTree | StagesInTurn | SideBySide;

interface OneTree {
  readonly kind: 'tree';
  readonly tree: Tree;
}

/** Parts that are tried in order until one decides. */
export interface StagesInTurn {
  readonly kind: 'stages';
  readonly parts: readonly Forest[];
}

/**
 * The trees of one stage. Each is asked for the position, in the stage, of the first entry that matches; the least
 * position gives the effect.
 */
export interface SideBySide {
  readonly kind: 'side by side';
  readonly trees: readonly Tree[];
  /** The effect at each position. */
  readonly effects: readonly Effect[];
}

/** Copies of an entry that the leaves may hold, on average. */
const MAXIMUM_COPIES = 8;
/** How often an entry may be examined for a cut: once for each copy and level. */
const MAXIMUM_LOOKS = 64;

/** The cost, in cuts, of a tree that is good enough: see `costOf`. */
const GOOD_COST = 24;
/** The cost of an entry, in cuts. The processor predicts the branch of an entry's test better than that of a cut. */
const COST_OF_ENTRY = 0.6;
/** Smallest share of the entries in either tree for which two trees are worth their cost. */
const LEAST_PART = 1 / 20;

interface Grown {
  readonly forest: Forest;
  readonly cost: number;
}

interface GrownTrees {
  readonly trees: readonly Tree[];
  readonly cost: number;
}

/** Grows the trees of a frame class. @param space the region of all its frames. */
export function growForest(stages: readonly Stage<Box>[], space: Box): Forest {
  return grow(stages, space).forest;
}

function grow(stages: readonly Stage<Box>[], space: Box): Grown {
  const { tree, cost } = growAlone(stages, space);
  const alone: Grown = { forest: { kind: 'tree', tree }, cost };
  if (cost <= GOOD_COST) return alone;
  const apart = stages.length > 1 ? growStages(stages, space) : growSideBySide(stages[0]!, space);
  return apart.cost < cost ? apart : alone;
}

function growAlone(stages: readonly Stage<Box>[], space: Box): { tree: Tree; cost: number } {
  const count = countEntries(stages);
  const tree = growTree(stages, space, { entries: MAXIMUM_COPIES * count, work: MAXIMUM_LOOKS * count });
  return { tree, cost: costOf(tree) };
}

/** Three parts: the stages before the longest one, the longest, those behind it. */
function growStages(stages: readonly Stage<Box>[], space: Box): Grown {
  const lengths = stages.map(({ entries }) => entries.length);
  const longest = lengths.indexOf(Math.max(...lengths));
  const runs = [stages.slice(0, longest), stages.slice(longest, longest + 1), stages.slice(longest + 1)];
  const parts = runs.filter((run) => run.length > 0).map((run) => grow(run, space));
  return { forest: { kind: 'stages', parts: parts.map(({ forest }) => forest) }, cost: sumOfCosts(parts) };
}

/** Grows several trees for one stage, with positions in the stage for effects. */
function growSideBySide({ label, entries }: Stage<Box>, space: Box): Grown {
  const positions = entries.map((entry, position) => ({ ...entry, effect: position }));
  const { trees, cost } = growApart({ label, entries: positions }, space);
  return { forest: { kind: 'side by side', trees, effects: entries.map(({ effect }) => effect) }, cost };
}

/** Splits a stage until its trees are good enough, or a split makes them no better. */
function growApart(stage: Stage<Box>, space: Box): GrownTrees {
  const { tree, cost } = growAlone([stage], space);
  const alone: GrownTrees = { trees: [tree], cost };
  if (cost <= GOOD_COST) return alone;
  const parts = splitByWidth(stage, space).map((part) => growApart(part, space));
  const apart = { trees: parts.flatMap(({ trees }) => trees), cost: sumOfCosts(parts) };
  return parts.length > 0 && apart.cost < cost ? apart : alone;
}

/**
 * Splits a stage into entries that cover at least half of an axis, and the others, on the axis that splits most evenly.
 */
function splitByWidth({ label, entries }: Stage<Box>, space: Box): readonly Stage<Box>[] {
  const splits = space.from.map((_, axis) => {
    const isWide = ({ match }: Entry<Box>): boolean => widthOf(match, axis) >= widthOf(space, axis) / 2;
    return [entries.filter(isWide), entries.filter((entry) => !isWide(entry))] as const;
  });
  const shorter = splits.map(([wide, narrow]) => Math.min(wide.length, narrow.length));
  const best = Math.max(...shorter);
  if (best < LEAST_PART * entries.length) return [];
  return splits[shorter.indexOf(best)]!.map((some) => ({ label, entries: some }));
}

function widthOf({ from, to }: Box, axis: number): number {
  return to[axis]! - from[axis]! + 1;
}

/** The cost of parts that a frame passes through one after another. */
function sumOfCosts(parts: readonly { readonly cost: number }[]): number {
  return parts.reduce((sum, { cost }) => sum + cost + 1, 0);
}

/** The time of a frame in a tree, averaged over the leaves, each weighted by its number of entries. */
function costOf(tree: Tree): number {
  let weight = 1;
  let sum = 0;
  const visit = (node: Tree, depth: number): void => {
    if (node.kind === 'cut') {
      visit(node.lower, depth + 1);
      visit(node.upper, depth + 1);
      return;
    }
    const count = countEntries(node.stages);
    weight += count;
    sum += count * (depth + COST_OF_ENTRY * count);
  };
  visit(tree, 0);
  return sum / weight;
}
