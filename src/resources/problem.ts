/** Problems: what the checks across resources report. */
import { entries } from './draft.js';
import { show } from './parsed.js';

/** Keys and indices from the root of the resource set: `['trafficMirrorSessions', 0, 'sessionNumber']`. */
export type ProblemPath = readonly (string | number)[];

/** Codes of what a file alone can get wrong: it declares the inventory, and chooses ids. */
export type DeclarationCode =
  | 'different-place'
  | 'duplicate-address'
  | 'duplicate-device'
  | 'duplicate-id'
  | 'duplicate-listener'
  | 'duplicate-option'
  | 'missing-reference'
  | 'options-without-geneve';

/** One thing that is wrong. @typeParam Code a stable name; the control API gives each an EC2 error code */
export interface CodedProblem<Code extends string> {
  readonly path: ProblemPath;
  readonly code: Code;
  /** What is wrong and why, one line, without the path. */
  readonly text: string;
}

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `trafficMirrorSessions[0].sessionNumber`; any other key is put in brackets and quotes. */
export function formatPath(path: ProblemPath): string {
  return path
    .map((step, depth) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!PLAIN_KEY.test(step)) return `[${show(step)}]`;
      return depth === 0 ? step : `.${step}`;
    })
    .join('');
}

/** A value, and its path in the resource set. */
export interface ValueAtPath<Value> {
  readonly value: Value;
  readonly path: ProblemPath;
}

/** The values of one field in a list, with their paths. Items without the field are left out. */
export function valuesOf<Item extends object, Field extends keyof Item & string>(
  list: readonly (Item | undefined)[] | undefined,
  listPath: ProblemPath,
  field: Field,
): ValueAtPath<NonNullable<Item[Field]>>[] {
  const values: ValueAtPath<NonNullable<Item[Field]>>[] = [];
  for (const [index, item] of entries(list)) {
    const value = item[field];
    if (value !== undefined && value !== null) values.push({ value, path: [...listPath, index, field] });
  }
  return values;
}

/**
 * One problem for each value that stands at an earlier path too.
 * @param name the value as the message shows it
 */
export function repeatProblems<Value>(
  values: readonly ValueAtPath<Value>[],
  code: DeclarationCode,
  name: (value: Value) => string = show,
): CodedProblem<DeclarationCode>[] {
  const firsts = new Map<Value, ProblemPath>();
  const problems: CodedProblem<DeclarationCode>[] = [];
  for (const { value, path } of values) {
    const first = firsts.get(value);
    if (first === undefined) firsts.set(value, path);
    else problems.push({ path, code, text: `${name(value)} is taken by ${formatPath(first.slice(0, -1))}` });
  }
  return problems;
}
