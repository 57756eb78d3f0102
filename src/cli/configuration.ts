/** How every command gets its configuration: whole, or not at all. */
import { type Configuration, loadConfiguration } from '../config/load.js';
import { formatProblem, formatWarning } from '../config/problem.js';
import type { MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import { CommandError } from './command-error.js';
import { EXIT_BAD_INPUT } from './exit-codes.js';

/** A configuration, and a line for each thing in it that is hardly meant. */
interface CheckedConfiguration {
  readonly configuration: Configuration;
  readonly warnings: readonly string[];
}

/** @throws CommandError with a line per problem. */
export async function requireChecked(file: string): Promise<CheckedConfiguration> {
  const loaded = await loadConfiguration(file);
  if (!loaded.ok) throw new CommandError(EXIT_BAD_INPUT, ...loaded.problems.map(formatProblem));
  return { configuration: loaded.configuration, warnings: loaded.warnings.map(formatWarning) };
}

/** For commands that check nothing. @throws CommandError with a line per problem. */
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
