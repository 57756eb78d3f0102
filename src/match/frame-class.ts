/**
 * The first cut of every back end: six classes of IP frames, told apart by the family and, where the ports are
 * known, the protocol. Within a class those tests need not be made again, and a match is a box.
 */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport.js';
import type { Axis, Box } from './box.js';
import {
  type Entry,
  type Family,
  type Match,
  type PortRange,
  type Prefix,
  prefixMask,
  type Stage,
} from './ir.js';

/** A set of frames; `protocol` is the known protocol of frames with ports, or 'portless' for all others. */
export interface FrameClass {
  readonly family: Family;
  readonly protocol: typeof PROTOCOL_TCP | typeof PROTOCOL_UDP | 'portless';
  /** Which fields tell its frames apart, in the order in which to test them: ports first, since they tell most. */
  readonly axes: readonly Axis[];
  /** The box of all its frames. */
  readonly space: Box;
}

const PORTS: readonly Axis[] = ['destinationPort', 'sourcePort'];
const PORTLESS: readonly Axis[] = ['protocol'];
const ADDRESSES: Record<Family, readonly Axis[]> = {
  4: ['destination0', 'source0'],
  6: [
    ...['destination0', 'destination1', 'destination2', 'destination3'],
    ...['source0', 'source1', 'source2', 'source3'],
  ] as Axis[],
};

const INT32_MINIMUM = -0x8000_0000;
const INT32_MAXIMUM = 0x7fff_ffff;
const WORD: Interval = [INT32_MINIMUM, INT32_MAXIMUM];

type Interval = readonly [from: number, to: number];

export const FRAME_CLASSES = {
  ipv4Tcp: frameClass(4, PROTOCOL_TCP),
  ipv4Udp: frameClass(4, PROTOCOL_UDP),
  ipv4Portless: frameClass(4, 'portless'),
  ipv6Tcp: frameClass(6, PROTOCOL_TCP),
  ipv6Udp: frameClass(6, PROTOCOL_UDP),
  ipv6Portless: frameClass(6, 'portless'),
} satisfies Record<string, FrameClass>;

export type ClassName = keyof typeof FRAME_CLASSES;
export const CLASS_NAMES = Object.keys(FRAME_CLASSES) as ClassName[];

/** The entries that can match frames of one class, as boxes: without the tests that all its frames pass. */
export function restrict(
  stages: readonly Stage[],
  { family, protocol, axes }: FrameClass,
): readonly Stage<Box>[] {
  return stages.map(({ label, entries }) => ({
    label,
    entries: entries
      .filter(({ match }) => match.family === family && suits(match, protocol))
      .map((entry): Entry<Box> => ({ ...entry, match: boxOf(entry.match, axes) })),
  }));
}

function frameClass(family: Family, protocol: FrameClass['protocol']): FrameClass {
  const axes = [...(protocol === 'portless' ? PORTLESS : PORTS), ...ADDRESSES[family]];
  const intervals = axes.map(fullInterval);
  return { family, protocol, axes, space: boxFrom(intervals) };
}

function suits(match: Match, protocol: FrameClass['protocol']): boolean {
  if (protocol === 'portless') return !match.needsPorts;
  return match.protocol === 'any' || match.protocol === protocol;
}

function fullInterval(axis: Axis): Interval {
  if (axis === 'protocol') return [0, 255];
  return axis === 'sourcePort' || axis === 'destinationPort' ? [0, 65535] : WORD;
}

function boxOf(match: Match, axes: readonly Axis[]): Box {
  return boxFrom(axes.map((axis) => intervalOf(match, axis)));
}

function boxFrom(intervals: readonly Interval[]): Box {
  return { from: intervals.map(([from]) => from), to: intervals.map(([, to]) => to) };
}

function intervalOf(
  { protocol, sourcePorts, destinationPorts, source, destination }: Match,
  axis: Axis,
): Interval {
  switch (axis) {
    case 'protocol':
      return protocol === 'any' ? fullInterval(axis) : [protocol, protocol];
    case 'sourcePort':
      return portInterval(sourcePorts);
    case 'destinationPort':
      return portInterval(destinationPorts);
    default:
      return wordInterval(axis.startsWith('source') ? source : destination, Number(axis.at(-1)));
  }
}

function portInterval({ from, to }: PortRange): Interval {
  return [from, to];
}

/** The values that word `index` of an address in the prefix may have. */
function wordInterval({ words, length }: Prefix, index: number): Interval {
  const mask = prefixMask(length, index);
  return mask === 0 ? WORD : [words[index]!, words[index]! | ~mask];
}
