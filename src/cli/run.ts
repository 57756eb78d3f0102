/** `traffic-mirror run`: the daemon, in the foreground, until SIGTERM or SIGINT; SIGHUP reloads. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ControlApi } from '../api/api.js';
import type { AuditLog } from '../api/audit.js';
import { ApiFileError } from '../api/authentication/read-access-keys.js';
import type { ApiSettings } from '../api/settings.js';
import { StateError } from '../api/state/state-error.js';
import type { Configuration } from '../config/load.js';
import { openAuditLog } from '../daemon/audit-log.js';
import { missingCapability } from '../daemon/capability.js';
import { type Confinement, chooseConfinement } from '../daemon/confinement.js';
import { Daemon, EngineFailedError } from '../daemon/daemon.js';
import { openLog } from '../daemon/log.js';
import { logWarnings, Reloader } from '../daemon/reloader.js';
import { defaultRingMegabytes } from '../daemon/ring-memory.js';
import { ServiceManager } from '../daemon/service-manager.js';
import { AlreadyRunningError, StateDirectory, StateDirectoryError } from '../daemon/state-directory.js';
import { openLibc } from '../linux/libc.js';
import { openProcessCalls, type ProcessCalls } from '../linux/process-calls.js';
import { ListenError } from '../listen/listen.js';
import { serveMetrics } from '../metrics/metrics-server.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';
import { buildPlan, type EngineSettings } from '../resources/build-plan.js';
import type { ResourceSet } from '../resources/resource-set.js';
import { RulePlans } from '../resources/rule-plans.js';
import { CommandError } from './command-error.js';
import { requireChecked } from './configuration.js';
import { EXIT_BAD_INPUT, EXIT_INTERNAL_ERROR, EXIT_NOT_PERMITTED } from './exit-codes.js';
import { StopSignals, stopInTime } from './stop.js';

/** Their messages say what the user can do. */
const EXPECTED = [
  AlreadyRunningError,
  StateDirectoryError,
  EngineFailedError,
  ApiFileError,
  ListenError,
  StateError,
];

/** Of the whole stop; what waits for the daemon's end gives it longer. */
const STOP_LIMIT_MS = 5000;
/** Of what the control API was asked before. */
const LAST_ANSWERS_MS = 1500;

export interface RunOptions {
  readonly config: string;
  /** Memory may be written to disk when a process fails. */
  readonly coreDumps?: boolean;
  /** False: engines may open whatever the daemon may. */
  readonly confinement: boolean;
}

export async function run(options: RunOptions): Promise<void> {
  const { config } = options;
  // From before the file is read: what is written later and told by a signal is not missed.
  let isHungUp = false;
  let onHangUp = (): void => {
    isHungUp = true;
  };
  process.on('SIGHUP', () => onHangUp());
  const { configuration, warnings } = await requireChecked(config);
  const capability = missingCapability();
  if (capability !== undefined) {
    throw new CommandError(
      EXIT_NOT_PERMITTED,
      `not permitted: capturing and sending need the capability ${capability}; run as root, or give it with systemd or setpriv`,
    );
  }
  const signals = new StopSignals();
  const logs = openLog(configuration.log.level);
  const { log, limit } = logs;
  // Before anything in it is read, until nothing there is written any more.
  const stateDirectory = await takeStateDirectory(configuration.state.directory);
  logWarnings(log, warnings);
  // Before secrets are read.
  const confinement = await confine(options, log);
  const api = await openApi(configuration, stateDirectory, log, openAuditLog(logs));
  // What runs: API and file change the plan in turn, each with the other's part as it is.
  let { engine } = configuration;
  const { metrics } = configuration;
  const rulePlans = new RulePlans();
  const planOf = (resources: ResourceSet, settings: EngineSettings): MirrorPlan => {
    const { ringMemoryMegabytes: asked } = settings;
    const ringMemoryMegabytes = asked === 'auto' ? defaultRingMegabytes() : asked;
    return buildPlan({ resources, engine: { ...settings, ringMemoryMegabytes } }, rulePlans);
  };
  const apply = async (resources: ResourceSet): Promise<void> => {
    await daemon.apply(planOf(resources, engine));
  };
  const daemon: Daemon = new Daemon({
    configurationFile: config,
    plan: planOf(api?.resources ?? configuration.resources, engine),
    stateDirectory: stateDirectory.path,
    serve: metrics && ((read) => serveMetrics(metrics.listen, read)),
    confinement,
    log,
    reloads: () => reloader.status,
  });
  const reloader: Reloader = new Reloader({
    file: config,
    configuration,
    log,
    apply: async (next) => {
      const goOver = async (resources: ResourceSet): Promise<void> => {
        await daemon.apply(planOf(resources, next.engine));
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
  const start = async (): Promise<void> => {
    await daemon.start();
    await api?.start({ apply, counts: () => daemon.counts });
    serviceManager.follow();
    onHangUp = () => {
      serviceManager.reloading();
      void reloader.request().then(() => serviceManager.ready());
    };
    if (isHungUp) onHangUp();
  };
  const stop = async (): Promise<void> => {
    reloader.close();
    const closed = api?.close();
    // What is being changed may wait for an engine that the daemon has to end.
    await Promise.race([closed, sleep(LAST_ANSWERS_MS, undefined, { ref: false })]);
    await daemon.stop();
    await closed;
    serviceManager.close();
    stateDirectory.release();
    limit.flush();
  };
  try {
    await Promise.race([start(), signals.asked, daemon.failed]);
    await Promise.race([signals.asked, daemon.failed]);
    serviceManager.stopping();
    log.info('stopping');
  } catch (error) {
    throw asCommandError(error);
  } finally {
    await stopInTime({
      limitMs: STOP_LIMIT_MS,
      insisted: signals.insisted,
      stop,
      giveUp: (reason) => {
        log.error({ reason }, 'ended without waiting any longer');
        daemon.kill();
        process.exit(EXIT_INTERNAL_ERROR);
      },
    });
  }
}

/** What this process and its engines are kept from. */
async function confine({ coreDumps = false, confinement }: RunOptions, log: Logger): Promise<Confinement> {
  const calls = await openProcessCalls().catch(() => undefined);
  if (!coreDumps) forbidCoreDumps(calls, log);
  const libc = await openLibc().catch(() => undefined);
  const chosen = chooseConfinement({ calls, libc, isWanted: confinement, allowsCoreDumps: coreDumps });
  const { landlock, landlockVersion } = chosen;
  if (confinement && landlockVersion === undefined)
    log.warn({ reason: landlock }, 'engines are not confined');
  return chosen;
}

/** Of this process, which has keys in it, and of the engines, which have packets. */
function forbidCoreDumps(calls: ProcessCalls | undefined, log: Logger): void {
  try {
    calls?.limitCoreDumps();
    calls?.hideMemory();
  } catch (error) {
    log.warn({ reason: (error as Error).message }, 'core dumps cannot be forbidden');
  }
}

/** @throws CommandError */
async function takeStateDirectory(path: string): Promise<StateDirectory> {
  try {
    return await StateDirectory.take(path, 'run');
  } catch (error) {
    throw asCommandError(error);
  }
}

/** Undefined when the configuration has none. @throws CommandError */
async function openApi(
  configuration: Configuration,
  stateDirectory: StateDirectory,
  log: Logger,
  audit: AuditLog,
): Promise<ControlApi | undefined> {
  if (!hasApi(configuration)) return undefined;
  try {
    return await ControlApi.open({
      configuration,
      stateDirectory: stateDirectory.path,
      requireOwned: () => stateDirectory.requireOwned(),
      log,
      audit,
    });
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
