/** The terminal while a view is shown: a screen of its own, keys as they are pressed, and the terminal as it was behind it. */
import { clearScreenDown, cursorTo, emitKeypressEvents, type Key } from 'node:readline';
import type { ScreenSize } from './page.js';

/** For a terminal that does not report its size. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** console_codes(4), xterm: the alternate screen, and the cursor. */
const ENTER_SCREEN = '\x1b[?1049h\x1b[?25l';
const LEAVE_SCREEN = '\x1b[?25h\x1b[?1049l';

/** @param quit the user or a signal ends it. @returns a function that restores the terminal. */
export function openScreen(quit: () => void, onKey: (key: Key) => void): () => void {
  const { stdin, stdout } = process;
  const onKeypress = (_text: string | undefined, key: Key): void => {
    if (key.name === 'q' || (key.ctrl === true && key.name === 'c')) quit();
    else onKey(key);
  };
  const leave = (): void => void stdout.write(LEAVE_SCREEN);
  stdout.write(ENTER_SCREEN);
  // The terminal is restored also when the command ends with an error.
  process.once('exit', leave);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, quit);
  if (stdin.isTTY) {
    emitKeypressEvents(stdin);
    stdin.setRawMode(true).on('keypress', onKeypress).resume();
  }
  return () => {
    process.off('exit', leave);
    if (stdin.isTTY) stdin.setRawMode(false).off('keypress', onKeypress).pause();
    leave();
  };
}

export function drawScreen(lines: readonly string[]): void {
  cursorTo(process.stdout, 0, 0);
  // The rest of each line is cleared by itself: to clear the whole screen first would flicker.
  process.stdout.write(lines.map((line) => `${line}\x1b[K`).join('\n'));
  clearScreenDown(process.stdout);
}

export function screenSize(): ScreenSize {
  const { columns, rows } = process.stdout;
  return { columns: columns || DEFAULT_COLUMNS, rows: rows || DEFAULT_ROWS };
}

/** Columns of a text that goes into a pipe: what COLUMNS says, as other tools take it. */
export function plainColumns({ COLUMNS = '' }: NodeJS.ProcessEnv): number {
  return /^[1-9]\d{1,3}$/.test(COLUMNS) ? Number(COLUMNS) : (process.stdout.columns ?? DEFAULT_COLUMNS);
}
