/** Finds values that must be unique and are not. */
import { entries } from './draft.js';
import type { ProblemPath } from './problem.js';

/** A value and where it stands. */
export interface Place<Value> {
  readonly value: Value;
  readonly path: ProblemPath;
}

/** A place whose value an earlier place has. */
export interface Repeat<Value> extends Place<Value> {
  /** The earliest. */
  readonly first: ProblemPath;
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

/** Every place but the first of each value. */
export function repeats<Value>(places: Iterable<Place<Value>>): Repeat<Value>[] {
  const firsts = new Map<Value, ProblemPath>();
  const found: Repeat<Value>[] = [];
  for (const place of places) {
    const first = firsts.get(place.value);
    if (first === undefined) firsts.set(place.value, place.path);
    else found.push({ ...place, first });
  }
  return found;
}
