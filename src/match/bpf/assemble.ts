/**
 * The parts of a BPF program in order:
 *
 *     link header and tags | IPv4 | IPv6 | the judge of each class | returns
 *
 * All returns are at the end. The kernel checks in the order of the instructions, not of the jumps, whether each
 * scratch word is written before it is read, so nothing may be read behind a return.
 */
import {
  ANCILLARY_VLAN_PRESENT,
  type BpfInstruction,
  JEQ_K,
  JGT_K,
  LD_H_ABS,
  LD_W_ABS,
  LD_W_LEN,
  LDX_IMM,
  STX,
  WHOLE_FRAME,
} from '../../wire/bpf-instruction.js';
import { ETHERNET_TYPE, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../wire/ethernet.js';
import { VLAN_TAG_LENGTH, VLAN_TYPES } from '../../wire/vlan.js';
import { type ClassName, mapClasses } from '../frame-class.js';
import { BpfAssembler, Label, NEXT } from './assembler.js';
import type { ClassFilter } from './class-filter.js';
import { emitGeneralIpv4, emitIpv6, emitPlainIpv4 } from './emit-network.js';
import { BEHIND_TAGS, type Exits, type FamilyJudges, type Judge, TAG_BYTES_WORD, UNTAGGED } from './frame.js';
import { DROP } from './snap-lengths.js';

/** A filter for each frame class. */
export type ClassFilters = Readonly<Record<ClassName, ClassFilter>>;

/** A program, and how much of it belongs to each class. */
export interface AssembledFilter {
  readonly instructions: readonly BpfInstruction[];
  /** Instructions that judge each class, approximately. */
  readonly lengths: Readonly<Record<ClassName, number>>;
}

/** The same as in decode: a frame with more is not IP. */
const MAXIMUM_TAGS = 3;

/** Assembles the program. @param longestFrame in bytes; a longer frame that is kept is kept whole. */
export function assembleFilter(filters: ClassFilters, longestFrame: number): AssembledFilter {
  const assembler = new BpfAssembler();
  const returns = new Returns();
  const drop = returns.keep(DROP);
  const judges = mapClasses(
    (name): Judge => ({
      axes: filters[name].axes,
      label: filters[name].keepsAny ? new Label() : drop,
    }),
  );
  emitLink(assembler, judges, { drop, whole: returns.keep(WHOLE_FRAME) });
  const lengths = mapClasses((name) => {
    const before = assembler.length;
    if (judges[name].label === drop) return 0;
    assembler.place(judges[name].label);
    filters[name].emit(assembler, (bytes) => returns.keep(bytes));
    return assembler.length - before;
  });
  returns.emit(assembler, longestFrame);
  return { instructions: assembler.assemble(), lengths };
}

/** The ends of a program: one return for each number of bytes that is kept. */
class Returns {
  readonly #drop = new Label();
  readonly #whole = new Label();
  readonly #cut = new Map<number, Label>();

  /** The label to jump to in order to keep a number of bytes: DROP for none, WHOLE_FRAME for all. */
  keep(bytes: number): Label {
    if (bytes === DROP) return this.#drop;
    if (bytes === WHOLE_FRAME) return this.#whole;
    const label = this.#cut.get(bytes) ?? new Label();
    this.#cut.set(bytes, label);
    return label;
  }

  emit(assembler: BpfAssembler, longestFrame: number): void {
    assembler.place(this.#drop);
    assembler.return(0);
    for (const [bytes, label] of this.#cut) {
      assembler.place(label);
      assembler.emit(LD_W_LEN);
      assembler.branch(JGT_K, longestFrame, this.#whole, NEXT);
      assembler.return(bytes);
    }
    assembler.place(this.#whole);
    assembler.return(WHOLE_FRAME);
  }
}

/** Finds the IP header, behind up to three tags that the socket may see. */
function emitLink(assembler: BpfAssembler, judges: Readonly<Record<ClassName, Judge>>, exits: Exits): void {
  const { drop } = exits;
  const ipv4 = { tcp: judges.ipv4Tcp, udp: judges.ipv4Udp, portless: judges.ipv4Portless };
  const ipv6 = { tcp: judges.ipv6Tcp, udp: judges.ipv6Udp, portless: judges.ipv6Portless };
  const [plainIpv4, generalIpv4] = labelsOf(ipv4, drop);
  const [plainIpv6, taggedIpv6] = labelsOf(ipv6, drop);
  if (plainIpv4 === drop && plainIpv6 === drop) {
    assembler.jump(drop);
    return;
  }
  assembler.emit(LD_H_ABS, ETHERNET_TYPE);
  assembler.branch(JEQ_K, ETHERTYPE_IPV4, plainIpv4, NEXT);
  assembler.branch(JEQ_K, ETHERTYPE_IPV6, plainIpv6, NEXT);
  for (let tags = 1; tags <= MAXIMUM_TAGS; tags++) {
    emitTag(assembler, tags, drop);
    assembler.branch(JEQ_K, ETHERTYPE_IPV4, generalIpv4, NEXT);
    assembler.branch(JEQ_K, ETHERTYPE_IPV6, taggedIpv6, NEXT);
  }
  assembler.jump(drop);
  if (plainIpv4 !== drop) {
    assembler.place(plainIpv4);
    emitPlainIpv4(assembler, ipv4, exits, generalIpv4);
    assembler.place(generalIpv4);
    emitGeneralIpv4(assembler, ipv4, exits);
  }
  if (plainIpv6 !== drop) {
    assembler.place(plainIpv6);
    emitIpv6(assembler, ipv6, exits, UNTAGGED);
    assembler.place(taggedIpv6);
    emitIpv6(assembler, ipv6, exits, BEHIND_TAGS);
  }
}

/** Labels for a family's untagged frames, and for its others; both are `drop` when nothing of it is wanted. */
function labelsOf({ tcp, udp, portless }: FamilyJudges, drop: Label): readonly [Label, Label] {
  const wantsNothing = [tcp, udp, portless].every(({ label }) => label === drop);
  return wantsNothing ? [drop, drop] : [new Label(), new Label()];
}

/** Reads tag number `tags`, whose type is in A. Leaves the type behind it in A, and the bytes of all tags in X. */
function emitTag(assembler: BpfAssembler, tags: number, drop: Label): void {
  const tagged = new Label();
  for (const type of VLAN_TYPES) assembler.branch(JEQ_K, type, tagged, NEXT);
  assembler.jump(drop);
  assembler.place(tagged);
  if (tags === MAXIMUM_TAGS) {
    // With a tag that the kernel took out of the frame there would be four.
    assembler.emit(LD_W_ABS, ANCILLARY_VLAN_PRESENT);
    assembler.branch(JEQ_K, 0, NEXT, drop);
  }
  assembler.emit(LDX_IMM, tags * VLAN_TAG_LENGTH);
  assembler.emit(STX, TAG_BYTES_WORD);
  assembler.emit(LD_H_ABS, ETHERNET_TYPE + tags * VLAN_TAG_LENGTH);
}
