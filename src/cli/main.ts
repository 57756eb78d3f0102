#!/usr/bin/env node
/** The command line: `traffic-mirror COMMAND`. */

// The first import runs first: until then a stray signal ends the process.
import './signals.js';

import { CommanderError } from 'commander';
import { CommandError, EXIT_DONE, EXIT_INTERNAL_ERROR, EXIT_WRONG_USAGE } from './command-error.js';
import { buildProgram } from './program.js';

/** commander has printed its own message by then. It reports --help and --version as errors too. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_WRONG_USAGE;
  if (error instanceof CommandError) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(
    `traffic-mirror: internal error: ${error instanceof Error ? error.stack : String(error)}\n`,
  );
  return EXIT_INTERNAL_ERROR;
}

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
