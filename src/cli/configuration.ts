/** How every command gets its configuration: whole, or not at all. */
import { type Configuration, loadConfiguration } from '../config/load.js';
import { formatProblem } from '../config/problem.js';
import type { MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import { CommandError } from './command-error.js';
import { EXIT_BAD_INPUT } from './exit-codes.js';

/** @throws CommandError with a line per problem. */
export async function requireConfiguration(file: string): Promise<Configuration> {
  const loaded = await loadConfiguration(file);
  if (!loaded.ok) throw new CommandError(EXIT_BAD_INPUT, ...loaded.problems.map(formatProblem));
  return loaded.configuration;
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
