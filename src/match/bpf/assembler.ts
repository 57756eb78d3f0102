/**
 * Classic BPF with labels. A condition reaches 255 instructions and a JA any distance, both only forward. Where a
 * target turns out to be too far, the assembler puts a JA behind the condition:
 *
 *     jge #80, far, next      becomes      jge #80, 0, 1
 *                                          ja far
 */
import { type BpfInstruction, JA, LD_MEM, RET_K, ST } from '../../wire/bpf-instruction.js';

/** A point in a program: in front of operation number `place`, once that is set. */
export class Label {
  place = -1;
}

/** As a target: the operation behind the branch. */
export const NEXT = 'next';
/** Where a branch goes. */
export type Target = Label | typeof NEXT;

interface Operation {
  readonly code: number;
  readonly k: number;
  readonly ifTrue: Target;
  readonly ifFalse: Target;
}

const LONGEST_BRANCH = 255;
const UINT32_MAXIMUM = 0xffff_ffff;

/** Collects operations, then resolves their labels. */
export class BpfAssembler {
  readonly #operations: Operation[] = [];
  /** The scratch word whose value A holds, if it is known. */
  #wordInA: number | undefined;
  /** The same at each label that is jumped to; undefined when the jumps do not agree. */
  readonly #wordAtLabel = new Map<Label, number | undefined>();
  /** False behind an unconditional jump, up to a label that is jumped to. Operations in between are left out. */
  #isReached = true;

  /** The number of the last operation with a label. */
  #labelled = -1;

  /** Operations so far; each takes one to three instructions. */
  get length(): number {
    return this.#operations.length;
  }

  emit(code: number, k = 0): void {
    this.#add(code, k, NEXT, NEXT);
    this.#wordInA = code === ST ? k : undefined;
  }

  /** Loads A = M[word], unless A holds it already. */
  loadWord(word: number): void {
    if (this.#wordInA !== word) this.emit(LD_MEM, word);
    this.#wordInA = word;
  }

  /** Adds a condition on A. */
  branch(code: number, k: number, ifTrue: Target, ifFalse: Target): void {
    if (!this.#isReached) return;
    this.#add(code, k, ifTrue, ifFalse);
    for (const target of [ifTrue, ifFalse]) if (target !== NEXT) this.#comeTo(target);
    this.#isReached = ifTrue === NEXT || ifFalse === NEXT;
  }

  /** Adds a jump, or makes the condition in front of it jump there. */
  jump(target: Label): void {
    const condition = this.#takeCondition();
    if (condition === undefined) {
      this.branch(JA, 0, target, target);
      return;
    }
    // A condition whose two targets are now the same is a jump.
    const { code, k } = condition;
    const ifTrue = condition.ifTrue === NEXT ? target : condition.ifTrue;
    const ifFalse = condition.ifFalse === NEXT ? target : condition.ifFalse;
    if (ifTrue === ifFalse) this.jump(target);
    else this.branch(code, k, ifTrue, ifFalse);
  }

  /** Ends the program. */
  return(bytes: number): void {
    this.emit(RET_K, bytes);
    this.#isReached = false;
  }

  /** Labels the next operation. Every jump to a label must have been added before. */
  place(label: Label): void {
    const last = this.#operations.at(-1);
    const isLabelled = this.#labelled === this.#operations.length;
    if (!isLabelled && last?.code === JA && last.ifTrue === label) this.#operations.pop();
    if (this.#isReached) this.#comeTo(label);
    label.place = this.#operations.length;
    this.#isReached = this.#wordAtLabel.has(label);
    this.#wordInA = this.#wordAtLabel.get(label);
    if (this.#isReached) this.#labelled = label.place;
  }

  /** @throws RangeError for a jump back, or to a label without a place. */
  assemble(): BpfInstruction[] {
    const starts = this.#layOut();
    return this.#operations.flatMap((operation, index) => render(operation, index, starts));
  }

  /** @throws RangeError for a constant that is not 32 bits unsigned. */
  #add(code: number, k: number, ifTrue: Target, ifFalse: Target): void {
    if (!this.#isReached) return;
    if (!Number.isInteger(k) || k < 0 || k > UINT32_MAXIMUM) throw new RangeError(`not 32 bits: ${k}`);
    this.#operations.push({ code, k, ifTrue, ifFalse });
  }

  /** Removes the last operation and returns it, if it is a condition and the only way to get here. */
  #takeCondition(): Operation | undefined {
    const last = this.#operations.at(-1);
    const isLabelled = this.#labelled === this.#operations.length;
    if (!this.#isReached || isLabelled || last === undefined || last.ifTrue === last.ifFalse)
      return undefined;
    return this.#operations.pop();
  }

  #comeTo(label: Label): void {
    const agree = !this.#wordAtLabel.has(label) || this.#wordAtLabel.get(label) === this.#wordInA;
    this.#wordAtLabel.set(label, agree ? this.#wordInA : undefined);
  }

  /** Index of each operation's first instruction, then the program's length. Conditions grow until all reach. */
  #layOut(): number[] {
    let starts = this.#operations.map((_, index) => index);
    starts.push(starts.length);
    for (;;) {
      const grown = [0];
      for (const [index, operation] of this.#operations.entries()) {
        grown.push(grown[index]! + 1 + farTargets(operation, index, starts).length);
      }
      // Distances only grow, so a condition that had to grow stays so.
      if (grown.at(-1) === starts.at(-1)) return starts;
      starts = grown;
    }
  }
}

/** The targets of a condition that are beyond its reach. */
function farTargets({ code, ifTrue, ifFalse }: Operation, index: number, starts: readonly number[]): Label[] {
  if (code === JA) return [];
  const from = starts[index]! + 1;
  return [ifTrue, ifFalse].filter(
    (target): target is Label => target !== NEXT && starts[target.place]! - from > LONGEST_BRANCH,
  );
}

function render(operation: Operation, index: number, starts: readonly number[]): BpfInstruction[] {
  const { code, k, ifTrue, ifFalse } = operation;
  const from = starts[index]! + 1;
  if (code === JA) return [{ code, jt: 0, jf: 0, k: distance(ifTrue, index, starts, from) }];
  const far = farTargets(operation, index, starts);
  const reach = (target: Target): number => {
    const throughJump = far.indexOf(target as Label);
    return throughJump >= 0 ? throughJump : distance(target, index, starts, from);
  };
  return [
    { code, jt: reach(ifTrue), jf: reach(ifFalse), k },
    ...far.map((label, place) => ({
      code: JA,
      jt: 0,
      jf: 0,
      k: distance(label, index, starts, from + place + 1),
    })),
  ];
}

/** How many instructions to skip. @param from the instruction behind the jump. */
function distance(target: Target, index: number, starts: readonly number[], from: number): number {
  if (target === NEXT) return starts[index + 1]! - from;
  const skipped = target.place > index ? starts[target.place]! - from : -1;
  if (skipped < 0) throw new RangeError('a jump goes forward, to a label that has its place');
  return skipped;
}
