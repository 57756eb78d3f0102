/** A contender that is running: its processes, and how to stop it. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { processTree } from '../processes.js';

export interface Mirroring {
  /** All of its processes; none: the kernel does it, or nobody. */
  readonly pids: readonly number[];
  /** Those of them that move frames. */
  readonly enginePids: readonly number[];
  /** How copies leave, as the contender itself says; undefined: it does not say. */
  emission(): Promise<string | undefined>;
  /** Frames for which its rings had no room, as the kernel tells it; undefined: unknown. */
  ringDropped(): Promise<number | undefined>;
  stop(): Promise<void>;
}

/** Of a program that tells nothing of itself. @param child absent: nobody mirrors, or the kernel does. */
export function mirroringOf(child?: ChildProcess): Mirroring {
  const pids = child?.pid === undefined ? [] : processTree(child.pid);
  return {
    pids,
    enginePids: pids,
    emission: async () => undefined,
    ringDropped: async () => undefined,
    stop: async () => {
      if (child === undefined) return;
      const closed = once(child, 'close');
      for (const pid of pids.toReversed()) process.kill(pid, 'SIGTERM');
      await closed;
    },
  };
}
