/** IR to the source of a JavaScript function: one small function per frame class, and the dispatch to them. */
import { KIND_ARP, KIND_IPV4, KIND_IPV6, KIND_UNPARSABLE } from '../decode/decoded.js';
import { PROTOCOL_TCP } from '../wire/transport.js';
import { ClassFunctions } from './class-functions.js';
import { emitForest } from './emit-tree.js';
import { type Forest, growForest } from './forest.js';
import { type Fragment, js } from './fragment.js';
import { FRAME_CLASSES, type FrameClass, restrict } from './frame-class.js';
import type { Program } from './ir.js';
import { UNMATCHED, UNPARSABLE } from './verdict.js';

/** A body for `new Function` that returns the function from Decoded to verdict. It reads no global. */
export function emitJavaScript(program: Program): Fragment {
  const tcp4 = emitClass(program, FRAME_CLASSES.ipv4Tcp, js`ipv4Tcp`);
  const udp4 = emitClass(program, FRAME_CLASSES.ipv4Udp, js`ipv4Udp`);
  const portless4 = emitClass(program, FRAME_CLASSES.ipv4Portless, js`ipv4Portless`);
  const tcp6 = emitClass(program, FRAME_CLASSES.ipv6Tcp, js`ipv6Tcp`);
  const udp6 = emitClass(program, FRAME_CLASSES.ipv6Udp, js`ipv6Udp`);
  const portless6 = emitClass(program, FRAME_CLASSES.ipv6Portless, js`ipv6Portless`);
  const classes = [tcp4, udp4, portless4, tcp6, udp6, portless6];
  return js`'use strict';
${classes.flatMap((one) => one.declarations)}
return function evaluate(decoded) {
  switch (decoded.kind) {
    case ${KIND_IPV4}:
      if (!decoded.hasPorts) return ${portless4.verdict};
      return decoded.protocol === ${PROTOCOL_TCP} ? ${tcp4.verdict} : ${udp4.verdict};
    case ${KIND_IPV6}:
      if (!decoded.hasPorts) return ${portless6.verdict};
      return decoded.protocol === ${PROTOCOL_TCP} ? ${tcp6.verdict} : ${udp6.verdict};
    case ${KIND_ARP}:
      return ${program.arpVerdict};
    case ${KIND_UNPARSABLE}:
      return ${UNPARSABLE};
    default:
      return ${UNMATCHED};
  }
};
`;
}

interface EmittedClass {
  readonly declarations: readonly Fragment[];
  /** An expression. */
  readonly verdict: Fragment;
}

/** Within one class more entries turn out to be covered by earlier ones. */
function emitClass(program: Program, frameClass: FrameClass, name: Fragment): EmittedClass {
  const stages = restrict(program.stages, frameClass).filter(({ entries }) => entries.length > 0);
  const forest = growForest(stages, frameClass.space);
  if (isEmpty(forest)) return { declarations: [], verdict: js`${UNMATCHED}` };
  const functions = new ClassFunctions(name);
  emitForest(functions, name, forest, frameClass.axes, UNMATCHED);
  return { declarations: functions.declarations, verdict: js`${name}(decoded)` };
}

function isEmpty(forest: Forest): boolean {
  return forest.kind === 'tree' && forest.tree.kind === 'leaf' && forest.tree.stages.length === 0;
}
