/** Judges the host at the start and after each reload, beside everything else, and logs what keeps copies away. */
import type { Logger } from 'pino';
import { judgeAside } from '../doctor/aside.js';
import type { Finding } from '../doctor/finding.js';
import type { Subject } from '../doctor/subject.js';
import type { BackendName } from '../plan/mirror-plan.js';
import { RateLimit } from './log.js';

/** Until engines have started, and sources are captured. */
const DELAY_MS = 1000;
/** The same finding is logged once in this time, however often a reload is requested. */
const LOG_INTERVAL_MS = 10_000;
/** Most findings that are logged at once. */
const LOGGED_FINDINGS = 20;

export interface EnvironmentWatchOptions {
  readonly log: Logger;
  /** What is to be judged now, and how frames are captured. */
  readonly subject: () => { readonly subject: Subject; readonly io: BackendName };
  /** For tests. */
  readonly judge?: typeof judgeAside;
  readonly delayMs?: number;
}

export class EnvironmentWatch {
  readonly #options: EnvironmentWatchOptions;
  readonly #limit = new RateLimit(LOG_INTERVAL_MS);
  #timer: NodeJS.Timeout | undefined;
  #end: (() => void) | undefined;
  #isBusy = false;
  #isAsked = false;
  #isClosed = false;

  constructor(options: EnvironmentWatchOptions) {
    this.#options = options;
  }

  /** Judges a moment later. While one judgement is made, any number of requests cause one more. */
  request(): void {
    this.#isAsked = true;
    if (this.#isBusy || this.#timer !== undefined || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#judge();
    }, this.#options.delayMs ?? DELAY_MS).unref();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#end?.();
  }

  async #judge(): Promise<void> {
    this.#isBusy = true;
    this.#isAsked = false;
    const { subject, io } = this.#options.subject();
    const { findings, end } = (this.#options.judge ?? judgeAside)(subject, io);
    this.#end = end;
    const found = await findings;
    this.#isBusy = false;
    if (this.#isClosed) return;
    logFindings(this.#options.log, found, this.#limit);
    if (this.#isAsked) this.request();
  }
}

/** Logs errors and warnings, the first of them. Hints are for who asks. */
export function logFindings(log: Logger, findings: readonly Finding[], limit: RateLimit): void {
  const telling = findings.filter(({ severity }) => severity !== 'hint');
  for (const { severity, code, subject, text, remedy } of telling.slice(0, LOGGED_FINDINGS)) {
    if (!limit.allows(text, performance.now())) continue;
    const message = severity === 'error' ? 'copies are kept away or cut' : 'something may keep copies away';
    log.warn({ finding: code, subject, problem: text, remedy }, message);
  }
  const more = telling.length - LOGGED_FINDINGS;
  if (more > 0 && limit.allows('more', performance.now())) {
    log.warn(
      { problem: `${more} more findings`, remedy: 'traffic-mirror doctor' },
      'something may keep copies away',
    );
  }
}
