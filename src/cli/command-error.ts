/** How a command ends: exit codes, which scripts and systemd units rely on, and the error that carries one. */

export const EXIT_DONE = 0;
/** The configuration or the input is bad. */
export const EXIT_BAD_INPUT = 1;
export const EXIT_WRONG_USAGE = 2;
export const EXIT_NOT_PERMITTED = 3;
/** EX_SOFTWARE of sysexits.h. */
export const EXIT_INTERNAL_ERROR = 70;

/** Ends a command for a reason that its user caused or can correct: an exit code, and lines that say why. */
export class CommandError extends Error {
  readonly exitCode: number;

  /** @param lines each a whole message of its own; none, when the command has printed why. */
  constructor(exitCode: number, ...lines: readonly string[]) {
    super(lines.join('\n'));
    this.exitCode = exitCode;
  }
}
