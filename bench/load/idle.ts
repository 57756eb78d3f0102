/** The CPU time of a contender while the source has no traffic. */
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from '../processes.js';
import { silence, withStand } from '../stand.js';
import type { Contender } from './contender.js';
import type { Scenario } from './scenario.js';

/** Start and compilation are over by then. */
const SETTLE_MS = 2000;

export interface Idle {
  /** CPU time of all of its processes, of one processor: 0–1. */
  readonly cpu: number;
}

/** Builds namespaces of its own and removes them. @throws Error when a process of the contender ended. */
export function measureIdle(contender: Contender, scenario: Scenario, seconds: number): Promise<Idle> {
  return withStand({ targetMtu: 1600 }, async (stand) => {
    silence(stand.topology);
    const mirroring = await contender.start(stand, scenario);
    const cpu = (): number => mirroring.pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
    await sleep(SETTLE_MS);
    const [before, startedMs] = [cpu(), performance.now()];
    await sleep(seconds * 1000);
    const figure = (cpu() - before) / ((performance.now() - startedMs) / 1000);
    await mirroring.stop();
    return { cpu: figure };
  });
}
