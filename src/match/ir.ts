/**
 * The filter of one source and direction between the passes: stages, tried in order, each a first-match list.
 *
 *     Program
 *       stage "unmirrored"         dhcp, ntp …       -> verdict
 *       stage "network services"   amazon-dns        -> verdict
 *       stage "session 1 …"        rule 10 accept    -> verdict
 *                                  rule 20 reject    -> next-stage
 *       stage "session 2 …"    …
 *       (the end)                                    -> UNMATCHED
 *
 * Every test of an entry is an interval of one field: protocol, two addresses, two ports. Together they are a box
 * (box.ts). So a back end emits boxes and two kinds of effect, and a decision tree cuts the same boxes by value. Labels
 * are for `explain`; no back end reads them.
 */

/** IPv4 or IPv6. */
export type Family = 4 | 6;

/** An address prefix. */
export interface Prefix {
  /** Big-endian int32 words: one for IPv4, four for IPv6; host bits are zero. */
  readonly words: readonly number[];
  /** 0–32 or 0–128 bits; 0 is every address of the family. */
  readonly length: number;
}

/** A range of ports, both ends included. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export const ANY_PORT: PortRange = { from: 0, to: 65535 };

/** The tests of an entry. A frame matches when all of them hold. Within a frame class they are a Box (box.ts). */
export interface Match {
  readonly family: Family;
  /** Upper-layer protocol, 0–255. */
  readonly protocol: number | 'any';
  /** True: matches only frames whose ports are known. False: both port ranges are ANY_PORT. */
  readonly needsPorts: boolean;
  readonly source: Prefix;
  readonly destination: Prefix;
  readonly sourcePorts: PortRange;
  readonly destinationPorts: PortRange;
}

/** A verdict (see verdict.ts) ends the program; `next-stage` skips the rest of the stage. */
export type Effect = number | 'next-stage';

/** `Shape` describes a set of frames; within a frame class it is a Box. */
export interface Entry<Shape = Match> {
  readonly label: string;
  readonly match: Shape;
  readonly effect: Effect;
}

/** A first-match list of entries. */
export interface Stage<Shape = Match> {
  readonly label: string;
  /** The first that matches decides. When none does, the next stage is tried. */
  readonly entries: readonly Entry<Shape>[];
}

/** A whole filter. */
export interface Program {
  /** The verdict of every ARP frame. */
  readonly arpVerdict: number;
  /** Stages for IPv4 and IPv6 frames. A frame that no stage decides is UNMATCHED. */
  readonly stages: readonly Stage[];
}

/** Entries of all stages together. */
export function countEntries(stages: readonly Stage<unknown>[]): number {
  return stages.reduce((sum, { entries }) => sum + entries.length, 0);
}

/** The match of every frame of one family. */
export function everything(family: Family): Match {
  const everywhere: Prefix = { words: family === 4 ? [0] : [0, 0, 0, 0], length: 0 };
  return {
    family,
    protocol: 'any',
    needsPorts: false,
    source: everywhere,
    destination: everywhere,
    sourcePorts: ANY_PORT,
    destinationPorts: ANY_PORT,
  };
}

/** The network bits in 32-bit word `index` of a prefix of `length` bits, as an int32 mask. */
export function prefixMask(length: number, index: number): number {
  const bits = length - 32 * index;
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : -1 << (32 - bits);
}
