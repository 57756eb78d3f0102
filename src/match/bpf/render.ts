/** A BPF program as text, for `explain`: like `tcpdump -d`. */
import {
  ADD_X,
  ANCILLARY_VLAN_PRESENT,
  AND_K,
  type BpfInstruction,
  JA,
  JEQ_K,
  JGE_K,
  JGE_X,
  JGT_K,
  JGT_X,
  JSET_K,
  LD_B_ABS,
  LD_B_IND,
  LD_H_ABS,
  LD_H_IND,
  LD_MEM,
  LD_W_ABS,
  LD_W_IND,
  LD_W_LEN,
  LDX_IMM,
  LDX_MEM,
  LSH_K,
  RET_K,
  RSH_K,
  ST,
  STX,
  SUB_K,
  SUB_X,
  TAX,
} from '../../wire/bpf-instruction.js';
import type { EmittedBpf } from './emit.js';

type Operand = (k: number) => string;

const at: Operand = (k) => (k === ANCILLARY_VLAN_PRESENT ? '[vlan_tag_present]' : `[${k}]`);
const behindX: Operand = (k) => `[x + ${k}]`;
const scratch: Operand = (k) => `M[${k}]`;
const constant: Operand = (k) => `#0x${k.toString(16)}`;
const decimal: Operand = (k) => `#${k}`;
const x: Operand = () => 'x';
const packetLength: Operand = () => '#pktlen';
const nothing: Operand = () => '';

/** The instructions that the emitter uses, but for conditions. */
const MNEMONICS: ReadonlyMap<number, readonly [name: string, operand: Operand]> = new Map([
  [LD_W_ABS, ['ld', at]],
  [LD_H_ABS, ['ldh', at]],
  [LD_B_ABS, ['ldb', at]],
  [LD_W_IND, ['ld', behindX]],
  [LD_H_IND, ['ldh', behindX]],
  [LD_B_IND, ['ldb', behindX]],
  [LD_W_LEN, ['ld', packetLength]],
  [LD_MEM, ['ld', scratch]],
  [LDX_MEM, ['ldx', scratch]],
  [LDX_IMM, ['ldx', constant]],
  [ST, ['st', scratch]],
  [STX, ['stx', scratch]],
  [ADD_X, ['add', x]],
  [SUB_K, ['sub', decimal]],
  [SUB_X, ['sub', x]],
  [AND_K, ['and', constant]],
  [LSH_K, ['lsh', decimal]],
  [RSH_K, ['rsh', decimal]],
  [TAX, ['tax', nothing]],
  [RET_K, ['ret', decimal]],
]);

const CONDITIONS: ReadonlyMap<number, readonly [name: string, operand: Operand]> = new Map([
  [JEQ_K, ['jeq', constant]],
  [JGT_K, ['jgt', constant]],
  [JGE_K, ['jge', constant]],
  [JSET_K, ['jset', constant]],
  [JGT_X, ['jgt', x]],
  [JGE_X, ['jge', x]],
]);

const NAME_WIDTH = 8;
const OPERAND_WIDTH = 16;

/** Lines: the number of instructions and why the program is not exact, then the instructions. */
export function renderBpf({ instructions, exact, reason }: EmittedBpf): string {
  const count = `${instructions.length} instructions, ${exact ? 'exact' : reason}`;
  return [count, ...instructions.map(renderInstruction)].join('\n');
}

/** `(003) jeq      #0x6             jt 4	jf 9` */
function renderInstruction({ code, jt, jf, k }: BpfInstruction, index: number): string {
  const number = `(${String(index).padStart(3, '0')})`;
  if (code === JA) return `${number} ${'ja'.padEnd(NAME_WIDTH)} ${index + 1 + k}`;
  const condition = CONDITIONS.get(code);
  const [name, operand] = condition ?? MNEMONICS.get(code) ?? [`0x${code.toString(16)}`, constant];
  const line = `${number} ${name.padEnd(NAME_WIDTH)} ${operand(k)}`.trimEnd();
  if (condition === undefined) return line;
  const width = number.length + NAME_WIDTH + OPERAND_WIDTH + 2;
  return `${line.padEnd(width)} jt ${index + 1 + jt}\tjf ${index + 1 + jf}`;
}
