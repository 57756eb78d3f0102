/**
 * Boxes: an interval on each axis of a frame class. Back ends and the decision tree work on boxes alone.
 *
 * Intervals include both ends and are int32. An address word is compared as a signed number: in that order, too, a
 * prefix is one interval.
 */
import { type Match, type PortRange, type Prefix, prefixMask } from './ir.js';

/** A field of Decoded that rules test. */
export type Axis =
  | 'protocol'
  | 'sourcePort'
  | 'destinationPort'
  | 'source0'
  | 'source1'
  | 'source2'
  | 'source3'
  | 'destination0'
  | 'destination1'
  | 'destination2'
  | 'destination3';

/** One interval per axis; both arrays have the order of the frame class's axes. */
export interface Box {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

type Interval = readonly [from: number, to: number];

const WORD: Interval = [-0x8000_0000, 0x7fff_ffff];
const PORT: Interval = [0, 65535];
const PROTOCOL: Interval = [0, 255];

/** Every axis. Those on which matches differ most come first, so that most comparisons end at the first axis. */
const ALL_AXES: readonly Axis[] = [
  ...(['destinationPort', 'destination0', 'source0', 'protocol', 'sourcePort'] as const),
  ...(['destination1', 'source1', 'destination2', 'source2', 'destination3', 'source3'] as const),
];

/** The intervals of a match on some axes. */
export function boxOf(match: Match, axes: readonly Axis[]): Box {
  return boxFrom(axes.map((axis) => intervalOf(match, axis)));
}

/** The box of a match with family and needsPorts as axes, for comparing matches of any kind. */
export function wholeBox(match: Match): Box {
  const { family, needsPorts } = match;
  const intervals = ALL_AXES.map((axis) => intervalOf(match, axis));
  return boxFrom([...intervals, [family, family], [needsPorts ? 1 : 0, 1]]);
}

/** The box of all frames. */
export function spaceOf(axes: readonly Axis[]): Box {
  return boxFrom(axes.map(fullInterval));
}

/** True for source and destination port. */
export function isPort(axis: Axis): boolean {
  return axis === 'sourcePort' || axis === 'destinationPort';
}

/** True for a 32-bit word of an address. */
export function isAddressWord(axis: Axis): boolean {
  return axis !== 'protocol' && !isPort(axis);
}

/** True when every frame in `inner` is in `outer`. */
export function boxCovers(outer: Box, inner: Box): boolean {
  for (let axis = 0; axis < outer.from.length; axis++) {
    if (outer.from[axis]! > inner.from[axis]! || outer.to[axis]! < inner.to[axis]!) return false;
  }
  return true;
}

/** True when some frame is in both. */
export function boxesIntersect(a: Box, b: Box): boolean {
  for (let axis = 0; axis < a.from.length; axis++) {
    if (a.from[axis]! > b.to[axis]! || b.from[axis]! > a.to[axis]!) return false;
  }
  return true;
}

/** Many boxes in one array, by number, for comparing each with thousands of others. */
export class BoxList {
  /** Box by box, axis by axis: from, to. */
  readonly #bounds: Int32Array;
  readonly #stride: number;

  constructor(boxes: readonly Box[]) {
    this.#stride = 2 * (boxes[0]?.from.length ?? 0);
    this.#bounds = new Int32Array(this.#stride * boxes.length);
    let at = 0;
    for (const { from, to } of boxes) {
      for (let axis = 0; axis < from.length; axis++) {
        this.#bounds[at++] = from[axis]!;
        this.#bounds[at++] = to[axis]!;
      }
    }
  }

  /** `boxCovers` of two boxes of the list. */
  covers(outer: number, inner: number): boolean {
    const bounds = this.#bounds;
    const end = (outer + 1) * this.#stride;
    let other = inner * this.#stride;
    for (let at = outer * this.#stride; at < end; at += 2, other += 2) {
      if (bounds[at]! > bounds[other]! || bounds[at + 1]! < bounds[other + 1]!) return false;
    }
    return true;
  }

  /** `boxesIntersect` of two boxes of the list. */
  intersect(one: number, two: number): boolean {
    const bounds = this.#bounds;
    const end = (one + 1) * this.#stride;
    let other = two * this.#stride;
    for (let at = one * this.#stride; at < end; at += 2, other += 2) {
      if (bounds[at]! > bounds[other + 1]! || bounds[other]! > bounds[at + 1]!) return false;
    }
    return true;
  }
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
  return isPort(axis) ? PORT : WORD;
}

function portInterval({ from, to }: PortRange): Interval {
  return [from, to];
}

/** The values that word `index` of an address in the prefix may have. */
function wordInterval({ words, length }: Prefix, index: number): Interval {
  const mask = prefixMask(length, index);
  return mask === 0 ? WORD : [words[index]!, words[index]! | ~mask];
}
