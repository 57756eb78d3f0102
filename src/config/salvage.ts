/** What is left of a file when its wrong values are taken out, so that the rest can still be checked. */
import type { z } from 'zod';
import type { Draft } from '../resources/draft.js';
import type { ProblemPath } from '../resources/problem.js';
import type { ConfigurationFile } from './schema.js';

/** The lists of resources, which may be left out. */
const EMPTY = {
  networkInterfaces: [],
  networkLoadBalancers: [],
  gatewayLoadBalancerEndpoints: [],
  trafficMirrorTargets: [],
  trafficMirrorFilters: [],
  trafficMirrorSessions: [],
} satisfies Draft<ConfigurationFile>;

/**
 * The file with `undefined` for every value that the schema refused, as `Draft` wants it. Other values are as
 * they were written, which means the same as their checked form.
 * @param file plain data in which the schema found the issues
 */
export function salvage(file: unknown, issues: readonly z.core.$ZodIssue[]): Draft<ConfigurationFile> {
  const root = { file: structuredClone(file) };
  for (const { path, code } of issues) {
    if (code !== 'unrecognized_keys') clear(root, ['file', ...(path as ProblemPath)]);
  }
  return { ...EMPTY, ...(root.file as Draft<ConfigurationFile> | undefined) };
}

function clear(container: unknown, path: ProblemPath): void {
  const [step, ...rest] = path;
  if (step === undefined || typeof container !== 'object' || container === null) return;
  const fields = container as Record<string | number, unknown>;
  if (rest.length === 0) fields[step] = undefined;
  else clear(fields[step], rest);
}
