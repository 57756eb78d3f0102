/** The daemon's log: JSON lines, with journald's priorities in front where journald reads them; text on a terminal. */
import { fstatSync } from 'node:fs';
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import pretty from 'pino-pretty';
import { LogLimit } from './log-limit.js';

const STANDARD_OUTPUT = 1;
/** Kept for when there is room again; what comes beyond is lost. */
const UNWRITTEN_BYTES = 1 << 20;
/** pino's level `warn`. */
const WARN = 40;
/** sd-daemon(3): syslog's priorities by pino's levels. */
const PRIORITIES: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };
const INFORMATIONAL = 6;
/** By it pino tells a stream the level of each line. */
const WITH_METADATA = Symbol.for('pino.metadata');

/** A log, and what it holds back. */
export interface LimitedLog {
  readonly log: Logger;
  readonly limit: LogLimit;
  /** Writes to the same place, at any level, and holds nothing back: for lines that are bounded elsewhere. */
  readonly unlimited: Logger;
}

/** @param output for tests; standard output when absent. */
export function openLog(level: string, output?: DestinationStream): LimitedLog {
  const limit = new LogLimit();
  const options = { level, hooks: { logMethod: limitedBy(limit) } } satisfies LoggerOptions;
  const destination = output ?? standardOutput();
  return { log: pino(options, destination), limit, unlimited: pino({ level: 'trace' }, destination) };
}

/** systemd sets JOURNAL_STREAM to the stream that it connected to the journal (systemd.exec(5)). */
export function goesToJournal(
  stream: string | undefined,
  { dev, ino }: { dev: number; ino: number },
): boolean {
  return stream === `${dev}:${ino}`;
}

/** Puts the priority of each line in front of it. */
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

/** Where it goes may be full: frames go on. */
function standardOutput(): DestinationStream {
  if (process.stdout.isTTY) return pretty({ sync: true, ignore: 'pid,hostname' });
  const output = pino.destination({ fd: STANDARD_OUTPUT, sync: true, maxLength: UNWRITTEN_BYTES });
  output.on('error', () => {});
  return goesToJournal(process.env.JOURNAL_STREAM, fstatSync(STANDARD_OUTPUT))
    ? withPriorities(output)
    : output;
}

/**
 * Trouble says the same when message and reason, or problem, are the same, whatever it befalls: a hundred targets may lose their
 * route at once. Other lines say the same when they are the same.
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
