/** The configuration as every command gets it: whole or not at all, from a file or from standard input. */
import { type Configuration, loadConfiguration, loadConfigurationFrom } from '../config/load.js';
import { formatProblem, formatWarning } from '../config/problem.js';
import { STANDARD_STREAM } from '../io/pcap/standard-stream.js';
import type { MirrorPlan, SourcePlan } from '../plan/mirror-plan.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';

/** A configuration, and a line for each value in it that is probably a mistake. */
interface CheckedConfiguration {
  readonly configuration: Configuration;
  readonly warnings: readonly string[];
}

/** The configuration, or every problem of it. @param file `-` is standard input */
export function load(file: string): ReturnType<typeof loadConfiguration> {
  return file === STANDARD_STREAM ? loadConfigurationFrom(process.stdin) : loadConfiguration(file);
}

/** @throws CommandError with a line per problem. */
export async function requireChecked(file: string): Promise<CheckedConfiguration> {
  const loaded = await load(file);
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
  const inactive = plan.inactiveSessions?.find(({ sourceId }) => sourceId === id);
  if (inactive !== undefined) {
    const text = `--source ${id}: its sessions mirror nothing: ${inactive.id}: ${inactive.reason}`;
    throw new CommandError(EXIT_BAD_INPUT, text);
  }
  throw new CommandError(
    EXIT_BAD_INPUT,
    `--source ${id}: not the source of any session; sources are: ${known || 'none'}`,
  );
}
