/**
 * IR to the source of a JavaScript function: a dispatch by frame class, and for each class functions that call each
 * other where its forest has several trees.
 */
import { KIND_ARP, KIND_IPV4, KIND_IPV6, KIND_UNPARSABLE } from '../../decode/decoded.js';
import { PROTOCOL_TCP } from '../../wire/transport.js';
import { FRAME_CLASSES, type FrameClass, restrict } from '../frame-class.js';
import type { Program } from '../ir.js';
import { type Forest, growForest, type SideBySide, type StagesInTurn } from '../tree/forest.js';
import { UNMATCHED, UNPARSABLE } from '../verdict.js';
import { ClassFunctions, type Code, emitTree } from './emit-tree.js';
import { type Fragment, join, js } from './fragment.js';

const COMMA = js`, `;

/** What a part returns that does not decide. No verdict has this value. */
const UNDECIDED = -0x8000_0000;

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

function emitClass(program: Program, frameClass: FrameClass, name: Fragment): EmittedClass {
  const stages = restrict(program.stages, frameClass).filter(({ entries }) => entries.length > 0);
  const forest = growForest(stages, frameClass.space);
  if (isEmpty(forest)) return { declarations: [], verdict: js`${UNMATCHED}` };
  const functions = new ClassFunctions(name, frameClass.axes);
  functions.add(name, emitForest(functions, forest, UNMATCHED));
  return { declarations: functions.declarations, verdict: js`${name}(decoded)` };
}

function isEmpty(forest: Forest): boolean {
  return forest.kind === 'tree' && forest.tree.kind === 'leaf' && forest.tree.stages.length === 0;
}

function emitForest(functions: ClassFunctions, forest: Forest, otherwise: number): Code {
  switch (forest.kind) {
    case 'tree':
      return emitTree(functions, forest.tree, otherwise);
    case 'stages':
      return emitInTurn(functions, forest, otherwise);
    case 'side by side':
      return emitSideBySide(functions, forest, otherwise);
  }
}

function emitInTurn(functions: ClassFunctions, { parts }: StagesInTurn, otherwise: number): Code {
  const lines = parts.flatMap((part, index) => {
    const isLast = index === parts.length - 1;
    const name = functions.newName();
    functions.add(name, emitForest(functions, part, isLast ? otherwise : UNDECIDED));
    if (isLast) return [js`return ${name}(decoded);`];
    const verdict = js`verdict${index}`;
    return [
      js`const ${verdict} = ${name}(decoded);`,
      js`if (${verdict} !== ${UNDECIDED}) return ${verdict};`,
    ];
  });
  return { lines, reads: new Set(), weight: parts.length };
}

/** Each tree returns a position in the stage, or the position behind the last entry when it has none. */
function emitSideBySide(functions: ClassFunctions, { trees, effects }: SideBySide, otherwise: number): Code {
  const none = effects.length;
  const names = trees.map((tree) => {
    const name = functions.newName();
    functions.add(name, emitTree(functions, tree, none));
    return name;
  });
  const table = js`${names[0]!}_effects`;
  const numbers = effects.map((effect) => js`${effect === 'next-stage' ? otherwise : effect}`);
  functions.declare(js`const ${table} = [${join([...numbers, js`${otherwise}`], COMMA)}];`);
  const lines = names.flatMap((name, index) => {
    if (index === 0) return [js`let first = ${name}(decoded);`];
    const other = js`other${index}`;
    return [js`const ${other} = ${name}(decoded);`, js`if (${other} < first) first = ${other};`];
  });
  return { lines: [...lines, js`return ${table}[first];`], reads: new Set(), weight: trees.length };
}
