/**
 * Boxes of one frame class: an interval on each of its axes, and nothing else, so that every back end and the
 * decision tree work on plain intervals.
 *
 * Intervals include both ends and are int32: an address word is ordered as a signed number, in which order a
 * prefix is an interval too.
 */

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

/** Both arrays run alongside the axes of the frame class. */
export interface Box {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** Whether every frame in `inner` is in `outer`. */
export function boxCovers(outer: Box, inner: Box): boolean {
  for (let axis = 0; axis < outer.from.length; axis++) {
    if (outer.from[axis]! > inner.from[axis]! || outer.to[axis]! < inner.to[axis]!) return false;
  }
  return true;
}

/** Whether some frame is in both. */
export function boxesIntersect(a: Box, b: Box): boolean {
  for (let axis = 0; axis < a.from.length; axis++) {
    if (a.from[axis]! > b.to[axis]! || b.from[axis]! > a.to[axis]!) return false;
  }
  return true;
}
