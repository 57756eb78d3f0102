/** Which namespace a path names, and which process an id. */
import { existsSync, openSync, readFileSync, statfsSync, statSync } from 'node:fs';
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

/** statfs(2): NSFS_MAGIC, the type of the file system of namespaces. */
const NAMESPACE_FILES = 0x6e73_6673;

/**
 * Whether there is nothing to look into: the path names nothing or no namespace, or the process has ended. False when that
 * cannot be told.
 */
export function isGone(path: string, process: ProcessName | undefined): boolean {
  if (process !== undefined) {
    const start = startOf(process.id);
    return start === undefined ? !existsSync(`/proc/${process.id}`) : start !== process.startTicks;
  }
  try {
    return statfsSync(path).type !== NAMESPACE_FILES;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
