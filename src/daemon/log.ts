/**
 * The daemon's log: JSON lines, with journald's priorities in front where journald reads them, or text on a terminal.
 * What faults, clients and reloads can cause to be logged is bounded.
 */
import { fstatSync } from 'node:fs';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import pretty from 'pino-pretty';
import type { AuditLog } from '../api/audit.js';
import type { EnginePlan } from '../plan/engine-plan.js';
import { HeldLines } from './held-lines.js';

const STANDARD_OUTPUT = 1;
/** Bytes of lines that are kept until the output has room again; further lines are lost. */
const UNWRITTEN_BYTES = 1 << 20;
/** pino's level `warn`. */
const WARN = 40;
/** sd-daemon(3): syslog's priorities by pino's levels. */
const PRIORITIES: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };
const INFORMATIONAL = 6;
/** With this property pino sets `lastLevel` of a stream to the level of each line. */
const WITH_METADATA = Symbol.for('pino.metadata');
const LIMIT_WINDOW_MS = 10_000;

/** A log and its limit. */
export interface LimitedLog {
  readonly log: Logger;
  readonly limit: LogLimit;
  /** Writes to the same place, at every level and without a limit: for lines that are bounded elsewhere. */
  readonly unlimited: Logger;
}

/** Writes a line; `suppressed` is how many like it were left out before it. */
type WriteLine = (suppressed: number) => void;

interface Window {
  /** The last line that was held back. */
  held: WriteLine | undefined;
  suppressed: number;
  readonly timer: NodeJS.Timeout;
}

export function openLog(level: string, output: DestinationStream): LimitedLog {
  const limit = new LogLimit();
  const options = { level, hooks: { logMethod: limitedBy(limit) } } satisfies LoggerOptions;
  return { log: pino(options, output), limit, unlimited: pino({ level: 'trace' }, output) };
}

/** A log to standard output, which writes nothing before it is released, or three seconds are over. */
export function openHeldLog(level: string): LimitedLog & { readonly release: () => void } {
  const lines = new HeldLines(standardOutput());
  const isJournal =
    !process.stdout.isTTY && goesToJournal(process.env.JOURNAL_STREAM, fstatSync(STANDARD_OUTPUT));
  return { ...openLog(level, isJournal ? withPriorities(lines) : lines), release: lines.release };
}

/** systemd sets JOURNAL_STREAM to the stream that it connected to the journal (systemd.exec(5)). */
export function goesToJournal(
  stream: string | undefined,
  { dev, ino }: { dev: number; ino: number },
): boolean {
  return stream === `${dev}:${ino}`;
}

/** Writes each line with its priority in front. */
export function withPriorities(output: DestinationStream): DestinationStream {
  const prefixed = {
    [WITH_METADATA]: true,
    lastLevel: 0,
    write(line: string): void {
      output.write(`<${PRIORITIES[prefixed.lastLevel] ?? INFORMATIONAL}>${line}`);
    },
  };
  return prefixed;
}

/** Writes the audit lines of the control API into the daemon's log. Only repeated refusals are limited. */
export function openAuditLog({ log, unlimited, limit }: LimitedLog): AuditLog {
  return {
    write: (line) => {
      if (isInformative(log)) unlimited.info(line, 'api audit');
    },
    limit: (key, write) => limit.pass(`audit ${key}`, write),
  };
}

/**
 * Bounds lines that say the same. The first is written at once; of those that follow within ten seconds only the last
 * is written, when the ten seconds are over, with the number of lines left out.
 */
export class LogLimit {
  readonly #windows = new Map<string, Window>();

  /** @param key what makes two lines say the same. */
  pass(key: string, write: WriteLine): void {
    const window = this.#windows.get(key);
    if (window === undefined) {
      write(0);
      this.#open(key);
      return;
    }
    if (window.held !== undefined) window.suppressed += 1;
    window.held = write;
  }

  /** Writes the lines that are held back; called at the end. */
  flush(): void {
    for (const [key, window] of this.#windows) {
      clearTimeout(window.timer);
      this.#windows.delete(key);
      window.held?.(window.suppressed);
    }
  }

  #open(key: string): void {
    const timer = setTimeout(() => {
      const window = this.#windows.get(key);
      this.#windows.delete(key);
      if (window?.held === undefined) return;
      window.held(window.suppressed);
      this.#open(key);
    }, LIMIT_WINDOW_MS);
    // The timer does not keep the process alive: `flush` writes the line at the end.
    this.#windows.set(key, { held: undefined, suppressed: 0, timer: timer.unref() });
  }
}

/** Lets each text pass once per interval. */
export class RateLimit {
  readonly #intervalMs: number;
  readonly #passedMs = new Map<string, number>();

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** @param nowMs monotonic. @returns true unless the same text passed a short while ago. */
  allows(text: string, nowMs: number): boolean {
    for (const [other, passedMs] of this.#passedMs) {
      // Oldest first: those behind it passed later.
      if (nowMs - passedMs < this.#intervalMs) break;
      this.#passedMs.delete(other);
    }
    if (this.#passedMs.has(text)) return false;
    this.#passedMs.set(text, nowMs);
    return true;
  }
}

/** Why a plan is another one: file or control API say so, or selectors find other matches. */
export type PlanCause = 'resources' | 'matches';

/** Logs that a plan runs. Matches come and go as strangers like, so a plan for them has a line at the level debug only. */
export function logApplied(
  log: Pick<Logger, 'info' | 'debug'>,
  plan: { readonly generation: number; readonly sources: number },
  cause: PlanCause,
): void {
  log[cause === 'matches' ? 'debug' : 'info'](plan, 'plan applied');
}

/** Never blocks: a full output must not stop the daemon. */
function standardOutput(): DestinationStream {
  if (process.stdout.isTTY) return pretty({ sync: true, ignore: 'pid,hostname' });
  const output = pino.destination({ fd: STANDARD_OUTPUT, sync: true, maxLength: UNWRITTEN_BYTES });
  output.on('error', () => {});
  return output;
}

/**
 * From level `warn` on, lines say the same when message and reason, or message and problem, are the same: a hundred
 * targets may lose their route at once. Other lines say the same when all their fields are the same.
 */
function limitedBy(limit: LogLimit): NonNullable<NonNullable<LoggerOptions['hooks']>['logMethod']> {
  return function (this: Logger, [first, ...rest], method, level) {
    const fields =
      typeof first === 'object' && first !== null ? (first as Record<string, unknown>) : undefined;
    const subject = level >= WARN ? [fields?.reason, fields?.problem] : fields;
    const message = fields === undefined ? first : rest[0];
    limit.pass(JSON.stringify([level, message, subject]), (suppressed) => {
      if (suppressed === 0) method.apply(this, [first, ...rest] as Parameters<typeof method>);
      else if (fields === undefined) method.apply(this, [{ suppressed }, first, ...rest] as never);
      else method.apply(this, [{ ...fields, suppressed }, ...rest] as never);
    });
  };
}

/** True at level `info` or below. A reload may change the level of the daemon's log. */
function isInformative(log: Logger): boolean {
  return log.isLevelEnabled('info');
}

/** The log of an engine: it names the worker, where there are several. */
export function engineLog({ worker }: EnginePlan, log: Logger): Logger {
  return worker === undefined ? log : log.child({ worker: worker.index + 1 });
}
