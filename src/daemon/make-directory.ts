/** Makes a directory and what is missing above it. */
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Tries each part of the path once. Node's recursive `mkdir` tries for ever where the kernel says that the parent,
 * which is there, does not exist: below /proc, for example.
 * @param path absolute
 * @throws Error of the system
 */
export function makeDirectory(path: string): void {
  const missing: string[] = [];
  for (let part = path; !isThere(part); part = dirname(part)) missing.push(part);
  for (const part of missing.reverse()) makeOne(part);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Another process may make it at the same time. */
function makeOne(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !isThere(path)) throw error;
  }
}
