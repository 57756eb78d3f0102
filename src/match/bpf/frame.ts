/**
 * Conventions of the parts of a BPF program: the offsets of a frame's fields, the scratch words that the parsing part
 * puts them in, and the labels of the judging parts. The parameters of an emitter are the assembler, what it emits, and
 * the labels that it jumps to, in this order.
 */
import {
  LD_B_ABS,
  LD_B_IND,
  LD_H_ABS,
  LD_H_IND,
  LD_W_ABS,
  LD_W_IND,
  LD_W_LEN,
  SUB_X,
} from '../../wire/bpf-instruction.js';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.js';
import { IPV4_DESTINATION, IPV4_PROTOCOL, IPV4_SOURCE } from '../../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_NEXT_HEADER, IPV6_SOURCE } from '../../wire/ipv6.js';
import type { Axis } from '../box.js';
import type { Family } from '../ir.js';
import type { BpfAssembler, Label } from './assembler.js';

/** Offset of the network header in an untagged frame. */
export const NETWORK = ETHERNET_HEADER_LENGTH;

/** The scratch word of each field. */
export const WORD_OF: Record<Axis, number> = {
  source0: 0,
  source1: 1,
  source2: 2,
  source3: 3,
  destination0: 4,
  destination1: 5,
  destination2: 6,
  destination3: 7,
  sourcePort: 8,
  destinationPort: 9,
  protocol: 10,
};
/** Bytes of VLAN tags in front of the network header. */
export const TAG_BYTES_WORD = 11;
/**
 * Used while an IPv4 header with options is parsed: the header's length, and the bytes of the datagram, later of its
 * payload, that are in the frame.
 */
export const HEADER_LENGTH_WORD = 12;
export const REST_LENGTH_WORD = 13;

/** The part that judges the frames of one class. */
export interface Judge {
  /** Its begin; the label `drop` for a class of which nothing is wanted. */
  readonly label: Label;
  /** The fields that must be in their scratch words. */
  readonly axes: readonly Axis[];
}

/** The judges of a family's classes. */
export interface FamilyJudges {
  readonly tcp: Judge;
  readonly udp: Judge;
  readonly portless: Judge;
}

/** The exits for frames that get to no judge. */
export interface Exits {
  readonly drop: Label;
  /** Keeps the frame whole, for userspace to decide. */
  readonly whole: Label;
}

/** Opcodes that load by the offset in an untagged frame; behind tags X, the bytes of the tags, is added. */
export interface Reach {
  readonly byte: number;
  readonly half: number;
  readonly word: number;
  readonly behindTags: boolean;
}

/** Loads at fixed offsets are several times faster: the kernel compiles them to machine code without a call. */
export const UNTAGGED: Reach = { byte: LD_B_ABS, half: LD_H_ABS, word: LD_W_ABS, behindTags: false };
export const BEHIND_TAGS: Reach = { byte: LD_B_IND, half: LD_H_IND, word: LD_W_IND, behindTags: true };

/** A = length of the frame without its tags. */
export function loadLength(assembler: BpfAssembler, reach: Reach): void {
  assembler.emit(LD_W_LEN);
  if (reach.behindTags) assembler.emit(SUB_X);
}

/** Offset of an address word or the protocol in an IP header. */
export function fieldOffset(family: Family, axis: Axis): number {
  if (axis === 'protocol') return family === 4 ? IPV4_PROTOCOL : IPV6_NEXT_HEADER;
  const word = 4 * Number(axis.at(-1));
  if (axis.startsWith('source')) return word + (family === 4 ? IPV4_SOURCE : IPV6_SOURCE);
  return word + (family === 4 ? IPV4_DESTINATION : IPV6_DESTINATION);
}
