/** What tells namespaces and processes apart from later ones of the same name. */
import { readFileSync, statSync } from 'node:fs';
import type { ProcessName } from './world.js';

/** Device and inode of what a path names. */
export function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}

/** When a process started, in ticks: the 22nd field of proc(5), stat, the 20th behind its name, which may hold anything. */
export function startOf(processId: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Whether two names are of one process. */
export function sameProcess(a: ProcessName | undefined, b: ProcessName | undefined): boolean {
  return a?.id === b?.id && a?.startTicks === b?.startTicks;
}

/** Whether this process lacks a right: what is missing may come, and is no refusal. */
export function isRefusal(error: unknown): boolean {
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: { readonly code?: unknown } };
  return [code, cause?.code].some((one) => one === 'EPERM' || one === 'EACCES');
}
