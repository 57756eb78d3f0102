/** `traffic-mirror run`: the daemon, in the foreground, until SIGTERM or SIGINT; SIGHUP reloads. */
import type { Logger } from 'pino';
import { ControlApi } from '../api/api.js';
import { ApiFileError } from '../api/authentication/read-access-keys.js';
import type { ApiSettings } from '../api/settings.js';
import { StateError } from '../api/state/state-error.js';
import type { Configuration } from '../config/load.js';
import { missingCapability } from '../daemon/capability.js';
import { Daemon, EngineFailedError } from '../daemon/daemon.js';
import { openLog } from '../daemon/log.js';
import { Reloader } from '../daemon/reloader.js';
import { ServiceManager } from '../daemon/service-manager.js';
import { ListenError } from '../listen/listen.js';
import { serveMetrics } from '../metrics/metrics-server.js';
import { buildPlan } from '../resources/build-plan.js';
import type { ResourceSet } from '../resources/resource-set.js';
import { RulePlans } from '../resources/rule-plans.js';
import { AlreadyRunningError } from '../status/status-server.js';
import { CommandError } from './command-error.js';
import { requireConfiguration } from './configuration.js';
import { EXIT_BAD_INPUT, EXIT_NOT_PERMITTED } from './exit-codes.js';

/** Their messages say what the user can do. */
const EXPECTED = [AlreadyRunningError, EngineFailedError, ApiFileError, ListenError, StateError];

export async function run({ config }: { config: string }): Promise<void> {
  // From before the file is read: what is written later and told by a signal is not missed.
  let isHungUp = false;
  let onHangUp = (): void => {
    isHungUp = true;
  };
  process.on('SIGHUP', () => onHangUp());
  const configuration = await requireConfiguration(config);
  const capability = missingCapability();
  if (capability !== undefined) {
    throw new CommandError(
      EXIT_NOT_PERMITTED,
      `not permitted: capturing and sending need the capability ${capability}; run as root, or give it with systemd or setpriv`,
    );
  }
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
  const { log, limit } = openLog(configuration.log.level);
  const api = await openApi(configuration, log);
  // What runs: API and file change the plan in turn, each with the other's part as it is.
  let { engine } = configuration;
  const { metrics } = configuration;
  const rulePlans = new RulePlans();
  const apply = async (resources: ResourceSet): Promise<void> => {
    await daemon.apply(buildPlan({ resources, engine }, rulePlans));
  };
  const daemon: Daemon = new Daemon({
    configurationFile: config,
    plan: buildPlan({ resources: api?.resources ?? configuration.resources, engine }, rulePlans),
    stateDirectory: configuration.state.directory,
    serve: metrics && ((read) => serveMetrics(metrics.listen, read)),
    log,
    reloads: () => reloader.status,
  });
  const reloader: Reloader = new Reloader({
    file: config,
    configuration,
    log,
    apply: async (next) => {
      const goOver = async (resources: ResourceSet): Promise<void> => {
        await daemon.apply(buildPlan({ resources, engine: next.engine }, rulePlans));
        engine = next.engine;
      };
      if (api === undefined || !hasApi(next)) await goOver(next.resources);
      else await api.reload(next, goOver);
    },
  });
  const serviceManager = await ServiceManager.open({
    environment: process.env,
    log,
    status: () => daemon.status(),
  });
  try {
    await daemon.start();
    await api?.start({ apply, counts: () => daemon.counts });
    serviceManager.follow();
    onHangUp = () => {
      serviceManager.reloading();
      void reloader.request().then(() => serviceManager.ready());
    };
    if (isHungUp) onHangUp();
    await Promise.race([stopped, daemon.failed]);
    serviceManager.stopping();
    log.info('stopping');
  } catch (error) {
    throw asCommandError(error);
  } finally {
    reloader.close();
    await api?.close();
    await daemon.stop();
    serviceManager.close();
    limit.flush();
  }
}

/** Undefined when the configuration has none. @throws CommandError */
async function openApi(configuration: Configuration, log: Logger): Promise<ControlApi | undefined> {
  if (!hasApi(configuration)) return undefined;
  try {
    return await ControlApi.open({ configuration, stateDirectory: configuration.state.directory, log });
  } catch (error) {
    throw asCommandError(error);
  }
}

function hasApi(
  configuration: Configuration,
): configuration is Configuration & { readonly api: ApiSettings } {
  return configuration.api !== undefined;
}

function asCommandError(error: unknown): unknown {
  if (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'not-permitted' || error.code === 'EPERM')
  ) {
    return new CommandError(
      EXIT_NOT_PERMITTED,
      `not permitted: ${error.message}; needs the capability CAP_NET_RAW`,
    );
  }
  return isExpected(error) ? new CommandError(EXIT_BAD_INPUT, error.message) : error;
}

function isExpected(error: unknown): error is Error {
  return EXPECTED.some((kind) => error instanceof kind) || isSystemError(error);
}

/** Such as a state directory that cannot be written to; its message names operation and path. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
