/**
 * IR to a classic BPF program, which the kernel runs on a frame before it copies it. It returns how many bytes to
 * keep: 0 for a frame that no session wants.
 *
 *     link header, tags -> IP header -> fields in scratch words -> the judge of the frame's class -> return
 *
 * It decides exactly as `evaluate` does, but keeps all IPv6 frames with extension headers. A program that would be too
 * long is made weaker, class by class: it then keeps more, never less.
 */
import { ENCAPSULATIONS, nestedBytes } from '../../encapsulate/encapsulations.js';
import { type BpfInstruction, MAXIMUM_INSTRUCTIONS, RET_K, WHOLE_FRAME } from '../../wire/bpf-instruction.js';
import {
  CLASS_NAMES,
  type ClassName,
  FRAME_CLASSES,
  type FrameClass,
  mapClasses,
  restrict,
} from '../frame-class.js';
import { countEntries, type Program } from '../ir.js';
import { type AssembledFilter, assembleFilter, type ClassFilters } from './assemble.js';
import { type ClassFilter, exactFilter } from './class-filter.js';
import { snapLengths } from './snap-lengths.js';

/** Limits that come from where the program runs. */
export interface BpfLimits {
  /**
   * Bytes, not counting a tag that the kernel took out. A longer frame is kept whole: it may be a GSO frame, and
   * each of its segments is cut separately.
   */
  readonly longestFrame: number;
  /** The kernel takes 4,096, and fewer where net.core.optmem_max is small (ENOMEM). */
  readonly maximumInstructions: number;
}

/** The limits, and what the sessions keep. */
export interface BpfOptions extends BpfLimits {
  /** What each verdict >= 0 keeps of a frame, in bytes; undefined: all of it. */
  readonly packetLengths: readonly (number | undefined)[];
  /** Bytes of the longest headers of an encapsulation in which copies may come back. */
  readonly overhead: number;
}

/**
 * BPF cannot tell which frames are GSO frames. Their segments carry at least the 536 bytes that every host accepts (RFC
 * 9293 §3.7.1), so the shortest GSO frame has one byte of payload more: with Ethernet 14, IPv4 20 and UDP 8 that is
 * 579 bytes. 16 instructions are left for what a capture puts in front of the program.
 */
export const ORDINARY_LIMITS: BpfLimits = {
  longestFrame: 578,
  maximumInstructions: MAXIMUM_INSTRUCTIONS - 16,
};

/** A pre-filter, and whether it keeps only what the sessions want. */
export interface EmittedBpf {
  readonly instructions: readonly BpfInstruction[];
  /** It keeps only what some session wants, and IPv6 frames with extension headers. */
  readonly exact: boolean;
  /** Why it is not exact; empty when it is. */
  readonly reason: string;
}

/** Bytes that decode reads: tags 12, Ethernet 14, IPv4 60 and ports 4, rounded up. */
const HEADER_BYTES = 96;
/**
 * Bytes of an ICMP error that the loop guard reads: tags 12, Ethernet 14, IPv6 40, an error 8, and in
 * it IPv6 40 and UDP 8.
 */
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
  const stages = snapLengths(restrict(program.stages, frameClass), (verdict) =>
    bytesToKeep(verdict, leastBytes(frameClass, options), options),
  );
  const exact = exactFilter(frameClass, stages);
  // Each entry takes at least one instruction: with more entries than instructions, exact rules cannot fit.
  const canFit = countEntries(stages) <= options.maximumInstructions;
  return canFit ? exact : (exact.weaker() ?? exact);
}

/** Weakens the class whose judge is longest. @returns undefined when no class can be made weaker. */
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

/** Bytes of a frame that decode and the loop guard read. */
function leastBytes({ protocol }: FrameClass, { overhead }: BpfOptions): number {
  const least = protocol === 'portless' ? QUOTED_BYTES : HEADER_BYTES;
  const mayNest = ENCAPSULATIONS.some(
    (one) => protocol === (one.port === undefined ? 'portless' : one.protocol),
  );
  return mayNest ? Math.max(least, nestedBytes(overhead)) : least;
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
