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
  JSET_K,
  LD_B_ABS,
  LD_B_IND,
  LD_H_ABS,
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
import { PORTS_LENGTH, PROTOCOLS_WITH_PORTS } from '../../wire/transport.js';
import { VLAN_TAG_LENGTH, VLAN_TYPES } from '../../wire/vlan.js';
import { BpfAssembler, Label, NEXT } from './assembler.js';
import { BEHIND_TAGS, loadLength, NETWORK, type Reach, UNTAGGED } from './frame.js';
import { emitIpv6, emitWalk } from './share-ipv6.js';
import { AT, addToNumber, type Exits, emitPorts, emitSum, NUMBER, SPREAD, TAG_BYTES } from './share-parts.js';

/** As in decode: a frame with more is not IP. */
const MAXIMUM_TAGS = 3;
/** IPv4 without options: version 4, 5 words. */
const PLAIN_IPV4 = 0x45;
/** The upper half of a number decides. */
const HALF = 16;
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
