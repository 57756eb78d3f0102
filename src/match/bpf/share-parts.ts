/**
 * What the parts of the program that divides frames among workers share (`worker-share.ts`): its scratch words, its exits,
 * and how the number of a flow is made.
 */
import {
  ADD_K,
  ADD_X,
  JGE_X,
  LD_H_IND,
  LD_MEM,
  LD_W_LEN,
  LDX_MEM,
  MUL_K,
  RSH_K,
  ST,
  TAX,
  XOR_X,
} from '../../wire/bpf-instruction.js';
import { PORTS_LENGTH } from '../../wire/transport.js';
import { type BpfAssembler, type Label, NEXT } from './assembler.js';

/** Scratch words: bytes of the tags. */
export const TAG_BYTES = 0;
/** The number of the flow so far. */
export const NUMBER = 1;
const OPERAND = 2;
/** The type of the header AT whose offset the walk over headers is. */
export const NEXT_HEADER = 3;
export const AT = 4;

/** An odd number that spreads neighbours over the upper bits of the product: 2^32 divided by the golden ratio. */
export const SPREAD = 0x9e37_79b1;
/** Brings upper bits down. */
const FOLD = 15;

/** Where the parts of the program lead. */
export interface Exits {
  /** The number is in A. */
  readonly decide: Label;
  /** The addresses' number is in its scratch word, and that is all there is. */
  readonly portless: Label;
  /** So it is, and ports stand AT their offset, if the frame is long enough. */
  readonly ports: Label;
  /** The first worker's. */
  readonly first: Label;
}

/** Goes to `short` unless the frame has so many bytes AT the place of the walk: a load behind its end would drop it. */
export function branchUnlessLong(assembler: BpfAssembler, bytes: number, short: Label): void {
  assembler.emit(LD_MEM, AT);
  assembler.emit(ADD_K, bytes);
  assembler.emit(TAX);
  assembler.emit(LD_W_LEN);
  assembler.branch(JGE_X, 0, NEXT, short);
}

/** Adds the ports AT their offset to the number, where the frame has them. */
export function emitPorts(assembler: BpfAssembler, { decide, portless }: Exits): void {
  branchUnlessLong(assembler, PORTS_LENGTH, portless);
  assembler.emit(LDX_MEM, AT);
  emitSum(assembler, LD_H_IND, 0, PORTS_LENGTH / 2);
  addToNumber(assembler);
  assembler.jump(decide);
}

/** A = sum of two fields. A load by offset X goes through a scratch word; X is another then. */
export function emitSum(assembler: BpfAssembler, load: number, one: number, other: number): void {
  assembler.emit(load, one);
  assembler.emit(ST, OPERAND);
  assembler.emit(load, other);
  assembler.emit(LDX_MEM, OPERAND);
  assembler.emit(ADD_X);
}

/** A = the number, with A added to it and spread. The number is folded first: products of products spread badly. */
export function addToNumber(assembler: BpfAssembler): void {
  assembler.emit(ST, OPERAND);
  assembler.emit(LD_MEM, NUMBER);
  assembler.emit(TAX);
  assembler.emit(RSH_K, FOLD);
  assembler.emit(XOR_X);
  assembler.emit(LDX_MEM, OPERAND);
  assembler.emit(ADD_X);
  assembler.emit(MUL_K, SPREAD);
}
