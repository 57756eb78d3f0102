/**
 * How a BPF program judges the frames of one class: exactly, entry by entry, where the first that matches decides; or
 * in fewer instructions, by the values of each field in all boxes. A frame may have each of its fields in the range of
 * some box, and match none of them, so this keeps more.
 */
import { JEQ_K, JGE_K, JGT_K } from '../../wire/bpf-instruction.js';
import { type Axis, type Box, isPort } from '../box.js';
import type { FrameClass } from '../frame-class.js';
import { countEntries, type Effect, type Stage } from '../ir.js';
import { type BpfAssembler, Label, NEXT, type Target } from './assembler.js';
import { WORD_OF } from './frame.js';
import { DROP, keptBytes, simplifySnapLengths } from './snap-lengths.js';

/** Judges the frames of one class. */
export interface ClassFilter {
  /** The fields that it reads. */
  readonly axes: readonly Axis[];
  /** False: it drops every frame. */
  readonly keepsAny: boolean;
  /** Most ranges of values in a field; undefined: the rules decide, exactly. */
  readonly rangesPerField: number | undefined;
  /** Ends in a jump. @param keep the label to jump to in order to keep a number of bytes, DROP for none. */
  emit(assembler: BpfAssembler, keep: (bytes: number) => Label): void;
  /** The next shorter filter, which keeps more; undefined: there is none. */
  weaker(): ClassFilter | undefined;
}

/** Limits of `rangesPerField`, from the filter that keeps least to the one that keeps most. */
const RANGES_PER_FIELD = [512, 128, 32, 8, 1];
/** Most entries that are simplified, which takes time with the square of their number. */
const MAXIMUM_SIMPLIFIED = 1024;

/** An interval of a field as BPF compares: unsigned, both ends included. */
interface Range {
  readonly axis: Axis;
  readonly from: number;
  readonly to: number;
}

/** The values of a field that some box lets through, in ascending ranges that do not touch. */
interface FieldRanges {
  readonly axis: Axis;
  readonly ranges: readonly Range[];
}

/** A filter that keeps exactly what the stages say. @param stages their effects are bytes, see snap-lengths.ts. */
export function exactFilter(frameClass: FrameClass, stages: readonly Stage<Box>[]): ClassFilter {
  const needed = countEntries(stages) <= MAXIMUM_SIMPLIFIED ? simplifySnapLengths(stages) : stages;
  const boxes = needed.flatMap(({ entries }) => entries.map(({ match }) => match));
  const tested = new Set(boxes.flatMap((box) => rangesOf(box, frameClass).map(({ axis }) => axis)));
  return {
    axes: frameClass.axes.filter((axis) => tested.has(axis)),
    keepsAny: keptBytes(needed).length > 0,
    rangesPerField: undefined,
    emit: (assembler, keep) => emitRules(assembler, needed, frameClass, keep),
    weaker: () => rangeFilter(frameClass, stages, RANGES_PER_FIELD),
  };
}

/** A filter by field. @param limits of ranges per field: the first is for this filter, the others for weaker ones. */
function rangeFilter(
  frameClass: FrameClass,
  stages: readonly Stage<Box>[],
  [limit, ...weakerLimits]: readonly number[],
): ClassFilter | undefined {
  if (limit === undefined) return undefined;
  const entries = stages.flatMap((stage) => stage.entries);
  const kept = entries.filter(({ effect }) => effect !== 'next-stage' && effect !== DROP);
  const boxes = kept.map(({ match }) => match);
  const fields = fieldRanges(boxes, frameClass, limit);
  const most = keptBytes(stages).reduce((a, b) => Math.max(a, b), DROP);
  return {
    axes: fields.map(({ axis }) => axis),
    keepsAny: most !== DROP,
    rangesPerField: limit,
    emit: (assembler, keep) => emitFieldRanges(assembler, fields, keep(most), keep(DROP)),
    weaker: () => rangeFilter(frameClass, stages, weakerLimits),
  };
}

function emitRules(
  assembler: BpfAssembler,
  stages: readonly Stage<Box>[],
  frameClass: FrameClass,
  keep: (bytes: number) => Label,
): void {
  for (const { entries } of stages) {
    const nextStage = new Label();
    const targetOf = (effect: Effect): Label => (effect === 'next-stage' ? nextStage : keep(effect));
    for (const { match, effect } of entries) {
      const nextEntry = new Label();
      emitTests(assembler, rangesOf(match, frameClass), targetOf(effect), nextEntry);
      assembler.place(nextEntry);
    }
    assembler.place(nextStage);
  }
  assembler.jump(keep(DROP));
}

