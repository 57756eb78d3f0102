/** The configuration as every command gets it, whole or not at all; and `traffic-mirror check`, which only reads it. */
import { type Configuration, loadConfiguration } from '../config/load.js';
import { formatProblem, formatWarning } from '../config/problem.js';
import type { MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';

/** A configuration, and a line for each value in it that is probably a mistake. */
interface CheckedConfiguration {
  readonly configuration: Configuration;
  readonly warnings: readonly string[];
}

/**
 * `traffic-mirror check`: judges a configuration as the start would, without opening anything else. Warnings do not
 * change the result.
 * @throws CommandError with a line per problem (rejects)
 */
export async function check({ config }: { config: string }): Promise<void> {
  const { warnings } = await requireChecked(config);
  for (const warning of warnings) process.stderr.write(`${warning}\n`);
  process.stdout.write(`${config}: good\n`);
}

/** @throws CommandError with a line per problem. */
export async function requireChecked(file: string): Promise<CheckedConfiguration> {
  const loaded = await loadConfiguration(file);
  if (!loaded.ok) throw new CommandError(EXIT_BAD_INPUT, ...loaded.problems.map(formatProblem));
  return { configuration: loaded.configuration, warnings: loaded.warnings.map(formatWarning) };
}

/** For commands that show no warnings. @throws CommandError with a line per problem. */
export async function requireConfiguration(file: string): Promise<Configuration> {
  return (await requireChecked(file)).configuration;
}

/** @throws CommandError when no session of the plan has the interface as its source. */
export function requireSource(plan: MirrorPlan, id: string): SourcePlan {
  const source = plan.sources.find((candidate) => candidate.id === id);
  if (source !== undefined) return source;
  const known = plan.sources.map((candidate) => candidate.id).join(', ');
  throw new CommandError(
    EXIT_BAD_INPUT,
    `--source ${id}: not the source of any session; sources are: ${known || 'none'}`,
  );
}
