/**
 * How a BPF program judges the frames of one class: exactly, entry by entry, where the first that matches decides; or
 * in fewer instructions, by the values of each field, which keeps more.
 */
import type { Axis, Box } from '../box.js';
import type { FrameClass } from '../frame-class.js';
import { countEntries, type Effect, type Stage } from '../ir.js';
import { type BpfAssembler, Label } from './assembler.js';
import { emitFieldRanges, emitTests, fieldRanges, rangesOf } from './field-ranges.js';
import { DROP, keptBytes, simplifySnapLengths } from './snap-lengths.js';

/** Judges the frames of one class. */
export interface ClassFilter {
  /** The fields that it reads. */
  readonly axes: readonly Axis[];
  /** False: it drops every frame. */
  readonly keepsAny: boolean;
  /** Most ranges of values that are told apart in a field; undefined: the rules decide, exactly. */
  readonly rangesPerField: number | undefined;
  /** Ends in a jump. @param keep where to jump to keep so many bytes, DROP for none. */
  emit(assembler: BpfAssembler, keep: (bytes: number) => Label): void;
  /** The next shorter filter, which keeps more; undefined: there is none. */
  weaker(): ClassFilter | undefined;
}

/** Limits of `rangesPerField`, from the filter that keeps least to the one that keeps most. */
const RANGES_PER_FIELD = [512, 128, 32, 8, 1];
/** Entries. Simplifying takes time with the square of their number. */
const MAXIMUM_SIMPLIFIED = 1024;

/** Keeps what the stages say, and nothing else. @param stages their effects are bytes, see snap-lengths.ts. */
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

/** @param limits of ranges per field: the first is this filter's, the others are those of weaker ones. */
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
