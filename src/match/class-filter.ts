/** How a BPF program judges the frames of one class: exactly, or in few instructions. */
import type { Axis, Box } from './box.js';
import type { BpfAssembler, Label } from './bpf-assembler.js';
import { emitFieldRanges, fieldRanges } from './emit-bpf-ranges.js';
import { emitRules, rangesOf } from './emit-bpf-rules.js';
import type { FrameClass } from './frame-class.js';
import type { Stage } from './ir.js';
import { countEntries, DROP, keptBytes, simplifyWanted } from './wanted.js';

export interface ClassFilter {
  /** The fields that it reads. */
  readonly axes: readonly Axis[];
  /** False: it drops every frame. */
  readonly keepsAny: boolean;
  /** Into how many ranges a field is sorted, in place of the rules; undefined: the rules decide. */
  readonly rangesPerField: number | undefined;
  /** Ends in a jump to `drop`, or to where so many bytes are kept. */
  emit(assembler: BpfAssembler, keep: (bytes: number) => Label, drop: Label): void;
  /** The next shorter filter, which keeps more; undefined: there is none. */
  weaker(): ClassFilter | undefined;
}

/** From the least to the most that is kept beyond what is wanted. */
const RANGES_PER_FIELD = [512, 128, 32, 8, 1];
/** Looking for entries that change nothing takes time with the square of their number. */
const MAXIMUM_SIMPLIFIED = 1024;

/** Keeps what is wanted. @param wanted in bytes, see wanted.ts. */
export function exactFilter(frameClass: FrameClass, wanted: readonly Stage<Box>[]): ClassFilter {
  const stages = countEntries(wanted) <= MAXIMUM_SIMPLIFIED ? simplifyWanted(wanted) : wanted;
  const boxes = stages.flatMap(({ entries }) => entries.map(({ match }) => match));
  const tested = new Set(boxes.flatMap((box) => rangesOf(box, frameClass).map(({ axis }) => axis)));
  return {
    axes: frameClass.axes.filter((axis) => tested.has(axis)),
    keepsAny: keptBytes(stages).length > 0,
    rangesPerField: undefined,
    emit: (assembler, keep, drop) =>
      emitRules(assembler, stages, frameClass, (bytes) => (bytes === DROP ? drop : keep(bytes)), drop),
    weaker: () => rangeFilter(frameClass, wanted, RANGES_PER_FIELD),
  };
}

/** @param limits of ranges per field: the first is this filter's. */
function rangeFilter(
  frameClass: FrameClass,
  wanted: readonly Stage<Box>[],
  [limit, ...weakerLimits]: readonly number[],
): ClassFilter | undefined {
  if (limit === undefined) return undefined;
  const entries = wanted.flatMap((stage) => stage.entries);
  const kept = entries.filter(({ effect }) => effect !== 'leave' && effect !== DROP);
  const boxes = kept.map(({ match }) => match);
  const fields = fieldRanges(boxes, frameClass, limit);
  const most = keptBytes(wanted).reduce((a, b) => Math.max(a, b), DROP);
  return {
    axes: fields.map(({ axis }) => axis),
    keepsAny: most !== DROP,
    rangesPerField: limit,
    emit: (assembler, keep, drop) => emitFieldRanges(assembler, fields, keep(most), drop),
    weaker: () => rangeFilter(frameClass, wanted, weakerLimits),
  };
}
