/**
 * Six classes of IP frames, by family and, where the ports are known, by protocol. Every back end finds the class
 * first. Within a class these tests are not repeated, and a match is a box.
 */
import { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport.js';
import { type Axis, type Box, boxOf, spaceOf } from './box.js';
import type { Entry, Family, Match, Stage } from './ir.js';

/** A set of frames; `protocol` is the known protocol of frames with ports, or 'portless' for all others. */
export interface FrameClass {
  readonly family: Family;
  readonly protocol: typeof PROTOCOL_TCP | typeof PROTOCOL_UDP | 'portless';
  /** The fields that rules of the class test, in the order of testing: ports first, as they differ most. */
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

export const FRAME_CLASSES = {
  ipv4Tcp: frameClass(4, PROTOCOL_TCP),
  ipv4Udp: frameClass(4, PROTOCOL_UDP),
  ipv4Portless: frameClass(4, 'portless'),
  ipv6Tcp: frameClass(6, PROTOCOL_TCP),
  ipv6Udp: frameClass(6, PROTOCOL_UDP),
  ipv6Portless: frameClass(6, 'portless'),
} satisfies Record<string, FrameClass>;

/** The name of a frame class. */
export type ClassName = keyof typeof FRAME_CLASSES;
export const CLASS_NAMES = Object.keys(FRAME_CLASSES) as ClassName[];

/** Computes a value for each class, in the order of CLASS_NAMES. */
export function mapClasses<T>(value: (name: ClassName) => T): Record<ClassName, T> {
  return Object.fromEntries(CLASS_NAMES.map((name) => [name, value(name)])) as Record<ClassName, T>;
}

/** The entries that can match frames of one class, as boxes, without the tests that all its frames pass. */
export function restrict(
  stages: readonly Stage[],
  { family, protocol, axes }: FrameClass,
): readonly Stage<Box>[] {
  return stages.map(({ label, entries }) => ({
    label,
    entries: entries
      .filter(({ match }) => match.family === family && canMatch(match, protocol))
      .map((entry): Entry<Box> => ({ ...entry, match: boxOf(entry.match, axes) })),
  }));
}

function frameClass(family: Family, protocol: FrameClass['protocol']): FrameClass {
  const axes = [...(protocol === 'portless' ? PORTLESS : PORTS), ...ADDRESSES[family]];
  return { family, protocol, axes, space: spaceOf(axes) };
}

function canMatch(match: Match, protocol: FrameClass['protocol']): boolean {
  if (protocol === 'portless') return !match.needsPorts;
  return match.protocol === 'any' || match.protocol === protocol;
}
