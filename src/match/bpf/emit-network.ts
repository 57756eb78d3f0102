/**
 * BPF that parses IP headers as decode does, and jumps to the judge of the frame's class. A frame whose header is cut
 * or malformed is unparsable, and dropped. A frame or datagram that ends before its ports has none.
 */
import {
  ADD_X,
  AND_K,
  JEQ_K,
  JGE_K,
  JGE_X,
  JGT_X,
  JSET_K,
  LD_H_ABS,
  LD_H_IND,
  LD_MEM,
  LDX_IMM,
  LDX_MEM,
  LSH_K,
  RSH_K,
  ST,
  STX,
  SUB_K,
  SUB_X,
  TAX,
} from '../../wire/bpf-instruction.js';
import {
  IPV4_FRAGMENT,
  IPV4_FRAGMENT_OFFSET_MASK,
  IPV4_HEADER_LENGTH,
  IPV4_TOTAL_LENGTH,
} from '../../wire/ipv4.js';
import { IPV6_HEADER_LENGTH, IPV6_PAYLOAD_LENGTH } from '../../wire/ipv6.js';
import { isExtensionHeader } from '../../wire/ipv6-extension.js';
import { PORTS_LENGTH, PROTOCOL_TCP, PROTOCOL_UDP } from '../../wire/transport.js';
import { isPort } from '../box.js';
import type { Family } from '../ir.js';
import { type BpfAssembler, Label, NEXT } from './assembler.js';
import {
  BEHIND_TAGS,
  type Exits,
  type FamilyJudges,
  fieldOffset,
  HEADER_LENGTH_WORD,
  type Judge,
  loadLength,
  NETWORK,
  REST_LENGTH_WORD,
  type Reach,
  TAG_BYTES_WORD,
  UNTAGGED,
  WORD_OF,
} from './frame.js';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;
/** Version 4 and a header without options. */
const PLAIN_IPV4 = 0x45;
const EXTENSION_HEADERS = Array.from({ length: 256 }, (_, type) => type).filter(isExtensionHeader);

/** A kind of IP header. */
interface Network {
  readonly family: Family;
  readonly reach: Reach;
  /** Protocols whose payload BPF cannot parse: their frames are kept whole. */
  readonly opaque: readonly number[];
  /** Goes to `otherwise` unless both ports are in the frame and the datagram. Keeps X. */
  requirePorts(otherwise: Label): void;
  /** The opcode that loads half a word from the transport header, and the header's offset; may change X. */
  reachTransport(): { load: number; base: number };
}

/** Parses an untagged IPv4 header without options. One with options goes to `general`. */
export function emitPlainIpv4(
  assembler: BpfAssembler,
  judges: FamilyJudges,
  exits: Exits,
  general: Label,
): void {
  const { drop } = exits;
  const withOptions = new Label();
  const transport = NETWORK + IPV4_HEADER_LENGTH;
  requireLength(assembler, UNTAGGED, transport, drop);
  assembler.emit(UNTAGGED.byte, NETWORK);
  assembler.branch(JEQ_K, PLAIN_IPV4, NEXT, withOptions);
  requireTotalLength(assembler, IPV4_HEADER_LENGTH, drop);
  const network = {
    family: 4,
    reach: UNTAGGED,
    opaque: [],
    requirePorts: (otherwise: Label) => {
      requireNoOffset(assembler, UNTAGGED, otherwise);
      requireTotalLength(assembler, IPV4_HEADER_LENGTH + PORTS_LENGTH, otherwise);
      requireLength(assembler, UNTAGGED, transport + PORTS_LENGTH, otherwise);
    },
    reachTransport: () => ({ load: LD_H_ABS, base: transport }),
  } as const;
  emitTransport(assembler, network, judges, exits);
  assembler.place(withOptions);
  assembler.emit(LDX_IMM, 0);
  assembler.emit(STX, TAG_BYTES_WORD);
  assembler.jump(general);
}

/** Parses any IPv4 header, untagged or behind tags. X and TAG_BYTES_WORD hold the bytes of the tags. */
export function emitGeneralIpv4(assembler: BpfAssembler, judges: FamilyJudges, exits: Exits): void {
  const { drop } = exits;
  const { byte, half } = BEHIND_TAGS;
  const trimmed = new Label();
  requireLength(assembler, BEHIND_TAGS, NETWORK + IPV4_HEADER_LENGTH, drop);
  assembler.emit(SUB_K, NETWORK);
  assembler.emit(ST, REST_LENGTH_WORD);
  requireVersion(assembler, BEHIND_TAGS, 4, drop);
  assembler.emit(byte, NETWORK);
  assembler.emit(AND_K, 0x0f);
  assembler.emit(LSH_K, 2);
  assembler.branch(JGE_K, IPV4_HEADER_LENGTH, NEXT, drop);
  assembler.emit(ST, HEADER_LENGTH_WORD);
  // The frame may have padding behind the datagram. A total length of 0 reaches to the frame's end.
  assembler.emit(half, NETWORK + IPV4_TOTAL_LENGTH);
  assembler.branch(JEQ_K, 0, trimmed, NEXT);
  assembler.emit(LDX_MEM, REST_LENGTH_WORD);
  assembler.branch(JGT_X, 0, trimmed, NEXT);
  assembler.emit(ST, REST_LENGTH_WORD);
  assembler.place(trimmed);
  assembler.emit(LD_MEM, REST_LENGTH_WORD);
  assembler.emit(LDX_MEM, HEADER_LENGTH_WORD);
  assembler.branch(JGE_X, 0, NEXT, drop);
  assembler.emit(SUB_X);
  assembler.emit(ST, REST_LENGTH_WORD);
  assembler.emit(LDX_MEM, TAG_BYTES_WORD);
  const network = {
    family: 4,
    reach: BEHIND_TAGS,
    opaque: [],
    requirePorts: (otherwise: Label) => {
      requireNoOffset(assembler, BEHIND_TAGS, otherwise);
      assembler.emit(LD_MEM, REST_LENGTH_WORD);
      assembler.branch(JGE_K, PORTS_LENGTH, NEXT, otherwise);
    },
    reachTransport: () => {
      assembler.emit(LD_MEM, HEADER_LENGTH_WORD);
      assembler.emit(ADD_X);
      assembler.emit(TAX);
      return { load: LD_H_IND, base: NETWORK };
    },
  } as const;
  emitTransport(assembler, network, judges, exits);
}

