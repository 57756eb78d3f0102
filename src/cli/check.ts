/** `traffic-mirror check`: judges a configuration as the start would, without opening anything else. */
import { formatProblem, formatWarning, type Problem } from '../config/problem.js';
import { inputName } from '../io/pcap/standard-stream.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';
import { load } from './configuration.js';
import { safeLine } from './terminal-text.js';

export interface CheckOptions {
  readonly config: string;
  readonly json?: true;
}

/** A problem or warning as `--json` prints it. Scripts rely on the members. */
interface Finding extends Problem {
  readonly severity: 'error' | 'warning';
}

/**
 * Prints every problem and warning. Warnings do not change the result.
 * @throws CommandError when there is a problem (rejects)
 */
export async function check({ config, json }: CheckOptions): Promise<void> {
  const loaded = await load(config);
  const findings = loaded.ok ? as('warning', loaded.warnings) : as('error', loaded.problems);
  if (json === true) {
    process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
    if (!loaded.ok) throw new CommandError(EXIT_BAD_INPUT);
    return;
  }
  if (!loaded.ok) throw new CommandError(EXIT_BAD_INPUT, ...loaded.problems.map(formatProblem));
  for (const warning of loaded.warnings) process.stderr.write(`${safeLine(formatWarning(warning))}\n`);
  process.stdout.write(`${inputName(config)}: good\n`);
}

function as(severity: Finding['severity'], problems: readonly Problem[]): Finding[] {
  return problems.map(({ file, line, column, text }) => ({ file, line, column, severity, text }));
}
