/** BPF that tells the classes of one family apart, behind the IP header, and jumps to the judge of the class. */
import { JEQ_K, ST } from '../../wire/bpf-instruction.js';
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../../wire/transport.js';
import { isPort } from '../box.js';
import type { Family } from '../ir.js';
import { type BpfAssembler, Label, NEXT } from './assembler.js';
import {
  type Exits,
  type FamilyJudges,
  fieldOffset,
  type Judge,
  NETWORK,
  type Reach,
  WORD_OF,
} from './frame.js';

const SOURCE_PORT = 0;
const DESTINATION_PORT = 2;

/** A kind of IP header. */
export interface Network {
  readonly family: Family;
  readonly reach: Reach;
  /** Protocols behind which only userspace can look: their frames are kept whole. */
  readonly opaque: readonly number[];
  /** Goes to `otherwise` unless both ports are in the frame and the datagram. Keeps X. */
  requirePorts(otherwise: Label): void;
  /** The opcode that loads half a word from the transport header, and the header's offset; may change X. */
  reachTransport(): { load: number; base: number };
}

/** Ends in jumps to judges. */
export function emitTransport(
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
