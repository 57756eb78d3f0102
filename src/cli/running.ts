/** What commands ask of the running daemon, beside its status. */
import type { MirrorPlan } from '../plan/mirror-plan.js';
import { buildPlan } from '../resources/build-plan.js';
import type { ResourceSet } from '../resources/resource-set.js';
import type { RunningResources } from '../status/running-resources.js';
import { readResources } from '../status/status-server.js';
import { noAnswer, stateDirectory } from './running-daemon.js';

/**
 * Resources of the running daemon, of its file and of its control API.
 * @param config its configuration file; absent: the default state directory.
 * @throws CommandError when none answers (rejects)
 */
export async function requireRunning(config: string | undefined): Promise<RunningResources> {
  const directory = await stateDirectory(config);
  return readResources(directory).catch((error: Error) => {
    throw noAnswer(directory, error);
  });
}

/** The resources that the daemon mirrors: without inactive sessions. */
function activeResources({ configuration, inactiveSessions }: RunningResources): ResourceSet {
  const inactive = new Set(inactiveSessions.map(({ sessionId }) => sessionId));
  const trafficMirrorSessions = configuration.trafficMirrorSessions.filter(
    ({ trafficMirrorSessionId }) => !inactive.has(trafficMirrorSessionId),
  );
  const { engine, quotas, selectorSessions, ...resources } = configuration;
  return { ...resources, trafficMirrorSessions };
}

/** The plan that the daemon makes of its resources. */
export function runningPlan(running: RunningResources): MirrorPlan {
  return buildPlan({ resources: activeResources(running), engine: running.configuration.engine });
}
