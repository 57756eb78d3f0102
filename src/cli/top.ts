/** `traffic-mirror top`: rates and states of the running daemon, live on a terminal, or as plain text for a pipe. */
import { clearScreenDown, cursorTo, emitKeypressEvents, type Key } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../status/status.js';
import { readStatus } from '../status/status-server.js';
import { CommandError, EXIT_WRONG_USAGE } from './command-error.js';
import { noAnswer, stateDirectory } from './status.js';
import { topView } from './top-view.js';

export interface TopOptions {
  readonly config?: string;
  /** Seconds between two readings of the status. */
  readonly interval: string;
  readonly once?: true;
}

/** For a terminal that does not report its size. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** console_codes(4), xterm: the alternate screen, and the cursor. */
const ENTER_SCREEN = '\x1b[?1049h\x1b[?25l';
const LEAVE_SCREEN = '\x1b[?25h\x1b[?1049l';

export async function top(options: TopOptions): Promise<void> {
  const intervalMs = parseInterval(options.interval);
  const directory = await stateDirectory(options.config);
  const ask = (): Promise<Status> => readStatus(directory);
  const first = await ask().catch((error: Error) => {
    throw noAnswer(directory, error);
  });
  if (process.stdout.isTTY && options.once !== true) await showLive(first, ask, intervalMs);
  else await printPlain(first, ask, intervalMs, options.once === true);
}

/** Prints a view per interval until the reader closes the pipe; with --once only one. */
async function printPlain(
  first: Status,
  ask: () => Promise<Status>,
  intervalMs: number,
  once: boolean,
): Promise<void> {
  for (let before = first; ; ) {
    await sleep(intervalMs);
    const now = await ask();
    const size = { columns: process.stdout.columns ?? DEFAULT_COLUMNS, rows: Number.POSITIVE_INFINITY };
    process.stdout.write(`${topView(now, before, size).join('\n')}\n${once ? '' : '\n'}`);
    if (once) return;
    before = now;
  }
}

/** Shows the view on the alternate screen, until q, Ctrl-C or a signal. */
async function showLive(first: Status, ask: () => Promise<Status>, intervalMs: number): Promise<void> {
  const end = new AbortController();
  const leave = openScreen(() => end.abort());
  try {
    let before = first;
    let view = (): string[] => topView(first, undefined, screenSize());
    const draw = (): void => drawScreen(view());
    process.stdout.on('resize', draw);
    draw();
    while (!end.signal.aborted) {
      await sleep(intervalMs, undefined, { signal: end.signal }).catch(() => {});
      if (end.signal.aborted) break;
      const now = await ask().catch((error: Error) => error);
      if (now instanceof Error) {
        // The daemon may come back: until then the last view stays below the message.
        const last = view;
        const reason = now.message;
        view = () => [`no answer: ${reason}`.slice(0, screenSize().columns), ...last().slice(1)];
      } else {
        const earlier = before;
        view = () => topView(now, earlier, screenSize());
        before = now;
      }
      draw();
    }
    process.stdout.off('resize', draw);
  } finally {
    leave();
  }
}

/** @returns a function that restores the terminal. */
function openScreen(quit: () => void): () => void {
  const { stdin, stdout } = process;
  const onKey = (_text: string | undefined, key: Key): void => {
    if (key.name === 'q' || (key.ctrl === true && key.name === 'c')) quit();
  };
  const leave = (): void => void stdout.write(LEAVE_SCREEN);
  stdout.write(ENTER_SCREEN);
  // The terminal is restored also when the command ends with an error.
  process.once('exit', leave);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, quit);
  if (stdin.isTTY) {
    emitKeypressEvents(stdin);
    stdin.setRawMode(true).on('keypress', onKey).resume();
  }
  return () => {
    process.off('exit', leave);
    if (stdin.isTTY) stdin.setRawMode(false).off('keypress', onKey).pause();
    leave();
  };
}

function drawScreen(lines: readonly string[]): void {
  cursorTo(process.stdout, 0, 0);
  // The rest of each line is cleared by itself: to clear the whole screen first would flicker.
  process.stdout.write(lines.map((line) => `${line}\x1b[K`).join('\n'));
  clearScreenDown(process.stdout);
}

function screenSize(): { columns: number; rows: number } {
  const { columns, rows } = process.stdout;
  return { columns: columns || DEFAULT_COLUMNS, rows: rows || DEFAULT_ROWS };
}

/** @returns milliseconds. @throws CommandError unless the interval is from 0.1 s to an hour. */
function parseInterval(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 3600) return seconds * 1000;
  throw new CommandError(EXIT_WRONG_USAGE, `--interval ${text}: not a number of seconds from 0.1 to 3600`);
}
