/**
 * A box as JavaScript conditions over locals that hold fields of Decoded. All operands and results are int32,
 * which V8 never boxes.
 */
import type { Axis, Box } from './box.js';
import { type Fragment, js } from './fragment.js';

/** The locals are named after the fields that they hold. */
export const FIELD = {
  protocol: js`protocol`,
  sourcePort: js`sourcePort`,
  destinationPort: js`destinationPort`,
  source0: js`source0`,
  source1: js`source1`,
  source2: js`source2`,
  source3: js`source3`,
  destination0: js`destination0`,
  destination1: js`destination1`,
  destination2: js`destination2`,
  destination3: js`destination3`,
} satisfies Record<Axis, Fragment>;

/** A condition, and the field that it reads. */
export interface Test {
  readonly axis: Axis;
  readonly condition: Fragment;
}

/** The tests that tell the frames of a box from others in a region that holds it. */
export function emitTests(box: Box, region: Box, axes: readonly Axis[]): readonly Test[] {
  return axes.flatMap((axis, index) => {
    const from = box.from[index]!;
    const to = box.to[index]!;
    const hasLower = from !== region.from[index];
    const hasUpper = to !== region.to[index];
    if (!hasLower && !hasUpper) return [];
    return [{ axis, condition: emitInterval(axis, from, to, hasLower, hasUpper) }];
  });
}

function emitInterval(axis: Axis, from: number, to: number, hasLower: boolean, hasUpper: boolean): Fragment {
  const field = FIELD[axis];
  if (from === to) return js`${field} === ${from}`;
  if (!hasUpper) return js`${field} >= ${from}`;
  if (!hasLower) return js`${field} <= ${to}`;
  // An address word in neither end's reach: the interval is that of a prefix.
  if (isAddressWord(axis)) return js`(${field} & ${~(from ^ to)}) === ${from}`;
  // One compare: the sign bit of either difference. `>>> 0` would be boxed until the code is optimised.
  return js`((${field} - ${from}) | (${to} - ${field})) >= 0`;
}

function isAddressWord(axis: Axis): boolean {
  return axis !== 'protocol' && axis !== 'sourcePort' && axis !== 'destinationPort';
}
