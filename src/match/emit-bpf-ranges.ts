/**
 * BPF that judges the frames of one class in few instructions, for when the exact rules take too many: a frame is
 * kept when each of its fields, taken by itself, is one that some wanted frame may have.
 */

import { JGE_K } from '../wire/bpf-instruction.js';
import type { Axis, Box } from './box.js';
import { type BpfAssembler, Label, NEXT } from './bpf-assembler.js';
import { WORD_OF } from './bpf-frame.js';
import { emitRange, maximumOf, type Range, rangesOf } from './emit-bpf-rules.js';
import type { FrameClass } from './frame-class.js';

/** The values of a field that some box lets through, in ascending ranges that do not touch. */
export interface FieldRanges {
  readonly axis: Axis;
  readonly ranges: readonly Range[];
}

/** For every field that some values of are refused. @param limit how many ranges a field may have. */
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

/** Ends in a jump. */
export function emitFieldRanges(
  assembler: BpfAssembler,
  fields: readonly FieldRanges[],
  keep: Label,
  drop: Label,
): void {
  for (const { ranges } of fields) {
    const fits = new Label();
    emitSearch(assembler, ranges, fits, drop);
    assembler.place(fits);
  }
  assembler.jump(keep);
}

/** Halves the ranges until one is left. */
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

/** Closes the smallest gaps. */
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
