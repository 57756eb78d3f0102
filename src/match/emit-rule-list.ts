/**
 * The entries of one frame class as JavaScript: tested one after another. The structure for many rules takes
 * the place of this file, with the same arguments and result.
 */
import type { Box } from './box.js';
import { emitTests, FIELD, type Test } from './emit-tests.js';
import { type Fragment, join, js } from './fragment.js';
import type { FrameClass } from './frame-class.js';
import type { Effect, Entry, Stage } from './ir.js';
import { UNMATCHED } from './verdict.js';

/** V8 never optimises a function above 60 KB of bytecode; an IPv6 entry takes up to 200 bytes. */
const MAX_ENTRIES_PER_FUNCTION = 200;

const AND = js` && `;

/**
 * Declarations of functions from Decoded to verdict: first the one called `name`, then those it may end in.
 * Locals are named after the fields of Decoded that they hold.
 */
export function emitRuleList(
  name: Fragment,
  stages: readonly Stage<Box>[],
  frameClass: FrameClass,
): readonly Fragment[] {
  const count = stages.reduce((sum, stage) => sum + stage.entries.length, 0);
  return count <= MAX_ENTRIES_PER_FUNCTION
    ? [emitSingle(name, stages, frameClass)]
    : emitChain(name, stages, frameClass);
}

/** All stages in one function; a reject leaves the labelled block of its stage. */
function emitSingle(name: Fragment, stages: readonly Stage<Box>[], frameClass: FrameClass): Fragment {
  const statements = stages.map(({ entries }, index) => {
    const label = js`stage${index}`;
    const lines = entries.map((entry) => emitEntry(entry, js`break ${label};`, frameClass));
    return entries.some((entry) => entry.effect === 'leave') ? js`${label}: {\n  ${lines}\n}` : js`${lines}`;
  });
  const entries = stages.flatMap((stage) => stage.entries);
  return emitFunction(name, entries, frameClass, [...statements, js`return ${UNMATCHED};`]);
}

/** Functions of parts of stages, each ending in a call of the next; a reject calls the next stage's first. */
function emitChain(
  name: Fragment,
  stages: readonly Stage<Box>[],
  frameClass: FrameClass,
): readonly Fragment[] {
  const parts = stages.flatMap((stage, stageIndex) =>
    slices(stage.entries).map((entries) => ({ stageIndex, entries })),
  );
  const partName = (index: number) => (index === 0 ? name : js`${name}_${index}`);
  const goTo = (index: number) =>
    index < 0 || index === parts.length ? js`return ${UNMATCHED};` : js`return ${partName(index)}(decoded);`;
  return parts.map(({ stageIndex, entries }, index) => {
    const leave = goTo(parts.findIndex((part) => part.stageIndex > stageIndex));
    const lines = entries.map((entry) => emitEntry(entry, leave, frameClass));
    return emitFunction(partName(index), entries, frameClass, [...lines, goTo(index + 1)]);
  });
}

function emitFunction(
  name: Fragment,
  entries: readonly Entry<Box>[],
  frameClass: FrameClass,
  statements: readonly Fragment[],
): Fragment {
  return js`function ${name}(decoded) {
  ${[...emitLoads(entries, frameClass), ...statements]}
}`;
}

/** Each field that any entry reads, once. */
function emitLoads(entries: readonly Entry<Box>[], { axes, space }: FrameClass): readonly Fragment[] {
  const fields = new Set(
    entries.flatMap((entry) => emitTests(entry.match, space, axes)).map((test) => FIELD[test.axis]),
  );
  return [...fields].map((field) => js`const ${field} = decoded.${field};`);
}

function emitEntry(entry: Entry<Box>, leave: Fragment, { axes, space }: FrameClass): Fragment {
  const action = emitEffect(entry.effect, leave);
  const tests = emitTests(entry.match, space, axes);
  return tests.length === 0 ? action : js`if (${emitAll(tests)}) ${action}`;
}

function emitEffect(effect: Effect, leave: Fragment): Fragment {
  return effect === 'leave' ? leave : js`return ${effect};`;
}

function emitAll(tests: readonly Test[]): Fragment {
  return join(
    tests.map((test) => test.condition),
    AND,
  );
}

function slices(entries: readonly Entry<Box>[]): readonly (readonly Entry<Box>[])[] {
  const count = Math.ceil(entries.length / MAX_ENTRIES_PER_FUNCTION);
  return Array.from({ length: count }, (_, index) =>
    entries.slice(index * MAX_ENTRIES_PER_FUNCTION, (index + 1) * MAX_ENTRIES_PER_FUNCTION),
  );
}
