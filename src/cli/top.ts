/** `traffic-mirror top`: rates and states of the running daemon, live on a terminal, or as plain text for a pipe. */
import type { Key } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../status/status.js';
import { readStatus } from '../status/status-server.js';
import { CommandError, EXIT_WRONG_USAGE } from './command-error.js';
import { noAnswer, stateDirectory } from './running-daemon.js';
import { cutTo, safeLine } from './terminal-text.js';
import { afterKey, FIRST_PAGE, pageOf } from './top/page.js';
import { choosePaint, type Paint } from './top/paint.js';
import { drawScreen, openScreen, plainColumns, screenSize } from './top/screen.js';
import { type View, viewOf } from './top/view.js';

export interface TopOptions {
  readonly config?: string;
  /** Seconds between two readings of the status. */
  readonly interval: string;
  readonly once?: true;
}

/** Reads the status. Rejects when no daemon answers. */
type Ask = () => Promise<Status>;

export async function top(options: TopOptions): Promise<void> {
  const intervalMs = parseInterval(options.interval);
  const directory = await stateDirectory(options.config);
  const ask: Ask = () =>
    readStatus(directory).catch((error: Error) => {
      throw noAnswer(directory, error);
    });
  const first = await ask();
  const isLive = process.stdout.isTTY && options.once !== true && process.env.TERM !== 'dumb';
  if (isLive) await new LiveTop(ask, intervalMs).run(first);
  else await printPlain(first, ask, intervalMs, options.once === true);
}

/** Prints a view per interval until the reader closes the pipe; with --once only one. */
async function printPlain(first: Status, ask: Ask, intervalMs: number, once: boolean): Promise<void> {
  const paint = choosePaint(process.stdout.isTTY, process.env);
  for (let before = first; ; ) {
    await sleep(intervalMs);
    // Without a daemon, --once ends with an error. The others wait for the daemon to come back.
    const now = await ask().catch((error: Error) => {
      if (once) throw error;
      return error;
    });
    if (now instanceof Error) {
      process.stdout.write(`${safeLine(now.message)}\n\n`);
      continue;
    }
    const layout = { ...FIRST_PAGE, columns: plainColumns(process.env), paint, mostReasons: Infinity };
    const { head, body } = viewOf(now, before, layout);
    const lines = [...head, ...body].map((line) => line.trimEnd());
    process.stdout.write(`${lines.join('\n')}\n${once ? '' : '\n'}`);
    if (once) return;
    before = now;
  }
}

/** The view on a screen of its own, until q, Ctrl-C or a signal. */
class LiveTop {
  readonly #ask: Ask;
  readonly #intervalMs: number;
  readonly #paint: Paint = choosePaint(true, process.env);
  #page = FIRST_PAGE;
  #now: Status | undefined;
  #before: Status | undefined;
  /** Why there is no answer now; empty: there is one. */
  #silence = '';

  constructor(ask: Ask, intervalMs: number) {
    this.#ask = ask;
    this.#intervalMs = intervalMs;
  }

  async run(first: Status): Promise<void> {
    const end = new AbortController();
    const draw = (): void => this.#draw();
    this.#now = first;
    const leave = openScreen(
      () => end.abort(),
      (key) => this.#onKey(key),
    );
    try {
      process.stdout.on('resize', draw);
      draw();
      while (!end.signal.aborted) {
        await sleep(this.#intervalMs, undefined, { signal: end.signal }).catch(() => {});
        if (end.signal.aborted) break;
        await this.#look();
        draw();
      }
      process.stdout.off('resize', draw);
    } finally {
      leave();
    }
  }

  /** The daemon may come back: until then the last view stays below the message. */
  async #look(): Promise<void> {
    try {
      const now = await this.#ask();
      this.#before = this.#now;
      this.#now = now;
      this.#silence = '';
    } catch (error) {
      this.#silence = (error as Error).message;
    }
  }

  #draw(): void {
    drawScreen(pageOf(this.#view(), this.#page, screenSize(), this.#paint));
  }

  #view(): View {
    if (this.#now === undefined) return { head: [], body: [] };
    const { columns, rows } = screenSize();
    const layout = { ...this.#page, columns, paint: this.#paint, mostReasons: Math.max(1, rows >> 3) };
    const { head, body } = viewOf(this.#now, this.#before, layout);
    if (this.#silence === '') return { head, body };
    return { head: [this.#paint('bad', cutTo(this.#silence, columns)), ...head.slice(1)], body };
  }

  #onKey(key: Key): void {
    const { head, body } = this.#view();
    const room = Math.max(0, screenSize().rows - head.length - 1);
    this.#page = afterKey(this.#page, key, room, body.length);
    this.#draw();
  }
}

/** @returns milliseconds. @throws CommandError unless the interval is from 0.1 s to an hour. */
function parseInterval(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 3600) return seconds * 1000;
  throw new CommandError(EXIT_WRONG_USAGE, `--interval ${text}: not a number of seconds from 0.1 to 3600`);
}
