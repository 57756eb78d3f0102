/** What is left of a file when its wrong values are taken out, so that the rest can still be checked. */
import type { z } from 'zod';
import type { Draft } from '../resources/draft.js';
import { type ConfigurationFile, configurationSchema } from './schema.js';

/**
 * The file with `undefined` for every value an issue points at, and empty lists for those left out. The other
 * values are as they were written, which is their checked form or one that means the same.
 * @param file plain data in which the schema found the issues
 */
export function salvage(file: unknown, issues: readonly z.core.$ZodIssue[]): Draft<ConfigurationFile> {
  if (!isContainer(file) || Array.isArray(file)) return {};
  const draft = structuredClone(file);
  for (const { path, code } of issues) {
    if (code !== 'unrecognized_keys') remove(draft, path);
  }
  return { ...emptyLists(), ...draft };
}

type Container = Record<PropertyKey, unknown>;
