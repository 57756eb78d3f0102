/** BPF that finds the IP header of a frame: as the socket sees it, up to three tags may stand in front. */
import { ANCILLARY_VLAN_PRESENT, JEQ_K, LD_H_ABS, LD_W_ABS, LDX_IMM, STX } from '../wire/bpf-instruction.js';
import { ETHERNET_HEADER_LENGTH, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../wire/ethernet.js';
import { ETHERTYPE_VLAN, VLAN_TAG_LENGTH } from '../wire/vlan.js';
import { type BpfAssembler, Label, NEXT } from './bpf-assembler.js';
import { BEHIND_TAGS, type Judge, TAG_BYTES_WORD, UNTAGGED } from './bpf-frame.js';
import { emitGeneralIpv4, emitIpv6, emitPlainIpv4 } from './emit-bpf-network.js';
import type { FamilyJudges } from './emit-bpf-transport.js';
import type { ClassName } from './frame-class.js';

/** Of an untagged frame. */
const TYPE = ETHERNET_HEADER_LENGTH - 2;
/** 802.1Q, 802.1ad, and the outer tag of older switches. */
const TAG_TYPES = [ETHERTYPE_VLAN, 0x88a8, 0x9100];
/** As decode: a frame with more is not IP. */
const MAXIMUM_TAGS = 3;

/** @param extended takes IPv6 frames with extension headers. */
export function emitLink(
  assembler: BpfAssembler,
  judges: Readonly<Record<ClassName, Judge>>,
  extended: Label,
  drop: Label,
): void {
  const ipv4 = { tcp: judges.ipv4Tcp, udp: judges.ipv4Udp, portless: judges.ipv4Portless };
  const ipv6 = { tcp: judges.ipv6Tcp, udp: judges.ipv6Udp, portless: judges.ipv6Portless };
  const [plainIpv4, generalIpv4] = labelsOf(ipv4, drop);
  const [plainIpv6, taggedIpv6] = labelsOf(ipv6, drop);
  if (plainIpv4 === drop && plainIpv6 === drop) {
    assembler.jump(drop);
    return;
  }
  assembler.emit(LD_H_ABS, TYPE);
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
    emitPlainIpv4(assembler, ipv4, generalIpv4, drop);
    assembler.place(generalIpv4);
    emitGeneralIpv4(assembler, ipv4, drop);
  }
  if (plainIpv6 !== drop) {
    assembler.place(plainIpv6);
    emitIpv6(assembler, ipv6, UNTAGGED, extended, drop);
    assembler.place(taggedIpv6);
    emitIpv6(assembler, ipv6, BEHIND_TAGS, extended, drop);
  }
}

/** Where untagged frames of a family go, and where others do. */
function labelsOf({ tcp, udp, portless }: FamilyJudges, drop: Label): readonly [Label, Label] {
  const wantsNothing = [tcp, udp, portless].every(({ label }) => label === drop);
  return wantsNothing ? [drop, drop] : [new Label(), new Label()];
}

/** Takes the type in A for that of the next tag; leaves the type behind it in A, and the tags' bytes in X. */
function emitTag(assembler: BpfAssembler, tags: number, drop: Label): void {
  const tagged = new Label();
  for (const type of TAG_TYPES) assembler.branch(JEQ_K, type, tagged, NEXT);
  assembler.jump(drop);
  assembler.place(tagged);
  if (tags === MAXIMUM_TAGS) {
    // With the one that the kernel took out of the frame there would be four.
    assembler.emit(LD_W_ABS, ANCILLARY_VLAN_PRESENT);
    assembler.branch(JEQ_K, 0, NEXT, drop);
  }
  assembler.emit(LDX_IMM, tags * VLAN_TAG_LENGTH);
  assembler.emit(STX, TAG_BYTES_WORD);
  assembler.emit(LD_H_ABS, TYPE + tags * VLAN_TAG_LENGTH);
}
