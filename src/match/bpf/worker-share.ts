/**
 * The BPF program that divides frames among workers. In front of a pre-filter, it lets through the frames of one worker
 * and drops those of the others:
 *
 *     link header, tags -> IP header -> addresses [-> ports] -> a number below the number of workers -> mine?
 *
 * What belongs together has the same number, in both directions and behind any tags:
 *
 *     whole datagrams of TCP, UDP, SCTP, DCCP, UDP-Lite     those with the same addresses and ports
 *     fragments, and whole datagrams without ports          those with the same addresses
 *     everything else, such as ARP                          all of it: the first worker's
 *
 * Only the first fragment has ports, so none goes by them. Addresses and ports are added up, since a sum does not depend
 * on who sends. The flow label is not read: each end chooses its own.
 */
import {
  ADD_K,
  ADD_X,
  AND_K,
  type BpfInstruction,
  JEQ_K,
  JGE_K,
  JGE_X,
  JSET_K,
  LD_B_ABS,
  LD_B_IND,
  LD_H_ABS,
  LD_H_IND,
  LD_IMM,
  LD_MEM,
  LD_W_LEN,
  LDX_IMM,
  LDX_MEM,
  LSH_K,
  MUL_K,
  RSH_K,
  ST,
  STX,
  TAX,
  XOR_X,
} from '../../wire/bpf-instruction.js';
import { ETHERNET_TYPE, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../wire/ethernet.js';
import {
  IPV4_DESTINATION,
  IPV4_FRAGMENT,
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_HEADER_LENGTH,
  IPV4_MORE_FRAGMENTS,
  IPV4_PROTOCOL,
  IPV4_SOURCE,
} from '../../wire/ipv4.js';
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
import { PORTS_LENGTH, PROTOCOLS_WITH_PORTS } from '../../wire/transport.js';
import { VLAN_TAG_LENGTH, VLAN_TYPES } from '../../wire/vlan.js';
import { BpfAssembler, Label, NEXT } from './assembler.js';
import { BEHIND_TAGS, loadLength, NETWORK, type Reach, UNTAGGED } from './frame.js';

/** Scratch words: bytes of the tags, the number so far, a second operand, and where the walk over headers is. */
const TAG_BYTES = 0;
const NUMBER = 1;
const OPERAND = 2;
const NEXT_HEADER = 3;
const AT = 4;

/** As in decode: a frame with more is not IP. */
const MAXIMUM_TAGS = 3;
/** Extension headers that are walked over; behind a longer chain the addresses decide. */
const MAXIMUM_EXTENSIONS = 6;
/** IPv4 without options: version 4, 5 words. */
const PLAIN_IPV4 = 0x45;
/** An odd number that spreads neighbours over the upper bits of the product: 2^32 divided by the golden ratio. */
const SPREAD = 0x9e37_79b1;
/** The upper half of a number decides. */
const HALF = 16;
/** Brings upper bits down. */
const FOLD = 15;

/** Where the parts of the program lead. */
interface Exits {
  /** The number is in A. */
  readonly decide: Label;
  /** The addresses' number is in its scratch word, and that is all there is. */
  readonly portless: Label;
  /** So it is, and ports stand AT their offset, if the frame is long enough. */
  readonly ports: Label;
  /** The first worker's. */
  readonly first: Label;
}

/**
 * @param index of the worker, from 0. @param of how many there are.
 * @returns a program that ends with 0 for frames of other workers, and goes on behind its end with this one's.
 */
export function workerShare(index: number, of: number): readonly BpfInstruction[] {
  const assembler = new BpfAssembler();
  const exits: Exits = {
    decide: new Label(),
    portless: new Label(),
    ports: new Label(),
    first: new Label(),
  };
  emitLink(assembler, exits);
  assembler.place(exits.ports);
  emitPorts(assembler, exits);
  assembler.place(exits.portless);
  assembler.emit(LD_MEM, NUMBER);
  assembler.jump(exits.decide);
  assembler.place(exits.first);
  assembler.emit(LD_IMM, 0);
  assembler.place(exits.decide);
  // The number is a fraction of the upper half: of times that fraction is a worker.
  assembler.emit(RSH_K, HALF);
  assembler.emit(MUL_K, of);
  assembler.emit(RSH_K, HALF);
  const mine = new Label();
  assembler.branch(JEQ_K, index, mine, NEXT);
  assembler.return(0);
  assembler.place(mine);
  return assembler.assemble();
}

function emitLink(assembler: BpfAssembler, exits: Exits): void {
  const [ipv4, taggedIpv4, ipv6, taggedIpv6] = [new Label(), new Label(), new Label(), new Label()];
  assembler.emit(LDX_IMM, 0);
  assembler.emit(STX, TAG_BYTES);
  assembler.emit(LD_H_ABS, ETHERNET_TYPE);
  assembler.branch(JEQ_K, ETHERTYPE_IPV4, ipv4, NEXT);
  assembler.branch(JEQ_K, ETHERTYPE_IPV6, ipv6, NEXT);
  for (let tags = 1; tags <= MAXIMUM_TAGS; tags++) {
    emitTag(assembler, tags * VLAN_TAG_LENGTH, exits);
    assembler.branch(JEQ_K, ETHERTYPE_IPV4, taggedIpv4, NEXT);
    assembler.branch(JEQ_K, ETHERTYPE_IPV6, taggedIpv6, NEXT);
  }
  assembler.jump(exits.first);
  assembler.place(ipv4);
  emitPlainIpv4(assembler, taggedIpv4, exits);
  assembler.place(taggedIpv4);
  emitIpv4(assembler, exits);
  const walk = new Label();
  assembler.place(ipv6);
  emitIpv6(assembler, UNTAGGED, exits);
  assembler.jump(walk);
  assembler.place(taggedIpv6);
  emitIpv6(assembler, BEHIND_TAGS, exits);
  assembler.place(walk);
  emitWalk(assembler, exits);
}

/** Reads the tag whose type is in A. Leaves the type behind it in A. @param bytes of the tags so far, with this one. */
function emitTag(assembler: BpfAssembler, bytes: number, { first }: Exits): void {
  const tagged = new Label();
  for (const type of VLAN_TYPES) assembler.branch(JEQ_K, type, tagged, NEXT);
  assembler.jump(first);
  assembler.place(tagged);
  assembler.emit(LDX_IMM, bytes);
  assembler.emit(STX, TAG_BYTES);
  assembler.emit(LD_W_LEN);
  assembler.branch(JGE_K, NETWORK + bytes, NEXT, first);
  assembler.emit(LD_H_ABS, ETHERNET_TYPE + bytes);
}

/** Most frames are such: every load is at a fixed offset. */
function emitPlainIpv4(assembler: BpfAssembler, general: Label, { decide, portless }: Exits): void {
  assembler.emit(LD_W_LEN);
  assembler.branch(JGE_K, NETWORK + IPV4_HEADER_LENGTH + PORTS_LENGTH, NEXT, general);
  assembler.emit(LD_B_ABS, NETWORK);
  assembler.branch(JEQ_K, PLAIN_IPV4, NEXT, general);
  emitIpv4Addresses(assembler, UNTAGGED);
  const ports = new Label();
  emitIpv4Protocol(assembler, UNTAGGED, ports, portless);
  assembler.place(ports);
  const transport = NETWORK + IPV4_HEADER_LENGTH;
  emitSum(assembler, UNTAGGED.half, transport, transport + PORTS_LENGTH / 2);
  addToNumber(assembler);
  assembler.jump(decide);
}

/** Also with options, behind tags, and short. */
function emitIpv4(assembler: BpfAssembler, { portless, ports, first }: Exits): void {
  assembler.emit(LDX_MEM, TAG_BYTES);
  loadLength(assembler, BEHIND_TAGS);
  assembler.branch(JGE_K, NETWORK + IPV4_HEADER_LENGTH, NEXT, first);
  emitIpv4Addresses(assembler, BEHIND_TAGS);
  const found = new Label();
  emitIpv4Protocol(assembler, BEHIND_TAGS, found, portless);
  assembler.place(found);
  assembler.emit(LDX_MEM, TAG_BYTES);
  assembler.emit(LD_B_IND, NETWORK);
  assembler.emit(AND_K, 0x0f);
  assembler.emit(LSH_K, 2);
  assembler.emit(ADD_X);
  assembler.emit(ADD_K, NETWORK);
  assembler.emit(ST, AT);
  assembler.jump(ports);
}

function emitIpv4Addresses(assembler: BpfAssembler, reach: Reach): void {
  emitSum(assembler, reach.word, NETWORK + IPV4_SOURCE, NETWORK + IPV4_DESTINATION);
  assembler.emit(MUL_K, SPREAD);
  assembler.emit(ST, NUMBER);
}

/** Goes to `ports` for a whole datagram of a protocol that has them. */
function emitIpv4Protocol(assembler: BpfAssembler, reach: Reach, ports: Label, portless: Label): void {
  if (reach.behindTags) assembler.emit(LDX_MEM, TAG_BYTES);
  assembler.emit(reach.half, NETWORK + IPV4_FRAGMENT);
  assembler.branch(JSET_K, IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET_MASK, portless, NEXT);
  assembler.emit(reach.byte, NETWORK + IPV4_PROTOCOL);
  for (const protocol of PROTOCOLS_WITH_PORTS) assembler.branch(JEQ_K, protocol, ports, NEXT);
  assembler.jump(portless);
}

/** Leaves the first next header, and the offset behind the IPv6 header. */
function emitIpv6(assembler: BpfAssembler, reach: Reach, { first }: Exits): void {
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
function emitWalk(assembler: BpfAssembler, exits: Exits): void {
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

/** Goes to `short` unless the frame has so many bytes AT the place of the walk: a load behind its end would drop it. */
function branchUnlessLong(assembler: BpfAssembler, bytes: number, short: Label): void {
  assembler.emit(LD_MEM, AT);
  assembler.emit(ADD_K, bytes);
  assembler.emit(TAX);
  assembler.emit(LD_W_LEN);
  assembler.branch(JGE_X, 0, NEXT, short);
}

function emitPorts(assembler: BpfAssembler, { decide, portless }: Exits): void {
  branchUnlessLong(assembler, PORTS_LENGTH, portless);
  assembler.emit(LDX_MEM, AT);
  emitSum(assembler, LD_H_IND, 0, PORTS_LENGTH / 2);
  addToNumber(assembler);
  assembler.jump(decide);
}

/** A = sum of two fields. A load by offset X goes through a scratch word; X is another then. */
function emitSum(assembler: BpfAssembler, load: number, one: number, other: number): void {
  assembler.emit(load, one);
  assembler.emit(ST, OPERAND);
  assembler.emit(load, other);
  assembler.emit(LDX_MEM, OPERAND);
  assembler.emit(ADD_X);
}

/** A = the number, with A added to it and spread. The number is folded first: products of products spread badly. */
function addToNumber(assembler: BpfAssembler): void {
  assembler.emit(ST, OPERAND);
  assembler.emit(LD_MEM, NUMBER);
  assembler.emit(TAX);
  assembler.emit(RSH_K, FOLD);
  assembler.emit(XOR_X);
  assembler.emit(LDX_MEM, OPERAND);
  assembler.emit(ADD_X);
  assembler.emit(MUL_K, SPREAD);
}
