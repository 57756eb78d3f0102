/** Finds values that should be unique and are not. */
import { entries } from './draft.js';
import { show } from './parsed.js';
import { formatPath, type ProblemCode, type ProblemPath, type ResourceProblem } from './problem.js';

/** A value and where it stands. */
export interface Place<Value> {
  readonly value: Value;
  readonly path: ProblemPath;
}

/** Where each item of a list has which value of a field; items without it are passed over. */
export function placesOf<Item extends object, Field extends keyof Item & string>(
  list: readonly (Item | undefined)[] | undefined,
  listPath: ProblemPath,
  field: Field,
): Place<NonNullable<Item[Field]>>[] {
  const places: Place<NonNullable<Item[Field]>>[] = [];
  for (const [index, item] of entries(list)) {
    const value = item[field];
    if (value !== undefined && value !== null) places.push({ value, path: [...listPath, index, field] });
  }
  return places;
}

/**
 * One problem for every place whose value an earlier place has.
 * @param name how the value is told
 */
export function repeatProblems<Value>(
  places: readonly Place<Value>[],
  code: ProblemCode,
  name: (value: Value) => string = show,
): ResourceProblem[] {
  const firsts = new Map<Value, ProblemPath>();
  const problems: ResourceProblem[] = [];
  for (const { value, path } of places) {
    const first = firsts.get(value);
    if (first === undefined) firsts.set(value, path);
    else problems.push({ path, code, text: `${name(value)} is taken by ${formatPath(first.slice(0, -1))}` });
  }
  return problems;
}
