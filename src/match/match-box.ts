/** Matches as boxes. */
import type { Axis, Box } from './box.js';
import { type Match, type PortRange, type Prefix, prefixMask } from './ir.js';

type Interval = readonly [from: number, to: number];

const WORD: Interval = [-0x8000_0000, 0x7fff_ffff];
const PORT: Interval = [0, 65535];
const PROTOCOL: Interval = [0, 255];

/** Every axis there is, those first on which matches differ most: a comparison mostly ends with the first. */
const ALL_AXES: readonly Axis[] = [
  ...(['destinationPort', 'destination0', 'source0', 'protocol', 'sourcePort'] as const),
  ...(['destination1', 'source1', 'destination2', 'source2', 'destination3', 'source3'] as const),
];

/** What a match says of some axes. */
export function boxOf(match: Match, axes: readonly Axis[]): Box {
  return boxFrom(axes.map((axis) => intervalOf(match, axis)));
}

/** Everything that a match says, family and needsPorts too: to compare matches of any kind. */
export function wholeBox(match: Match): Box {
  const { family, needsPorts } = match;
  const intervals = ALL_AXES.map((axis) => intervalOf(match, axis));
  return boxFrom([...intervals, [family, family], [needsPorts ? 1 : 0, 1]]);
}

/** The box of all frames. */
export function spaceOf(axes: readonly Axis[]): Box {
  return boxFrom(axes.map(fullInterval));
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
      return protocol === 'any' ? PROTOCOL : [protocol, protocol];
    case 'sourcePort':
      return portInterval(sourcePorts);
    case 'destinationPort':
      return portInterval(destinationPorts);
    default:
      return wordInterval(axis.startsWith('source') ? source : destination, Number(axis.at(-1)));
  }
}

function fullInterval(axis: Axis): Interval {
  if (axis === 'protocol') return PROTOCOL;
  return axis === 'sourcePort' || axis === 'destinationPort' ? PORT : WORD;
}

function portInterval({ from, to }: PortRange): Interval {
  return [from, to];
}

/** The values that word `index` of an address in the prefix may have. */
function wordInterval({ words, length }: Prefix, index: number): Interval {
  const mask = prefixMask(length, index);
  return mask === 0 ? WORD : [words[index]!, words[index]! | ~mask];
}
