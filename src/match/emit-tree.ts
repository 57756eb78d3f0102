/** Decision trees as JavaScript: nested conditions, in functions that are not too long. */
import type { Axis } from './box.js';
import { type ClassFunctions, type Code, MAXIMUM_WEIGHT } from './class-functions.js';
import type { Cut, Tree } from './decision-tree.js';
import { emitRuleList } from './emit-rule-list.js';
import { FIELD } from './emit-tests.js';
import type { Forest } from './forest.js';
import { type Fragment, join, js } from './fragment.js';
import type { Effect } from './ir.js';

const COMMA = js`, `;

/** No verdict. */
const UNDECIDED = -0x8000_0000;

/** Declares the function `name`, and those it calls. @param otherwise what to return when nothing decides. */
export function emitForest(
  functions: ClassFunctions,
  name: Fragment,
  forest: Forest,
  axes: readonly Axis[],
  otherwise: number,
): void {
  switch (forest.kind) {
    case 'tree':
      functions.add(name, emitTree(functions, forest.tree, axes, otherwise));
      break;
    case 'stages':
      emitInTurn(functions, name, forest.parts, axes, otherwise);
      break;
    case 'side by side':
      emitSideBySide(functions, name, forest.trees, forest.effects, axes, otherwise);
      break;
  }
}

function emitInTurn(
  functions: ClassFunctions,
  name: Fragment,
  parts: readonly Forest[],
  axes: readonly Axis[],
  otherwise: number,
): void {
  const lines = parts.flatMap((part, index) => {
    const isLast = index === parts.length - 1;
    const partName = functions.newName();
    emitForest(functions, partName, part, axes, isLast ? otherwise : UNDECIDED);
    if (isLast) return [js`return ${partName}(decoded);`];
    const verdict = js`verdict${index}`;
    return [
      js`const ${verdict} = ${partName}(decoded);`,
      js`if (${verdict} !== ${UNDECIDED}) return ${verdict};`,
    ];
  });
  functions.add(name, { lines, reads: new Set(), weight: parts.length });
}

/** The trees return positions; behind the last position stands what happens when no tree has one. */
function emitSideBySide(
  functions: ClassFunctions,
  name: Fragment,
  trees: readonly Tree[],
  effects: readonly Effect[],
  axes: readonly Axis[],
  otherwise: number,
): void {
  const none = effects.length;
  const numbers = [...effects, 'leave' as const].map(
    (effect) => js`${effect === 'leave' ? otherwise : effect}`,
  );
  const table = js`${name}_effects`;
  const lines = trees.flatMap((tree, index) => {
    const treeName = functions.newName();
    functions.add(treeName, emitTree(functions, tree, axes, none));
    if (index === 0) return [js`let first = ${treeName}(decoded);`];
    const other = js`other${index}`;
    return [js`const ${other} = ${treeName}(decoded);`, js`if (${other} < first) first = ${other};`];
  });
  functions.declare(js`const ${table} = [${join(numbers, COMMA)}];`);
  functions.add(name, {
    lines: [...lines, js`return ${table}[first];`],
    reads: new Set(),
    weight: trees.length,
  });
}

function emitTree(functions: ClassFunctions, tree: Tree, axes: readonly Axis[], otherwise: number): Code {
  if (tree.kind === 'leaf') return emitRuleList(functions, tree, axes, otherwise);
  let lower = emitTree(functions, tree.lower, axes, otherwise);
  let upper = emitTree(functions, tree.upper, axes, otherwise);
  while (lower.weight + upper.weight >= MAXIMUM_WEIGHT) {
    if (lower.weight > upper.weight) lower = functions.outline(lower);
    else upper = functions.outline(upper);
  }
  return emitCut(tree, lower, upper, axes);
}

function emitCut({ axis, at }: Cut, lower: Code, upper: Code, axes: readonly Axis[]): Code {
  const field = axes[axis]!;
  return {
    lines: [js`if (${FIELD[field]} < ${at}) {\n  ${lower.lines}\n}`, ...upper.lines],
    reads: new Set([field, ...lower.reads, ...upper.reads]),
    weight: lower.weight + upper.weight + 1,
  };
}
