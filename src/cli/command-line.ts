/** The command line: parses it, runs the command, and ends with its exit code. */
import { CommanderError } from 'commander';
import { CommandError, EXIT_DONE, EXIT_INTERNAL_ERROR, EXIT_WRONG_USAGE } from './command-error.js';
import { buildProgram } from './program.js';
import { safeText } from './terminal-text.js';

/** Runs the command that the process was started with. */
export function runCommandLine(): void {
  // The reader of the output may end early, as `head` does.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT_DONE);
  });
  buildProgram()
    .parseAsync()
    .catch((error: unknown) => {
      // A command that failed has ended, even if it left something open.
      process.exit(exitCodeOf(error));
    });
}

/** commander has printed its own message by then. It reports --help and --version as errors too. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_WRONG_USAGE;
  if (error instanceof CommandError) {
    // Without a line, the command has printed its own.
    if (error.message !== '') process.stderr.write(`${safeText(error.message)}\n`);
    return error.exitCode;
  }
  process.stderr.write(
    `traffic-mirror: internal error: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT_INTERNAL_ERROR;
}
