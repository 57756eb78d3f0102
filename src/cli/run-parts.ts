/** Parts of `run` that need nothing of what runs. */
import type { Logger } from 'pino';
import type { AllResources } from '../api/ec2/active-resources.js';
import type { Configuration } from '../config/load.js';
import { type Confinement, chooseConfinement, missingProcessors } from '../daemon/confinement.js';
import { openLibc } from '../linux/libc.js';
import { openProcessCalls, type ProcessCalls } from '../linux/process-rights.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { RunningResources } from '../status/running-resources.js';
import { CommandError, EXIT_BAD_INPUT } from './command-error.js';

/** How a process gives up rights. */
interface ConfineOptions {
  /** True: a process that crashes may leave a core dump. */
  readonly coreDumps?: boolean;
  /** False: engines may open every file that the daemon may open. */
  readonly confinement: boolean;
}

/** @param all of the control API; undefined: there is none. */
export function runningResources(
  configurationFile: string,
  { engine, quotas, selection }: Configuration,
  resources: ResourceSet,
  all: AllResources | undefined,
): RunningResources {
  return {
    pid: process.pid,
    configurationFile,
    configuration: {
      ...(all?.resources ?? resources),
      networkInterfaceSelectors: selection.selectors,
      selectorSessions: selection.sessions,
      engine,
      quotas,
    },
    inactiveSessions: all?.inactive ?? [],
    owners: all?.owners ?? {},
  };
}

/** @throws CommandError naming the first processor that workers cannot run on. */
export function requireProcessors({ engine }: Configuration, file: string): void {
  const [missing] = missingProcessors(engine.workerCpus);
  if (missing === undefined) return;
  const what = `${file}: engine.workerCpus: ${missing} is no processor that this process may run on`;
  throw new CommandError(EXIT_BAD_INPUT, `${what}; see Cpus_allowed_list in /proc/self/status`);
}

/** Forbids core dumps, and chooses the confinement of the engines. */
export async function confine(
  { coreDumps = false, confinement }: ConfineOptions,
  log: Logger,
): Promise<Confinement> {
  const calls = await openProcessCalls().catch(() => undefined);
  if (!coreDumps) forbidCoreDumps(calls, log);
  const libc = await openLibc().catch(() => undefined);
  const chosen = chooseConfinement({ calls, libc, isWanted: confinement, allowsCoreDumps: coreDumps });
  const { landlock, landlockVersion } = chosen;
  if (confinement && landlockVersion === undefined)
    log.warn({ reason: landlock }, 'engines are not confined');
  return chosen;
}

/** Core dumps of this process would hold keys, and those of the engines, which inherit the limit, packets. */
function forbidCoreDumps(calls: ProcessCalls | undefined, log: Logger): void {
  try {
    calls?.limitCoreDumps();
    calls?.hideMemory();
  } catch (error) {
    log.warn({ reason: (error as Error).message }, 'core dumps cannot be forbidden');
  }
}