/** The ranges of a box; none for an axis on which it takes every value. */
function rangesOf({ from, to }: Box, { axes, space }: FrameClass): readonly Range[] {
  return axes
    .map((axis, index) => ({ axis, from: from[index]! >>> 0, to: to[index]! >>> 0 }))
    .filter((_, index) => from[index] !== space.from[index] || to[index] !== space.to[index]);
}

/** The ranges of all boxes, for each field in which they refuse some values. @param limit most ranges of a field. */
function fieldRanges(boxes: readonly Box[], frameClass: FrameClass, limit: number): readonly FieldRanges[] {
  const perBox = boxes.map((box) => rangesOf(box, frameClass));
  return frameClass.axes.flatMap((axis) => {
    const ranges = perBox.flatMap((some) => some.filter((range) => range.axis === axis));
    // A box that has none takes every value.
    if (ranges.length < boxes.length) return [];
    const merged = limitTo(limit, merge(ranges));
    const [first] = merged;
    const takesAll = first === undefined || (first.from === 0 && first.to === maximumOf(axis));
    return takesAll ? [] : [{ axis, ranges: merged }];
  });
}

/** Goes to `hit` when every range holds, else to `miss`. Ends in a jump. */
function emitTests(assembler: BpfAssembler, ranges: readonly Range[], hit: Label, miss: Label): void {
  for (const [index, range] of ranges.entries()) {
    emitRange(assembler, range, index < ranges.length - 1 ? NEXT : hit, miss);
  }
  if (ranges.length === 0) assembler.jump(hit);
}

/** Goes to `hit` when each field is in one of its ranges, else to `miss`. Ends in a jump. */
function emitFieldRanges(
  assembler: BpfAssembler,
  fields: readonly FieldRanges[],
  hit: Label,
  miss: Label,
): void {
  for (const { ranges } of fields) {
    const next = new Label();
    emitSearch(assembler, ranges, next, miss);
    assembler.place(next);
  }
  assembler.jump(hit);
}

/** Binary search: goes to `hit` when the field is in one of the ranges, else to `miss`. */
function emitSearch(assembler: BpfAssembler, ranges: readonly Range[], hit: Label, miss: Label): void {
  const [only] = ranges;
  if (ranges.length === 1) {
    emitRange(assembler, only!, hit, miss);
    return;
  }
  const middle = ranges.length >>> 1;
  const upper = new Label();
  assembler.loadWord(WORD_OF[only!.axis]);
  assembler.branch(JGE_K, ranges[middle]!.from, upper, NEXT);
  emitSearch(assembler, ranges.slice(0, middle), hit, miss);
  assembler.place(upper);
  emitSearch(assembler, ranges.slice(middle), hit, miss);
}

function emitRange(assembler: BpfAssembler, { axis, from, to }: Range, hit: Target, miss: Target): void {
  assembler.loadWord(WORD_OF[axis]);
  if (from === to) assembler.branch(JEQ_K, from, hit, miss);
  else if (from === 0) assembler.branch(JGT_K, to, miss, hit);
  else if (to === maximumOf(axis)) assembler.branch(JGE_K, from, hit, miss);
  else {
    assembler.branch(JGE_K, from, NEXT, miss);
    assembler.branch(JGT_K, to, miss, hit);
  }
}

/** The largest value of a field. */
function maximumOf(axis: Axis): number {
  if (axis === 'protocol') return 0xff;
  return isPort(axis) ? 0xffff : 0xffff_ffff;
}

/** Joins ranges that overlap or touch. */
function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last === undefined || range.from > last.to + 1) merged.push(range);
    else if (range.to > last.to) merged[merged.length - 1] = { ...last, to: range.to };
  }
  return merged;
}

/** Closes the smallest gaps until at most `limit` ranges are left. */
function limitTo(limit: number, ranges: readonly Range[]): readonly Range[] {
  if (ranges.length <= limit) return ranges;
  const gaps = ranges
    .slice(1)
    .map((range, index) => ({ index: index + 1, size: range.from - ranges[index]!.to }));
  const keptGaps = gaps
    .sort((a, b) => b.size - a.size)
    .slice(0, limit - 1)
    .map(({ index }) => index)
    .sort((a, b) => a - b);
  const starts = [0, ...keptGaps];
  return starts.map((start, index) => ({
    ...ranges[start]!,
    to: ranges[(starts[index + 1] ?? ranges.length) - 1]!.to,
  }));
}
