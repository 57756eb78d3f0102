/** What a check across resources reports. */
import { entries } from './draft.js';
import { show } from './parsed.js';

/** Keys and indices from the resource set's root: `['trafficMirrorSessions', 0, 'sessionNumber']`. */
export type ProblemPath = readonly (string | number)[];

/** Stable names: the control API maps each to an EC2 error code. */
export type ProblemCode =
  | 'bad-tag'
  | 'duplicate-address'
  | 'duplicate-device'
  | 'duplicate-id'
  | 'duplicate-rule-number'
  | 'duplicate-session-number'
  | 'interface-both-source-and-target'
  | 'load-balancer-packet-length'
  | 'missing-reference'
  | 'mixed-address-families'
  | 'no-address'
  | 'no-device'
  | 'not-exactly-one-target'
  | 'ports-without-protocol'
  | 'quota-exceeded'
  | 'reversed-range';

/** One thing that is wrong. */
export interface ResourceProblem {
  readonly path: ProblemPath;
  readonly code: ProblemCode;
  /** What is wrong and why, one line, without the path. */
  readonly text: string;
}

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `trafficMirrorSessions[0].sessionNumber`; a key that is not plain stands in brackets and quotes. */
export function formatPath(path: ProblemPath): string {
  return path
    .map((step, depth) => {
      if (typeof step === 'number') return `[${step}]`;
      if (!PLAIN_KEY.test(step)) return `[${show(step)}]`;
      return depth === 0 ? step : `.${step}`;
    })
    .join('');
}

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
