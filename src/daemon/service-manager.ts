/** Notifications to the service manager, systemd: sd_notify(3). Without NOTIFY_SOCKET nothing is sent. */
import type { Logger } from 'pino';
import { openLibc } from '../linux/libc.js';
import { NotifySocket } from '../linux/sending-sockets.js';
import { STARTING } from '../status/session-condition.js';
import { packetRates, type Status } from '../status/status.js';

/** Time between two checks whether the daemon is ready. */
const READY_POLL_MS = 50;
const STATUS_INTERVAL_MS = 5000;
const FEED_INTERVAL_MS = 1000;
const MICROSECONDS_PER_MS = 1000;

export interface ServiceManagerOptions {
  /** NOTIFY_SOCKET and WATCHDOG_USEC are read. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly status: () => Status;
}

/** Opened by `run`, which calls it at each step from start to stop. */
export class ServiceManager {
  readonly #options: ServiceManagerOptions;
  readonly #socket: NotifySocket | undefined;
  readonly #timers: NodeJS.Timeout[] = [];
  #lastStatus: Status | undefined;
  #isStopping = false;
  #fedMs = Number.NEGATIVE_INFINITY;

  private constructor(options: ServiceManagerOptions, socket: NotifySocket | undefined) {
    this.#options = options;
    this.#socket = socket;
  }

  /** Never fails: a service manager that cannot be notified is logged. */
  static async open(options: ServiceManagerOptions): Promise<ServiceManager> {
    const path = options.environment.NOTIFY_SOCKET;
    if (path === undefined || path === '') return new ServiceManager(options, undefined);
    try {
      return new ServiceManager(options, new NotifySocket(await openLibc(), path));
    } catch (error) {
      options.log.warn({ reason: (error as Error).message }, 'service manager cannot be told');
      return new ServiceManager(options, undefined);
    }
  }

  /** Notifies from now on: ready when every source is captured or known to be missing; then rates and the watchdog. */
  start(): void {
    if (this.#socket === undefined) return;
    this.#every(STATUS_INTERVAL_MS, () => this.#notify(`STATUS=${this.#statusLine()}`));
    const watchdogMs = Number(this.#options.environment.WATCHDOG_USEC) / MICROSECONDS_PER_MS;
    // sd_watchdog_enabled(3) recommends half of the interval; engines report four times a second.
    if (watchdogMs > 0) this.#every(Math.min(watchdogMs / 2, FEED_INTERVAL_MS), () => this.#feedWatchdog());
    const waiting = this.#every(READY_POLL_MS, () => {
      if (!isReady(this.#options.status())) return;
      clearInterval(waiting);
      this.ready();
    });
  }

  ready(): void {
    if (this.#isStopping) return;
    this.#notify('READY=1', `STATUS=${this.#statusLine()}`);
  }

  /** The configuration is being reloaded; `ready` must follow, also after a failure. */
  reloading(): void {
    const microseconds = process.hrtime.bigint() / 1000n;
    this.#notify('RELOADING=1', `MONOTONIC_USEC=${microseconds}`);
  }

  stopping(): void {
    this.#isStopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#notify('STOPPING=1', 'STATUS=stopping');
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#socket?.close();
  }

  /** Does not feed the watchdog while the loop of any engine stands still: then that engine mirrors nothing. */
  #feedWatchdog(): void {
    const { engines } = this.#options.status();
    const now = performance.now();
    const movedSinceFed = ({ pid, beatAgeMs }: Status['engines'][number]): boolean =>
      pid !== null && now - beatAgeMs > this.#fedMs;
    if (!engines.every(movedSinceFed)) return;
    this.#fedMs = now;
    this.#notify('WATCHDOG=1');
  }

  #statusLine(): string {
    const status = this.#options.status();
    const { mirrored, skipped } = packetRates(status, this.#lastStatus);
    this.#lastStatus = status;
    const capturing = status.lanes.filter(({ state }) => state === 'capturing').length;
    return (
      `${status.health.state}: ${capturing} of ${status.lanes.length} directions captured, ` +
      `${Math.round(mirrored)} packets/s mirrored, ${Math.round(skipped)} skipped`
    );
  }

  #every(intervalMs: number, act: () => void): NodeJS.Timeout {
    const timer = setInterval(act, intervalMs);
    this.#timers.push(timer);
    return timer;
  }

  #notify(...assignments: readonly string[]): void {
    try {
      this.#socket?.send(assignments);
    } catch (error) {
      this.#options.log.warn({ reason: (error as Error).message }, 'service manager cannot be told');
    }
  }
}

/** True when every lane is captured, or has a reason why not. */
function isReady({ lanes }: Status): boolean {
  return lanes.every(({ reason }) => reason !== STARTING);
}
