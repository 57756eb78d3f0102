/** BPF that judges the frames of one class exactly: entry by entry, the first that matches decides. */
import { JEQ_K, JGE_K, JGT_K } from '../wire/bpf-instruction.js';
import type { Axis, Box } from './box.js';
import { type BpfAssembler, Label, NEXT, type Target } from './bpf-assembler.js';
import { WORD_OF } from './bpf-frame.js';
import type { FrameClass } from './frame-class.js';
import type { Effect, Stage } from './ir.js';

/** An interval of a field, as BPF compares: unsigned, both ends included. */
export interface Range {
  readonly axis: Axis;
  readonly from: number;
  readonly to: number;
}

/** The largest value of a field. */
export function maximumOf(axis: Axis): number {
  if (axis === 'protocol') return 0xff;
  return axis === 'sourcePort' || axis === 'destinationPort' ? 0xffff : 0xffff_ffff;
}

/** The ranges in which a frame must be: those of the axes that do not take every value. */
export function rangesOf({ from, to }: Box, { axes, space }: FrameClass): readonly Range[] {
  return axes
    .map((axis, index) => ({ axis, from: from[index]! >>> 0, to: to[index]! >>> 0 }))
    .filter((_, index) => from[index] !== space.from[index] || to[index] !== space.to[index]);
}

/** @param keep where frames go of which that many bytes are kept. Ends in a jump. */
export function emitRules(
  assembler: BpfAssembler,
  stages: readonly Stage<Box>[],
  frameClass: FrameClass,
  keep: (bytes: number) => Label,
  drop: Label,
): void {
  for (const { entries } of stages) {
    const leave = new Label();
    const targetOf = (effect: Effect): Label => (effect === 'leave' ? leave : keep(effect));
    for (const { match, effect } of entries) {
      const next = new Label();
      emitAll(assembler, rangesOf(match, frameClass), targetOf(effect), next);
      assembler.place(next);
    }
    assembler.place(leave);
  }
  assembler.jump(drop);
}

function emitAll(assembler: BpfAssembler, ranges: readonly Range[], hit: Label, miss: Label): void {
  for (const [index, range] of ranges.entries()) {
    emitRange(assembler, range, index < ranges.length - 1 ? NEXT : hit, miss);
  }
  if (ranges.length === 0) assembler.jump(hit);
}

/** Tests a field against one range. */
export function emitRange(
  assembler: BpfAssembler,
  { axis, from, to }: Range,
  hit: Target,
  miss: Target,
): void {
  assembler.loadWord(WORD_OF[axis]);
  if (from === to) assembler.branch(JEQ_K, from, hit, miss);
  else if (from === 0) assembler.branch(JGT_K, to, miss, hit);
  else if (to === maximumOf(axis)) assembler.branch(JGE_K, from, hit, miss);
  else {
    assembler.branch(JGE_K, from, NEXT, miss);
    assembler.branch(JGT_K, to, miss, hit);
  }
}
