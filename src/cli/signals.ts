/**
 * Signals: those that every command ignores from its import on, and those that end the daemon.
 *
 * Node opens its inspector for SIGUSR1, to anyone who can connect to 127.0.0.1; SIGUSR2 ends a process. Both are sent
 * by mistake now and then, for example by a log rotation rule that was made for another program.
 */
import { setTimeout as sleep } from 'node:timers/promises';

for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {});

/** A terminal and the parent process may both send the same signal: within this time it counts once. */
const SAME_MS = 500;

/** SIGTERM and SIGINT, from the construction on: the first asks for the end, a later one insists. */
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
  /** Resolves when the user does not want to wait any longer. */
  readonly insisted: Promise<void>;
  readonly stop: () => Promise<void>;
  /** Ends everything at once. @param reason for the log. */
  readonly giveUp: (reason: string) => void;
}

/** Stops in order; gives up after the limit, or when the user insists. @throws what `stop` throws (rejects) */
export async function stopInTime({ limitMs, insisted, stop, giveUp }: OrderlyStop): Promise<void> {
  const late = new AbortController();
  const reason = await Promise.race([
    stop().then(() => ''),
    insisted.then(() => 'asked to end again'),
    sleep(limitMs, 'something does not end', { signal: late.signal }),
  ]).finally(() => late.abort());
  if (reason !== '') giveUp(reason);
}
