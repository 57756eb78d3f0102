/**
 * The parts of a BPF program in order:
 *
 *     link header and tags | IPv4 | IPv6 | the judge of each class | returns
 *
 * The kernel's checker follows the text, not the jumps, when it asks whether a scratch word was written before
 * it is read: so every return stands at the end, where none is read any more.
 */
import { type BpfInstruction, JGT_K, LD_W_LEN, WHOLE_FRAME } from '../wire/bpf-instruction.js';
import { BpfAssembler, Label, NEXT } from './bpf-assembler.js';
import type { Judge } from './bpf-frame.js';
import type { ClassFilter } from './class-filter.js';
import { emitLink } from './emit-bpf-link.js';
import { CLASS_NAMES, type ClassName } from './frame-class.js';

export type ClassFilters = Readonly<Record<ClassName, ClassFilter>>;

export interface AssembledFilter {
  readonly instructions: readonly BpfInstruction[];
  /** About how many of them judge each class. */
  readonly lengths: Readonly<Record<ClassName, number>>;
}

/** @param longestFrame a longer one is kept whole when anything of it is kept. */
export function assembleFilter(filters: ClassFilters, longestFrame: number): AssembledFilter {
  const assembler = new BpfAssembler();
  const drop = new Label();
  const whole = new Label();
  const cut = new Map<number, Label>();
  const keep = (bytes: number): Label => {
    if (bytes === WHOLE_FRAME) return whole;
    const label = cut.get(bytes) ?? new Label();
    cut.set(bytes, label);
    return label;
  };
  const judges = mapClasses(
    (name): Judge => ({
      axes: filters[name].axes,
      label: filters[name].keepsAny ? new Label() : drop,
    }),
  );
  emitLink(assembler, judges, whole, drop);
  const lengths = mapClasses((name) => {
    const before = assembler.length;
    if (judges[name].label === drop) return 0;
    assembler.place(judges[name].label);
    filters[name].emit(assembler, keep, drop);
    return assembler.length - before;
  });
  assembler.place(drop);
  assembler.return(0);
  for (const [bytes, label] of cut) {
    assembler.place(label);
    assembler.emit(LD_W_LEN);
    assembler.branch(JGT_K, longestFrame, whole, NEXT);
    assembler.return(bytes);
  }
  assembler.place(whole);
  assembler.return(WHOLE_FRAME);
  return { instructions: assembler.assemble(), lengths };
}

/** In the order of CLASS_NAMES. */
export function mapClasses<T>(of: (name: ClassName) => T): Record<ClassName, T> {
  return Object.fromEntries(CLASS_NAMES.map((name) => [name, of(name)])) as Record<ClassName, T>;
}
