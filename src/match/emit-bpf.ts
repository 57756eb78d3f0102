/**
 * IR to a classic BPF program, which the kernel runs on a frame before it copies it: 0 for one that no session
 * wants, else how many bytes to keep.
 *
 *     link header, tags -> IP header -> fields in scratch words -> the judge of the frame's class -> return
 *
 * It decides exactly as `evaluate` does, but for IPv6 with extension headers, which it keeps. A program that
 * would be too long is made weaker class by class: it keeps more, never less.
 */
import { type BpfInstruction, MAXIMUM_INSTRUCTIONS, RET_K, WHOLE_FRAME } from '../wire/bpf-instruction.js';
import { PROTOCOL_UDP } from '../wire/transport.js';
import { type AssembledFilter, assembleFilter, type ClassFilters, mapClasses } from './assemble-filter.js';
import { type ClassFilter, exactFilter } from './class-filter.js';
import { CLASS_NAMES, type ClassName, FRAME_CLASSES, type FrameClass, restrict } from './frame-class.js';
import type { Program } from './ir.js';
import { countEntries, wantedBytes } from './wanted.js';

/** What the program's surroundings ask of it. */
export interface BpfLimits {
  /** A longer frame, not counting a tag that the kernel took out, is kept whole: it may be yet to be segmented. */
  readonly longestFrame: number;
  /** The kernel takes 4,096, and fewer where net.core.optmem_max is small (ENOMEM). */
  readonly maximumInstructions: number;
}

export interface BpfOptions extends BpfLimits {
  /** What each verdict >= 0 keeps of a frame, in bytes; undefined: all of it. */
  readonly packetLengths: readonly (number | undefined)[];
}

/**
 * BPF does not see which frames are super-frames. Of those whose segments carry at least what every host takes at once,
 * 536 bytes (RFC 9293 §3.7.1), the shortest holds a byte more: Ethernet 14, IPv4 20, UDP 8. Also room for what a
 * capture puts in front of the program.
 */
export const ORDINARY_LIMITS: BpfLimits = {
  longestFrame: 578,
  maximumInstructions: MAXIMUM_INSTRUCTIONS - 16,
};

export interface EmittedBpf {
  readonly instructions: readonly BpfInstruction[];
  /** It keeps what some session wants and nothing else, IPv6 with extension headers aside. */
  readonly exact: boolean;
  /** Why it keeps more than that; empty when exact. */
  readonly reason: string;
}

/** Tags 12, Ethernet 14, IPv4 60 and an echo identifier 6, rounded up: what decode reads of a frame. */
const HEADER_BYTES = 96;
/** Of UDP: two VXLAN packets over IPv6 in one another, 70 bytes each, and the headers of a third: what tells loops. */
const NESTED_BYTES = 208;
/** Of ICMP and all else without ports: tags 12, Ethernet 14, IPv6 40, an error 8, and IPv6 40 and UDP 8 in it. */
const QUOTED_BYTES = 128;

const KEEP_ALL: readonly BpfInstruction[] = [{ code: RET_K, jt: 0, jf: 0, k: WHOLE_FRAME }];

/** The program of one source and direction. */
export function emitBpf(program: Program, options: BpfOptions): EmittedBpf {
  const { longestFrame, maximumInstructions } = options;
  let filters: ClassFilters | undefined = mapClasses((name) => firstFilter(program, name, options));
  while (filters !== undefined) {
    const { instructions, lengths } = assembleFilter(filters, longestFrame);
    if (instructions.length <= maximumInstructions) return describe(instructions, filters, options);
    filters = weakenLongest(filters, lengths);
  }
  return keepAll(options);
}

function firstFilter(program: Program, name: ClassName, options: BpfOptions): ClassFilter {
  const frameClass = FRAME_CLASSES[name];
  const wanted = wantedBytes(restrict(program.stages, frameClass), (verdict) =>
    bytesToKeep(verdict, leastBytes(frameClass), options),
  );
  const exact = exactFilter(frameClass, wanted);
  // An entry takes one instruction or more: what cannot fit need not be written.
  const canFit = countEntries(wanted) <= options.maximumInstructions;
  return canFit ? exact : (exact.weaker() ?? exact);
}

/** Undefined when none can be made shorter. */
function weakenLongest(filters: ClassFilters, lengths: AssembledFilter['lengths']): ClassFilters | undefined {
  const longestFirst = CLASS_NAMES.filter((name) => lengths[name] > 0).sort(
    (a, b) => lengths[b] - lengths[a],
  );
  for (const name of longestFirst) {
    const weaker = filters[name].weaker();
    if (weaker !== undefined) return { ...filters, [name]: weaker };
  }
  return undefined;
}

function leastBytes({ protocol }: FrameClass): number {
  if (protocol === 'portless') return QUOTED_BYTES;
  return protocol === PROTOCOL_UDP ? NESTED_BYTES : HEADER_BYTES;
}

function bytesToKeep(verdict: number, least: number, { packetLengths, longestFrame }: BpfOptions): number {
  const packetLength = packetLengths[verdict];
  if (packetLength === undefined || packetLength >= longestFrame) return WHOLE_FRAME;
  return Math.max(packetLength, least);
}

function describe(
  instructions: readonly BpfInstruction[],
  filters: ClassFilters,
  { maximumInstructions }: BpfOptions,
): EmittedBpf {
  const weak = CLASS_NAMES.filter((name) => filters[name].rangesPerField !== undefined);
  if (weak.length === 0) return { instructions, exact: true, reason: '' };
  const parts = weak.map((name) => `${name} by up to ${filters[name].rangesPerField} ranges of each field`);
  const reason = `more than ${maximumInstructions} instructions; keeps more than is wanted: ${parts.join(', ')}`;
  return { instructions, exact: false, reason };
}

function keepAll({ maximumInstructions }: BpfOptions): EmittedBpf {
  const reason = `more than ${maximumInstructions} instructions even when weakened; keeps every frame`;
  return { instructions: KEEP_ALL, exact: false, reason };
}
