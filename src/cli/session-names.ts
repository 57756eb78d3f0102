/** The names of sessions by their VNI, for who receives their copies. */
import { loadConfiguration } from '../config/load.js';
import { formatProblem } from '../config/problem.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';

/**
 * Reads them from a configuration; none without one.
 * @param isDefault nobody asked for this file: when it is bad, a line on standard error says that names are missing.
 * @throws CommandError with a line per problem of a file that was asked for (rejects)
 */
export async function sessionsByVni(
  file: string | undefined,
  isDefault: boolean,
): Promise<Map<number, readonly string[]>> {
  const names = new Map<number, string[]>();
  if (file === undefined) return names;
  const loaded = await loadConfiguration(file);
  if (!loaded.ok) {
    if (!isDefault) throw new CommandError(EXIT_BAD_INPUT, ...loaded.problems.map(formatProblem));
    process.stderr.write(`warning: sessions have no names: ${file} is bad, see traffic-mirror check\n`);
    return names;
  }
  for (const session of loaded.configuration.resources.trafficMirrorSessions) {
    const { trafficMirrorSessionId: id, virtualNetworkId: vni } = session;
    names.set(vni, [...(names.get(vni) ?? []), id]);
  }
  return names;
}
