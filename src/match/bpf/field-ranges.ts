/**
 * The values of fields as ranges: of the fields of one box, to test a frame against a rule; or of all boxes, field by
 * field. A frame whose fields are each in a range of some box may match none of them: such a test keeps more than the
 * rules, in few instructions.
 */
import { JEQ_K, JGE_K, JGT_K } from '../../wire/bpf-instruction.js';
import { type Axis, type Box, isPort } from '../box.js';
import type { FrameClass } from '../frame-class.js';
import { type BpfAssembler, Label, NEXT, type Target } from './assembler.js';
import { WORD_OF } from './frame.js';

/** An interval of a field as BPF compares: unsigned, both ends included. */
interface Range {
  readonly axis: Axis;
  readonly from: number;
  readonly to: number;
}

/** The values of a field that some box lets through, in ascending ranges that do not touch. */
export interface FieldRanges {
  readonly axis: Axis;
  readonly ranges: readonly Range[];
}

/** The ranges of a box; none for an axis on which it takes every value. */
export function rangesOf({ from, to }: Box, { axes, space }: FrameClass): readonly Range[] {
  return axes
    .map((axis, index) => ({ axis, from: from[index]! >>> 0, to: to[index]! >>> 0 }))
    .filter((_, index) => from[index] !== space.from[index] || to[index] !== space.to[index]);
}

/** The ranges of all boxes, for each field of which some values are refused. @param limit most ranges of a field. */
export function fieldRanges(
  boxes: readonly Box[],
  frameClass: FrameClass,
  limit: number,
): readonly FieldRanges[] {
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
export function emitTests(assembler: BpfAssembler, ranges: readonly Range[], hit: Label, miss: Label): void {
  for (const [index, range] of ranges.entries()) {
    emitRange(assembler, range, index < ranges.length - 1 ? NEXT : hit, miss);
  }
  if (ranges.length === 0) assembler.jump(hit);
}

/** Goes to `hit` when each field is in one of its ranges, else to `miss`. Ends in a jump. */
export function emitFieldRanges(
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

/** Binary search. */
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
