import fc from 'fast-check';
import t from 'tap';
import { BpfAssembler, Label, NEXT } from '../../../src/match/bpf/assembler.js';
import { JEQ_K, LD_B_ABS, RET_K, ST } from '../../../src/wire/bpf-instruction.js';
import { checkBpf } from '../../fixtures/bpf/check-bpf.js';
import { runBpf } from '../../fixtures/bpf/run-bpf.js';

t.test('jumps of any length', async (t) => {
  // Each block returns its own number; byte 0 says which block is entered, over a gap of this many instructions.
  for (const gap of [0, 1, 253, 254, 255, 256, 257, 600]) {
    const assembler = new BpfAssembler();
    const labels = Array.from({ length: 4 }, () => new Label());
    assembler.emit(LD_B_ABS, 0);
    for (const [index, label] of labels.entries()) assembler.branch(JEQ_K, index, label, NEXT);
    assembler.branch(JEQ_K, 9, labels[3]!, labels[2]!);
    for (const [index, label] of labels.entries()) {
      assembler.place(label);
      for (let filler = 0; filler < gap; filler++) assembler.emit(LD_B_ABS, 0);
      assembler.return(100 + index);
    }
    const program = assembler.assemble();
    checkBpf(program);
    const answers = [0, 1, 2, 3, 9, 50].map((byte) => runBpf(program, Uint8Array.of(byte)));
    t.same(answers, [100, 101, 102, 103, 103, 102], `over ${gap} instructions`);
  }
});

t.test('what is not written', async (t) => {
  const assembler = new BpfAssembler();
  const end = new Label();
  const unused = new Label();
  assembler.emit(LD_B_ABS, 0);
  assembler.emit(ST, 3);
  assembler.loadWord(3);
  assembler.loadWord(3);
  assembler.branch(JEQ_K, 7, end, NEXT);
  assembler.jump(end);
  assembler.emit(LD_B_ABS, 1);
  assembler.place(unused);
  assembler.return(5);
  assembler.place(end);
  assembler.return(6);
  t.same(
    assembler.assemble().map(({ code }) => code),
    [LD_B_ABS, ST, RET_K],
    'a word that A holds, a condition that decides nothing, what nothing gets to',
  );
});

t.test('the content of A is known only where all jumps agree', async (t) => {
  const assembler = new BpfAssembler();
  const other = new Label();
  const joined = new Label();
  for (const word of [1, 2]) {
    assembler.emit(LD_B_ABS, word);
    assembler.emit(ST, word);
  }
  assembler.emit(LD_B_ABS, 0);
  assembler.branch(JEQ_K, 0, other, NEXT);
  assembler.loadWord(1);
  assembler.branch(JEQ_K, 7, joined, joined);
  assembler.place(other);
  assembler.loadWord(2);
  assembler.place(joined);
  assembler.loadWord(1);
  const seven = new Label();
  assembler.branch(JEQ_K, 7, seven, NEXT);
  assembler.return(1);
  assembler.place(seven);
  assembler.return(2);
  const program = assembler.assemble();
  for (const first of [0, 1]) {
    t.equal(runBpf(program, Uint8Array.of(first, 7, 8)), 2);
    t.equal(runBpf(program, Uint8Array.of(first, 8, 7)), 1);
  }
});

t.test('refusals', async (t) => {
  const nowhere = new BpfAssembler();
  nowhere.emit(LD_B_ABS, 0);
  nowhere.branch(JEQ_K, 0, new Label(), NEXT);
  nowhere.return(0);
  t.throws(() => nowhere.assemble(), RangeError, 'a label without a place');
  const back = new BpfAssembler();
  const start = new Label();
  back.place(start);
  back.emit(LD_B_ABS, 0);
  back.branch(JEQ_K, 0, start, NEXT);
  back.return(0);
  t.throws(() => back.assemble(), RangeError, 'a jump back');
  for (const k of [-1, 2 ** 32, 1.5, Number.NaN, '7' as unknown as number]) {
    t.throws(() => new BpfAssembler().emit(LD_B_ABS, k), RangeError, `${k}`);
  }
});

/** A random tree of conditions on bytes, with jumps among its leaves, decides as the tree itself does. */
t.test('random trees', async (t) => {
  interface Node {
    readonly byte: number;
    readonly value: number;
    readonly yes: Node | number;
    readonly no: Node | number;
  }
  const { tree } = fc.letrec<{ tree: Node | number; node: Node }>((tie) => ({
    tree: fc.oneof({ maxDepth: 7 }, fc.nat(5), tie('node')),
    node: fc.record({ byte: fc.nat(3), value: fc.nat(2), yes: tie('tree'), no: tie('tree') }),
  }));
  const emit = (assembler: BpfAssembler, node: Node | number, leaves: readonly Label[]): void => {
    if (typeof node === 'number') {
      assembler.jump(leaves[node]!);
      return;
    }
    const yes = new Label();
    assembler.loadWord(node.byte);
    assembler.branch(JEQ_K, node.value, yes, NEXT);
    emit(assembler, node.no, leaves);
    assembler.place(yes);
    emit(assembler, node.yes, leaves);
  };
  const walk = (node: Node | number, bytes: Uint8Array): number => {
    if (typeof node === 'number') return node;
    return walk(bytes[node.byte] === node.value ? node.yes : node.no, bytes);
  };
  const frames = fc.array(fc.uint8Array({ minLength: 4, maxLength: 4, max: 2 }), {
    minLength: 8,
    maxLength: 8,
  });
  fc.assert(
    fc.property(tree, frames, (root, some) => {
      const assembler = new BpfAssembler();
      const leaves = Array.from({ length: 6 }, () => new Label());
      for (const word of [0, 1, 2, 3]) {
        assembler.emit(LD_B_ABS, word);
        assembler.emit(ST, word);
      }
      emit(assembler, root, leaves);
      for (const [index, leaf] of leaves.entries()) {
        assembler.place(leaf);
        assembler.return(index);
      }
      const program = assembler.assemble();
      checkBpf(program);
      return some.every((bytes) => runBpf(program, bytes) === walk(root, bytes));
    }),
    { numRuns: 2000 },
  );
  t.pass('2,000 trees');
});
