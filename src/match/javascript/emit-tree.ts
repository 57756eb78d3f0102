/**
 * A decision tree as JavaScript: nested conditions, and in each leaf its entries, tested one after another. All
 * operands and results are int32, which V8 never boxes.
 *
 * Each emitter of a node has one signature:
 *
 *     emit…(functions, node, otherwise): Code
 *
 * It returns the code of the node, and adds to `functions` what that code calls: JavaScript functions of one frame
 * class, each from Decoded to a number. `otherwise` is the number to return when nothing in the node decides.
 */
import { type Axis, type Box, isAddressWord } from '../box.js';
import type { Effect } from '../ir.js';
import type { Cut, Leaf, Tree } from '../tree/decision-tree.js';
import { type Fragment, join, js } from './fragment.js';

const AND = js` && `;

/**
 * Most entries in one function. V8 never optimises a function above 60 KB of bytecode, and an IPv6 entry takes up to
 * 200 bytes. Not fewer: a call between functions costs as much as some entries.
 */
const MAXIMUM_WEIGHT = 200;

/** A local has the name of the field of Decoded that it holds. */
const FIELD = {
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

/** Statements that always end in a return. */
export interface Code {
  readonly lines: readonly Fragment[];
  /** The fields that the statements read, as locals. */
  readonly reads: ReadonlySet<Axis>;
  /** Size of the bytecode, in units of one entry. */
  readonly weight: number;
}

/** A condition, and the field that it reads. */
interface Test {
  readonly axis: Axis;
  readonly condition: Fragment;
}

/** An entry as its tests; one without tests matches every frame that gets to it. */
interface TestedEntry {
  readonly tests: readonly Test[];
  readonly effect: Effect;
}

/** Collects the functions of one frame class. */
export class ClassFunctions {
  readonly axes: readonly Axis[];
  readonly declarations: Fragment[] = [];
  readonly #className: Fragment;
  #names = 0;

  constructor(className: Fragment, axes: readonly Axis[]) {
    this.#className = className;
    this.axes = axes;
  }

  newName(): Fragment {
    this.#names += 1;
    return js`${this.#className}_${this.#names}`;
  }

  /** Adds a declaration that the functions refer to. */
  declare(declaration: Fragment): void {
    this.declarations.push(declaration);
  }

  /** Declares a function. */
  add(name: Fragment, { lines, reads }: Code): void {
    const loads = [...reads].map((axis) => js`const ${FIELD[axis]} = decoded.${FIELD[axis]};`);
    this.declarations.push(js`function ${name}(decoded) {
  ${[...loads, ...lines]}
}`);
  }

  /** Moves code to a function of its own. @returns a call of it. */
  outline(code: Code): Code {
    const name = this.newName();
    this.add(name, code);
    return { lines: [js`return ${name}(decoded);`], reads: new Set(), weight: 1 };
  }
}

/** The code of a tree; parts that grow too long become functions of their own. */
export function emitTree(functions: ClassFunctions, tree: Tree, otherwise: number): Code {
  if (tree.kind === 'leaf') return emitLeaf(functions, tree, otherwise);
  let lower = emitTree(functions, tree.lower, otherwise);
  let upper = emitTree(functions, tree.upper, otherwise);
  while (lower.weight + upper.weight >= MAXIMUM_WEIGHT) {
    if (lower.weight > upper.weight) lower = functions.outline(lower);
    else upper = functions.outline(upper);
  }
  return joinHalves(functions.axes, tree, lower, upper);
}

function joinHalves(axes: readonly Axis[], { axis, at }: Cut, lower: Code, upper: Code): Code {
  const field = axes[axis]!;
  return {
    lines: [js`if (${FIELD[field]} < ${at}) {\n  ${lower.lines}\n}`, ...upper.lines],
    reads: new Set([field, ...lower.reads, ...upper.reads]),
    weight: lower.weight + upper.weight + 1,
  };
}

function emitLeaf(functions: ClassFunctions, { stages, region }: Leaf, otherwise: number): Code {
  const tested = stages.map(({ entries }) =>
    entries.map(({ match, effect }) => ({ tests: emitTests(match, region, functions.axes), effect })),
  );
  const end = js`return ${otherwise};`;
  const isShort = tested.flat().length <= MAXIMUM_WEIGHT;
  return isShort ? emitStages(tested, end) : emitChain(functions, tested, end);
}

/** All stages in one function; a reject breaks out of the labelled block of its stage. */
function emitStages(stages: readonly (readonly TestedEntry[])[], end: Fragment): Code {
  const lines: Fragment[] = [];
  let goesOn = true;
  for (const [index, entries] of stages.entries()) {
    const label = js`stage${index}`;
    const statements = entries.map((entry) => emitEntry(entry, js`break ${label};`));
    const hasReject = entries.some(({ effect }) => effect === 'next-stage');
    lines.push(...(hasReject ? [js`${label}: {\n  ${statements}\n}`] : statements));
    goesOn = hasReject || !entries.some(isAlways);
    if (!goesOn) break;
  }
  const all = stages.flat();
  return { lines: goesOn ? [...lines, end] : lines, reads: readsOf(all), weight: all.length };
}

/** Functions of parts of stages, each ending in a call of the next; a reject calls the next stage's first. */
function emitChain(
  functions: ClassFunctions,
  stages: readonly (readonly TestedEntry[])[],
  end: Fragment,
): Code {
  const parts = stages.flatMap((entries, stage) => slices(entries).map((some) => ({ stage, entries: some })));
  const names = parts.map(() => functions.newName());
  const goTo = (index: number): Fragment => {
    const name = names[index];
    return name === undefined ? end : js`return ${name}(decoded);`;
  };
  for (const [index, { stage, entries }] of parts.entries()) {
    const nextStage = goTo(parts.findIndex((part) => part.stage > stage));
    const lines = entries.map((entry) => emitEntry(entry, nextStage));
    const goesOn = !entries.some(isAlways);
    functions.add(names[index]!, {
      lines: goesOn ? [...lines, goTo(index + 1)] : lines,
      reads: readsOf(entries),
      weight: entries.length,
    });
  }
  return { lines: [goTo(0)], reads: new Set(), weight: 1 };
}

function emitEntry({ tests, effect }: TestedEntry, nextStage: Fragment): Fragment {
  const action = effect === 'next-stage' ? nextStage : js`return ${effect};`;
  const conditions = tests.map(({ condition }) => condition);
  return conditions.length === 0 ? action : js`if (${join(conditions, AND)}) ${action}`;
}

function isAlways({ tests }: TestedEntry): boolean {
  return tests.length === 0;
}

function readsOf(entries: readonly TestedEntry[]): ReadonlySet<Axis> {
  return new Set(entries.flatMap(({ tests }) => tests.map(({ axis }) => axis)));
}

function slices(entries: readonly TestedEntry[]): readonly (readonly TestedEntry[])[] {
  const count = Math.ceil(entries.length / MAXIMUM_WEIGHT);
  return Array.from({ length: count }, (_, index) =>
    entries.slice(index * MAXIMUM_WEIGHT, (index + 1) * MAXIMUM_WEIGHT),
  );
}

/** The tests for the frames of a box, in a region that contains it. */
function emitTests(box: Box, region: Box, axes: readonly Axis[]): readonly Test[] {
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
  // Neither end is the region's, so no cut clipped the interval: it is a prefix's, and one mask tests it.
  if (isAddressWord(axis)) return js`(${field} & ${~(from ^ to)}) === ${from}`;
  // One compare: the sign bit of either difference. `>>> 0` would be boxed until the code is optimised.
  return js`((${field} - ${from}) | (${to} - ${field})) >= 0`;
}
