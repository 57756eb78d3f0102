/** Standard input and output as capture files, named `-`. */

/** The name of standard input, where a file is read, and of standard output, where one is written. */
export const STANDARD_STREAM = '-';

const WAIT_MS = 5;

/** A file that is read, as messages name it. */
export function inputName(path: string): string {
  return path === STANDARD_STREAM ? '<stdin>' : path;
}

/** A file that is written, as messages name it. */
export function outputName(path: string): string {
  return path === STANDARD_STREAM ? '<stdout>' : path;
}

/**
 * Repeats a read or write until the descriptor is ready. Another process that has the same pipe may have made it
 * non-blocking; then there is nothing to wait for but time.
 */
export function untilReady<Result>(attempt: () => Result): Result {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}
