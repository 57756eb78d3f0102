/**
 * What files may hold one day: refused with words of its own until it works. Whoever makes a row work deletes
 * it here and puts the key or word into the schema.
 */
import type { ProblemPath } from '../resources/problem.js';
import type { ValueProblem } from './problem.js';

interface Row {
  /** `*` stands for every item of a list. */
  readonly path: readonly string[];
  /** Which values are meant; absent: the key, whatever its value. */
  readonly values?: Values;
}

interface Values {
  readonly has: (value: unknown) => boolean;
  readonly name: string;
}

const ROWS: readonly Row[] = [{ path: ['metrics'] }];

/** @param file the file's content as plain data, not yet checked */
export function findNotYetSupported(file: unknown): ValueProblem[] {
  return ROWS.flatMap(({ path, values }) =>
    find(file, path, [])
      .filter(({ value }) => values?.has(value) ?? true)
      .map((found) => ({
        path: found.path,
        text: values === undefined ? 'not supported yet' : `${values.name} is not supported yet`,
      })),
  );
}

interface Found {
  readonly path: ProblemPath;
  readonly value: unknown;
}

function find(value: unknown, [step, ...rest]: readonly string[], path: ProblemPath): Found[] {
  if (step === undefined) return [{ path, value }];
  if (step === '*') {
    return Array.isArray(value) ? value.flatMap((item, index) => find(item, rest, [...path, index])) : [];
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return [];
  return find((value as Record<string, unknown>)[step], rest, [...path, step]);
}
