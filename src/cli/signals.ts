/** The signals that end the daemon. Those that every command ignores are in main.ts. */
import { setTimeout as sleep } from 'node:timers/promises';

/** A terminal and the parent process may both send the same signal: within this time it counts once. */
const SAME_MS = 500;

/** SIGTERM, SIGINT and others, from the construction on: the first requests a stop, a later one requests it at once. */
export class StopSignals {
  /** Resolves with the first signal. */
  readonly requested: Promise<void>;
  /** Resolves with a later one. */
  readonly requestedAgain: Promise<void>;

  /** @param others such as SIGHUP, where it requests a stop too */
  constructor(...others: readonly NodeJS.Signals[]) {
    let request: () => void = () => {};
    let requestAgain: () => void = () => {};
    this.requested = new Promise((resolve) => {
      request = resolve;
    });
    this.requestedAgain = new Promise((resolve) => {
      requestAgain = resolve;
    });
    let requestedMs = Number.POSITIVE_INFINITY;
    const onSignal = (): void => {
      request();
      if (performance.now() - requestedMs > SAME_MS) requestAgain();
      requestedMs = Math.min(requestedMs, performance.now());
    };
    for (const signal of ['SIGTERM', 'SIGINT', ...others] as const) process.on(signal, onSignal);
  }
}

export interface OrderlyStop {
  readonly limitMs: number;
  /** Resolves when the user does not want to wait any longer. */
  readonly requestedAgain: Promise<void>;
  readonly stop: () => Promise<void>;
  /** Ends everything at once. @param reason for the log. */
  readonly giveUp: (reason: string) => void;
}

/** Stops in order. Gives up after the limit, or when the stop is requested again. @throws what `stop` throws (rejects) */
export async function stopInTime({ limitMs, requestedAgain, stop, giveUp }: OrderlyStop): Promise<void> {
  const late = new AbortController();
  const reason = await Promise.race([
    stop().then(() => ''),
    requestedAgain.then(() => 'asked to end again'),
    sleep(limitMs, 'something does not end', { signal: late.signal }),
  ]).finally(() => late.abort());
  if (reason !== '') giveUp(reason);
}
