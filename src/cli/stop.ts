/** How the daemon is told to end, and how long that may take. */
import { setTimeout as sleep } from 'node:timers/promises';

/** A terminal and whatever started the daemon may both send the same signal: that is no second one. */
const SAME_MS = 500;

/** SIGTERM and SIGINT from when it is made: the first asks for the end, a later one insists. */
export class StopSignals {
  readonly asked: Promise<void>;
  readonly insisted: Promise<void>;

  constructor() {
    let ask: () => void = () => {};
    let insist: () => void = () => {};
    this.asked = new Promise((resolve) => {
      ask = resolve;
    });
    this.insisted = new Promise((resolve) => {
      insist = resolve;
    });
    let askedMs = Number.POSITIVE_INFINITY;
    const take = (): void => {
      ask();
      if (performance.now() - askedMs > SAME_MS) insist();
      askedMs = Math.min(askedMs, performance.now());
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, take);
  }
}

export interface OrderlyStop {
  readonly limitMs: number;
  /** Resolves when nobody wants to wait any longer. */
  readonly insisted: Promise<void>;
  readonly stop: () => Promise<void>;
  /** Ends everything at once. @param reason for the log. */
  readonly giveUp: (reason: string) => void;
}

/** Stops in order, or gives up. @throws whatever `stop` throws. */
export async function stopInTime({ limitMs, insisted, stop, giveUp }: OrderlyStop): Promise<void> {
  const late = new AbortController();
  const reason = await Promise.race([
    stop().then(() => ''),
    insisted.then(() => 'asked to end again'),
    sleep(limitMs, 'something does not end', { signal: late.signal }),
  ]).finally(() => late.abort());
  if (reason !== '') giveUp(reason);
}
