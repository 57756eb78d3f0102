/** An end of a command that its user caused or can mend: one line or several, and an exit code. */
export class CommandError extends Error {
  readonly exitCode: number;

  /** @param lines each a whole message of its own. */
  constructor(exitCode: number, ...lines: readonly string[]) {
    super(lines.join('\n'));
    this.exitCode = exitCode;
  }
}