/** Parses an IPv6 header, untagged or behind tags. Frames with extension headers are kept whole. */
export function emitIpv6(assembler: BpfAssembler, judges: FamilyJudges, exits: Exits, reach: Reach): void {
  const { drop } = exits;
  const transport = NETWORK + IPV6_HEADER_LENGTH;
  requireLength(assembler, reach, transport, drop);
  requireVersion(assembler, reach, 6, drop);
  const network = {
    family: 6,
    reach,
    opaque: EXTENSION_HEADERS,
    requirePorts: (otherwise: Label) => {
      const toTheEnd = new Label();
      assembler.emit(reach.half, NETWORK + IPV6_PAYLOAD_LENGTH);
      assembler.branch(JEQ_K, 0, toTheEnd, NEXT);
      assembler.branch(JGE_K, PORTS_LENGTH, NEXT, otherwise);
      assembler.place(toTheEnd);
      requireLength(assembler, reach, transport + PORTS_LENGTH, otherwise);
    },
    reachTransport: () => ({ load: reach.behindTags ? LD_H_IND : LD_H_ABS, base: transport }),
  } as const;
  emitTransport(assembler, network, judges, exits);
}

/** Leaves the length of the frame, without tags, in A. */
function requireLength(assembler: BpfAssembler, reach: Reach, bytes: number, otherwise: Label): void {
  loadLength(assembler, reach);
  assembler.branch(JGE_K, bytes, NEXT, otherwise);
}

function requireVersion(assembler: BpfAssembler, reach: Reach, version: number, otherwise: Label): void {
  assembler.emit(reach.byte, NETWORK);
  assembler.emit(RSH_K, 4);
  assembler.branch(JEQ_K, version, NEXT, otherwise);
}

/** For an untagged IPv4 datagram. A total length of 0 reaches to the frame's end. */
function requireTotalLength(assembler: BpfAssembler, bytes: number, otherwise: Label): void {
  const toTheEnd = new Label();
  assembler.emit(UNTAGGED.half, NETWORK + IPV4_TOTAL_LENGTH);
  assembler.branch(JEQ_K, 0, toTheEnd, NEXT);
  assembler.branch(JGE_K, bytes, NEXT, otherwise);
  assembler.place(toTheEnd);
}

/** A later fragment has no ports. */
function requireNoOffset(assembler: BpfAssembler, reach: Reach, otherwise: Label): void {
  assembler.emit(reach.half, NETWORK + IPV4_FRAGMENT);
  assembler.branch(JSET_K, IPV4_FRAGMENT_OFFSET_MASK, otherwise, NEXT);
}

/** Finds the class of a frame of the family, from behind the IP header. Ends in jumps to the judges. */
function emitTransport(
  assembler: BpfAssembler,
  network: Network,
  judges: FamilyJudges,
  { drop, whole }: Exits,
): void {
  const { opaque, family, reach } = network;
  const portless = judges.portless.label === drop ? drop : new Label();
  const classes = [
    { protocol: PROTOCOL_TCP, judge: judges.tcp },
    { protocol: PROTOCOL_UDP, judge: judges.udp },
  ].map((one) => ({
    ...one,
    label: one.judge.label === drop && portless === drop ? drop : new Label(),
  }));
  assembler.emit(reach.byte, NETWORK + fieldOffset(family, 'protocol'));
  for (const { protocol, label } of classes) assembler.branch(JEQ_K, protocol, label, NEXT);
  for (const protocol of opaque) assembler.branch(JEQ_K, protocol, whole, NEXT);
  assembler.jump(portless);
  for (const { judge, label } of classes) {
    if (label === drop) continue;
    assembler.place(label);
    network.requirePorts(portless);
    if (judge.label !== drop) emitFields(assembler, network, judge);
    assembler.jump(judge.label);
  }
  if (portless === drop) return;
  assembler.place(portless);
  emitFields(assembler, network, judges.portless);
  assembler.jump(judges.portless.label);
}

/** Puts the fields that the judge reads into their words. Ports come last, since reaching them changes X. */
function emitFields(assembler: BpfAssembler, network: Network, { axes }: Judge): void {
  const { family, reach } = network;
  for (const axis of axes.filter((one) => !isPort(one))) {
    const load = axis === 'protocol' ? reach.byte : reach.word;
    assembler.emit(load, NETWORK + fieldOffset(family, axis));
    assembler.emit(ST, WORD_OF[axis]);
  }
  const ports = axes.filter(isPort);
  if (ports.length === 0) return;
  const { load, base } = network.reachTransport();
  // In reverse, so that A ends up with the port that is tested first.
  for (const axis of ports.toReversed()) {
    assembler.emit(load, base + (axis === 'sourcePort' ? SOURCE_PORT : DESTINATION_PORT));
    assembler.emit(ST, WORD_OF[axis]);
  }
}
