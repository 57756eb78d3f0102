/** The files of a directory. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** @returns every regular file below it, sorted, as paths from it. */
export function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((path) => lstatSync(join(directory, path)).isFile())
    .sort();
}
