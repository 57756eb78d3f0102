/** Why a daemon does not run, as its command tells it. */
import { ApiFileError } from '../api/authentication/access-keys.js';
import { StateError } from '../api/errors.js';
import { EngineFailedError } from '../daemon/daemon-errors.js';
import { AlreadyRunningError, StateDirectoryError } from '../daemon/state-directory.js';
import { ListenError } from '../listen/listen.js';
import { ListenFileError } from '../listen/tls-files.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_NOT_PERMITTED } from './command-error.js';
import { safeText } from './terminal-text.js';

/** Errors whose messages say what the user can do. */
const EXPECTED = [
  AlreadyRunningError,
  StateDirectoryError,
  EngineFailedError,
  ApiFileError,
  ListenError,
  ListenFileError,
  StateError,
];

/** Prints why the daemon ends, in front of what its stop logs. @returns what ends the command, which prints no more. */
export function toldAtOnce(error: unknown): unknown {
  if (!(error instanceof CommandError)) return error;
  process.stderr.write(`${safeText(error.message)}\n`);
  return new CommandError(error.exitCode);
}

/** @returns the error of the command for one that its user can mend; others as they are. */
export function asCommandError(error: unknown): unknown {
  if (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'not-permitted' || error.code === 'EPERM')
  ) {
    return new CommandError(
      EXIT_NOT_PERMITTED,
      `not permitted: ${error.message}; needs the capability CAP_NET_RAW`,
    );
  }
  return isExpected(error) ? new CommandError(EXIT_BAD_INPUT, error.message) : error;
}

function isExpected(error: unknown): error is Error {
  return EXPECTED.some((kind) => error instanceof kind) || isSystemError(error);
}

/** For example of a state directory that cannot be written to. The message names operation and path. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
