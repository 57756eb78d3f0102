/**
 * What files may hold one day: refused with words of its own until it works. Whoever makes a row work deletes
 * it here and puts the key or word into the schema.
 */
import { isIpv6 } from '../resources/address.js';
import { show } from '../resources/parsed.js';
import type { ProblemPath } from '../resources/problem.js';
import type { ValueProblem } from './problem.js';

interface Row {
  /** `*` stands for every item of a list. */
  readonly path: readonly string[];
  /** Which values are meant; absent: the key, whatever its value. */
  readonly value?: (value: unknown) => boolean;
}

const ROWS: readonly Row[] = [
  { path: ['networkInterfaces', '*', 'netns'] },
  { path: ['networkInterfaces', '*', 'perspective'], value: (value) => value === 'peer' },
  { path: ['networkInterfaces', '*', 'address'], value: isIpv6 },
  { path: ['networkLoadBalancers', '*', 'targets', '*'], value: isIpv6 },
  { path: ['trafficMirrorTargets', '*', 'networkInterfaceId'], value: isIpv6 },
  { path: ['engine', 'io'], value: (value) => value === 'ring' },
  { path: ['engine', 'emit'], value: (value) => value === 'direct' },
  { path: ['engine', 'oversize'], value: (value) => value === 'fragment' },
  { path: ['metrics'] },
  { path: ['api'] },
];

/** @param file the file's content as plain data, not yet checked */
export function findNotYetSupported(file: unknown): ValueProblem[] {
  return ROWS.flatMap((row) =>
    find(file, row.path, []).flatMap(({ path, value }): ValueProblem[] => {
      if (row.value === undefined) return [{ path, text: 'not supported yet' }];
      return row.value(value) ? [{ path, text: `${show(value)} is not supported yet` }] : [];
    }),
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
