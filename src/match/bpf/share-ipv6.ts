/** The part of the program that divides frames among workers (`worker-share.ts`) which reads IPv6 headers. */
import {
  ADD_K,
  ADD_X,
  JEQ_K,
  JGE_K,
  JSET_K,
  LD_B_IND,
  LD_H_IND,
  LD_IMM,
  LD_MEM,
  LDX_MEM,
  LSH_K,
  MUL_K,
  ST,
} from '../../wire/bpf-instruction.js';
import { IPV6_DESTINATION, IPV6_HEADER_LENGTH, IPV6_NEXT_HEADER, IPV6_SOURCE } from '../../wire/ipv6.js';
import {
  IPV6_EXTENSION_MINIMUM,
  IPV6_FRAGMENT,
  IPV6_FRAGMENT_OFFSET_MASK,
  IPV6_MORE_FRAGMENTS,
  NEXT_HEADER_AUTHENTICATION,
  NEXT_HEADER_FRAGMENT,
  NEXT_HEADERS_IN_UNITS_OF_8,
} from '../../wire/ipv6-extension.js';
import { PROTOCOLS_WITH_PORTS } from '../../wire/transport.js';
import { type BpfAssembler, Label, NEXT } from './assembler.js';
import { loadLength, NETWORK, type Reach } from './frame.js';
import {
  AT,
  addToNumber,
  branchUnlessLong,
  type Exits,
  emitSum,
  NEXT_HEADER,
  NUMBER,
  SPREAD,
  TAG_BYTES,
} from './share-parts.js';

/** Extension headers that are walked over; behind a longer chain the addresses decide. */
const MAXIMUM_EXTENSIONS = 6;

/** Leaves the first next header, and the offset behind the IPv6 header. */
export function emitIpv6(assembler: BpfAssembler, reach: Reach, { first }: Exits): void {
  if (reach.behindTags) assembler.emit(LDX_MEM, TAG_BYTES);
  loadLength(assembler, reach);
  assembler.branch(JGE_K, NETWORK + IPV6_HEADER_LENGTH, NEXT, first);
  for (let word = 0; word < 4; word++) {
    if (reach.behindTags) assembler.emit(LDX_MEM, TAG_BYTES);
    const at = NETWORK + 4 * word;
    emitSum(assembler, reach.word, at + IPV6_SOURCE, at + IPV6_DESTINATION);
    if (word === 0) assembler.emit(MUL_K, SPREAD);
    else addToNumber(assembler);
    assembler.emit(ST, NUMBER);
  }
  assembler.emit(LDX_MEM, TAG_BYTES);
  assembler.emit(LD_B_IND, NETWORK + IPV6_NEXT_HEADER);
  assembler.emit(ST, NEXT_HEADER);
  assembler.emit(LD_IMM, NETWORK + IPV6_HEADER_LENGTH);
  assembler.emit(ADD_X);
  assembler.emit(ST, AT);
}

/** Walks over extension headers. A fragment header with offset 0 and nothing to follow is of a whole datagram. */
export function emitWalk(assembler: BpfAssembler, exits: Exits): void {
  for (let count = 0; count < MAXIMUM_EXTENSIONS; count++) emitExtension(assembler, exits);
  branchForPorts(assembler, exits);
  assembler.jump(exits.portless);
}

function emitExtension(assembler: BpfAssembler, exits: Exits): void {
  const { portless } = exits;
  const [fragment, authentication, other, next] = [new Label(), new Label(), new Label(), new Label()];
  branchForPorts(assembler, exits);
  branchUnlessLong(assembler, IPV6_EXTENSION_MINIMUM, portless);
  assembler.emit(LD_MEM, NEXT_HEADER);
  for (const type of NEXT_HEADERS_IN_UNITS_OF_8) assembler.branch(JEQ_K, type, other, NEXT);
  assembler.branch(JEQ_K, NEXT_HEADER_FRAGMENT, fragment, NEXT);
  assembler.branch(JEQ_K, NEXT_HEADER_AUTHENTICATION, authentication, portless);
  assembler.place(fragment);
  assembler.emit(LDX_MEM, AT);
  assembler.emit(LD_H_IND, IPV6_FRAGMENT);
  assembler.branch(JSET_K, IPV6_FRAGMENT_OFFSET_MASK | IPV6_MORE_FRAGMENTS, portless, NEXT);
  emitNextHeader(assembler);
  assembler.emit(LD_IMM, IPV6_EXTENSION_MINIMUM);
  assembler.jump(next);
  assembler.place(authentication);
  emitNextHeader(assembler);
  emitLength(assembler, 2, 2);
  assembler.jump(next);
  assembler.place(other);
  emitNextHeader(assembler);
  emitLength(assembler, 1, 3);
  assembler.place(next);
  assembler.emit(ADD_X);
  assembler.emit(ST, AT);
}

/** Leaves the header's offset in X. */
function emitNextHeader(assembler: BpfAssembler): void {
  assembler.emit(LDX_MEM, AT);
  assembler.emit(LD_B_IND, 0);
  assembler.emit(ST, NEXT_HEADER);
}

/** A = length of an extension header: its second byte and `more` units of 2^shift bytes. */
function emitLength(assembler: BpfAssembler, more: number, shift: number): void {
  assembler.emit(LD_B_IND, 1);
  assembler.emit(ADD_K, more);
  assembler.emit(LSH_K, shift);
}

function branchForPorts(assembler: BpfAssembler, { ports }: Exits): void {
  assembler.emit(LD_MEM, NEXT_HEADER);
  for (const protocol of PROTOCOLS_WITH_PORTS) assembler.branch(JEQ_K, protocol, ports, NEXT);
}
