/**
 * Logs when a session begins to mirror, or mirrors nothing any more: a line per change. When a device, a target or an engine
 * goes, thousands of sessions may change at once: then the first ones have lines, and the others are counted. Sessions of
 * sources that selectors found are logged at the level debug, and do not count.
 */
import type { Logger } from 'pino';
import type { SessionCondition } from '../plan/session-activity.js';

const WINDOW_MS = 10_000;
const LINES = 100;

/** What a line names. */
export interface LoggedSession {
  readonly sessionId: string;
  readonly sourceId: string;
  readonly targetId: string;
  /** The selector that found its source; absent: the source is declared. */
  readonly selectorId?: string;
}

export class SessionLog {
  readonly #log: Logger;
  readonly #lines: number;
  #written = 0;
  /** Changes without a line in this window: how many sessions became active, and inactive. */
  #unwritten = { active: 0, inactive: 0 };
  #timer: NodeJS.Timeout | undefined;

  /** @param lines at most in ten seconds. */
  constructor(log: Logger, lines = LINES) {
    this.#log = log;
    this.#lines = lines;
  }

  changed(session: LoggedSession, condition: SessionCondition): void {
    // The lines of lanes and engines tell of the start.
    if (!condition.active && condition.cause === 'starting') return;
    // Strangers make matches come and go: their lines would hide those of declared sources.
    if (session.selectorId !== undefined) {
      if (condition.active) this.#log.debug({ ...session }, 'session active');
      else {
        const { cause, reason } = condition;
        this.#log.debug({ ...session, cause, reason }, 'session inactive');
      }
      return;
    }
    this.#timer ??= setTimeout(() => this.#endWindow(), WINDOW_MS).unref();
    if (this.#written >= this.#lines) {
      this.#unwritten[condition.active ? 'active' : 'inactive'] += 1;
      return;
    }
    this.#written += 1;
    if (condition.active) this.#log.info({ ...session }, 'session active');
    else this.#log.warn({ ...session, cause: condition.cause, reason: condition.reason }, 'session inactive');
  }

  /** Writes what is left. */
  close(): void {
    clearTimeout(this.#timer);
    this.#endWindow();
  }

  #endWindow(): void {
    this.#timer = undefined;
    this.#written = 0;
    const { active, inactive } = this.#unwritten;
    if (active + inactive === 0) return;
    this.#unwritten = { active: 0, inactive: 0 };
    const level = inactive > 0 ? 'warn' : 'info';
    this.#log[level]({ active, inactive }, 'more sessions became active or inactive than are logged');
  }
}
