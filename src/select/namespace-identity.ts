/** Which namespace a path names, and which process an id. */
import { openSync, readFileSync, statSync } from 'node:fs';
import type { ProcessName } from './world.js';

/** Whether both are the same process, or none. */
export function sameProcess(a: ProcessName | undefined, b: ProcessName | undefined): boolean {
  return a?.id === b?.id && a?.startTicks === b?.startTicks;
}

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

/** Opens a file, undefined: it is not there, or not for us. */
export function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined;
  }
}
