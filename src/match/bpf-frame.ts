/**
 * What the parts of a BPF program agree on: where a frame's fields lie, in which scratch words the parsing part
 * leaves them, and where the judging parts begin.
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
} from '../wire/bpf-instruction.js';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.js';
import { IPV4_DESTINATION, IPV4_PROTOCOL, IPV4_SOURCE } from '../wire/ipv4.js';
import { IPV6_DESTINATION, IPV6_NEXT_HEADER, IPV6_SOURCE } from '../wire/ipv6.js';
import type { Axis } from './box.js';
import type { BpfAssembler, Label } from './bpf-assembler.js';
import type { Family } from './ir.js';

/** Of an untagged frame. */
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
/** While a header with options is parsed: its length, and how long datagram, then payload are in the frame. */
export const HEADER_LENGTH_WORD = 12;
export const REST_LENGTH_WORD = 13;

/** Judges the frames of one class, whose fields named in `axes` stand in their scratch words. */
export interface Judge {
  /** Of a class of which nothing is wanted: the label where frames are dropped. */
  readonly label: Label;
  readonly axes: readonly Axis[];
}

/** How to load from a frame by its untagged offsets: as they are, or behind tags, whose bytes X counts. */
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

/** Where an address word or the protocol of an IP header stands, from the header's first byte. */
export function fieldOffset(family: Family, axis: Axis): number {
  if (axis === 'protocol') return family === 4 ? IPV4_PROTOCOL : IPV6_NEXT_HEADER;
  const word = 4 * Number(axis.at(-1));
  if (axis.startsWith('source')) return word + (family === 4 ? IPV4_SOURCE : IPV6_SOURCE);
  return word + (family === 4 ? IPV4_DESTINATION : IPV6_DESTINATION);
}
