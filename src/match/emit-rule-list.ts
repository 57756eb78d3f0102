/** The entries of a leaf as JavaScript: tested one after another. */
import type { Axis, Box } from './box.js';
import { type ClassFunctions, type Code, MAXIMUM_WEIGHT } from './class-functions.js';
import type { Leaf } from './decision-tree.js';
import { emitTests } from './emit-tests.js';
import { type Fragment, join, js } from './fragment.js';
import type { Entry, Stage } from './ir.js';

const AND = js` && `;

/** What a list is written for. */
interface Place {
  readonly region: Box;
  readonly axes: readonly Axis[];
}

/** @param otherwise what to return when no entry decides. */
export function emitRuleList(
  functions: ClassFunctions,
  { stages, region }: Leaf,
  axes: readonly Axis[],
  otherwise: number,
): Code {
  const end = js`return ${otherwise};`;
  const count = stages.reduce((sum, { entries }) => sum + entries.length, 0);
  return count <= MAXIMUM_WEIGHT
    ? emitStages(stages, { region, axes }, end)
    : emitChain(functions, stages, { region, axes }, end);
}

/** All stages in one function; a reject leaves the labelled block of its stage. */
function emitStages(stages: readonly Stage<Box>[], place: Place, end: Fragment): Code {
  const lines: Fragment[] = [];
  const all = stages.flatMap(({ entries }) => entries);
  let goesOn = true;
  for (const [index, { entries }] of stages.entries()) {
    const label = js`stage${index}`;
    const tests = entries.map((entry) => emitEntry(entry, js`break ${label};`, place));
    const leaves = entries.some(({ effect }) => effect === 'leave');
    lines.push(...(leaves ? [js`${label}: {\n  ${tests}\n}`] : tests));
    goesOn = leaves || !entries.some((entry) => isAlways(entry, place));
    if (!goesOn) break;
  }
  return { lines: goesOn ? [...lines, end] : lines, reads: readsOf(all, place), weight: all.length };
}

/** Functions of parts of stages, each ending in a call of the next; a reject calls the next stage's first. */
function emitChain(
  functions: ClassFunctions,
  stages: readonly Stage<Box>[],
  place: Place,
  end: Fragment,
): Code {
  const parts = stages.flatMap(({ entries }, stage) =>
    slices(entries).map((some) => ({ stage, entries: some })),
  );
  const names = parts.map(() => functions.newName());
  const goTo = (index: number): Fragment => {
    const name = names[index];
    return name === undefined ? end : js`return ${name}(decoded);`;
  };
  for (const [index, { stage, entries }] of parts.entries()) {
    const leave = goTo(parts.findIndex((part) => part.stage > stage));
    const lines = entries.map((entry) => emitEntry(entry, leave, place));
    const goesOn = !entries.some((entry) => isAlways(entry, place));
    functions.add(names[index]!, {
      lines: goesOn ? [...lines, goTo(index + 1)] : lines,
      reads: readsOf(entries, place),
      weight: entries.length,
    });
  }
  return { lines: [goTo(0)], reads: new Set(), weight: 1 };
}

function emitEntry({ match, effect }: Entry<Box>, leave: Fragment, { region, axes }: Place): Fragment {
  const action = effect === 'leave' ? leave : js`return ${effect};`;
  const conditions = emitTests(match, region, axes).map(({ condition }) => condition);
  return conditions.length === 0 ? action : js`if (${join(conditions, AND)}) ${action}`;
}

function isAlways({ match }: Entry<Box>, { region, axes }: Place): boolean {
  return emitTests(match, region, axes).length === 0;
}

function readsOf(entries: readonly Entry<Box>[], { region, axes }: Place): ReadonlySet<Axis> {
  return new Set(entries.flatMap(({ match }) => emitTests(match, region, axes).map(({ axis }) => axis)));
}

function slices(entries: readonly Entry<Box>[]): readonly (readonly Entry<Box>[])[] {
  const count = Math.ceil(entries.length / MAXIMUM_WEIGHT);
  return Array.from({ length: count }, (_, index) =>
    entries.slice(index * MAXIMUM_WEIGHT, (index + 1) * MAXIMUM_WEIGHT),
  );
}
