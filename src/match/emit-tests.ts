/**
 * One box as JavaScript conditions over locals that hold fields of Decoded. All operands and results are
 * int32, which V8 never boxes.
 */
import { type Fragment, js } from './fragment.js';
import { type Match, type PortRange, type Prefix, prefixMask } from './ir.js';

/** A condition, and the field of Decoded it reads, as the local of the same name. */
export interface Test {
  readonly field: Fragment;
  readonly condition: Fragment;
}

const PROTOCOL = js`protocol`;
const SOURCE_PORT = js`sourcePort`;
const DESTINATION_PORT = js`destinationPort`;
const SOURCE_WORDS = [js`source0`, js`source1`, js`source2`, js`source3`];
const DESTINATION_WORDS = [js`destination0`, js`destination1`, js`destination2`, js`destination3`];

/** The tests of a box, ports first since they tell most rules apart; family and `needsPorts` are the caller's. */
export function emitTests(match: Match): readonly Test[] {
  return [
    ...emitProtocol(match.protocol),
    ...emitPorts(DESTINATION_PORT, match.destinationPorts),
    ...emitPorts(SOURCE_PORT, match.sourcePorts),
    ...emitPrefix(DESTINATION_WORDS, match.destination),
    ...emitPrefix(SOURCE_WORDS, match.source),
  ];
}

function emitProtocol(protocol: number | 'any'): readonly Test[] {
  return protocol === 'any' ? [] : [{ field: PROTOCOL, condition: js`${PROTOCOL} === ${protocol}` }];
}

function emitPorts(field: Fragment, { from, to }: PortRange): readonly Test[] {
  if (from === to) return [{ field, condition: js`${field} === ${from}` }];
  if (from > 0 && to < 65535) {
    // One compare: the sign bit of either difference. `>>> 0` would be boxed until the code is optimised.
    return [{ field, condition: js`((${field} - ${from}) | (${to} - ${field})) >= 0` }];
  }
  if (from > 0) return [{ field, condition: js`${field} >= ${from}` }];
  if (to < 65535) return [{ field, condition: js`${field} <= ${to}` }];
  return [];
}

function emitPrefix(fields: readonly Fragment[], { words, length }: Prefix): readonly Test[] {
  return words.flatMap((word, index) => {
    const field = fields[index]!;
    const mask = prefixMask(length, index);
    if (mask === 0) return [];
    if (mask === -1) return [{ field, condition: js`${field} === ${word}` }];
    return [{ field, condition: js`(${field} & ${mask}) === ${word}` }];
  });
}
