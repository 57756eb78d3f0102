/** `traffic-mirror run`: the daemon, in the foreground, until SIGTERM or SIGINT; SIGHUP reloads. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ControlApi } from '../api/api.js';
import type { ApplyResources } from '../api/api-state.js';
import type { AuditLog } from '../api/audit.js';
import type { ActiveResources } from '../api/ec2/active-resources.js';
import type { ApiSettings } from '../api/settings.js';
import type { Configuration } from '../config/load.js';
import { missingCapability } from '../daemon/confinement.js';
import { Daemon } from '../daemon/daemon.js';
import { EnvironmentWatch } from '../daemon/environment-watch.js';
import { openAuditLog, openHeldLog, type PlanCause } from '../daemon/log.js';
import { logWarnings, Reloader } from '../daemon/reloader.js';
import { defaultRingMegabytes } from '../daemon/ring-memory.js';
import { hasSameSources, SelectedSources } from '../daemon/selected-sources.js';
import { ServiceManager } from '../daemon/service-manager.js';
import { StateDirectory } from '../daemon/state-directory.js';
import { subjectOf } from '../doctor/subject.js';
import { STANDARD_STREAM } from '../io/pcap/standard-stream.js';
import { MetricsServer } from '../metrics/metrics-server.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';
import { buildPlan, type EngineSettings } from '../resources/build-plan.js';
import type { Vni } from '../resources/numbers.js';
import { PlanCache } from '../resources/plan-cache.js';
import { CommandError, EXIT_INTERNAL_ERROR, EXIT_NOT_PERMITTED, EXIT_WRONG_USAGE } from './command-error.js';
import { requireChecked } from './configuration.js';
import { type HostDevices, hostDevices } from './host-devices.js';
import { asCommandError, toldAtOnce } from './run-errors.js';
import { confine, requireProcessors, runningResources } from './run-parts.js';
import { StopSignals, stopInTime } from './signals.js';

/** For the whole stop. Service managers wait longer than this before they kill. */
const STOP_LIMIT_MS = 5000;
/** For the responses to requests that the control API has taken. */
const LAST_RESPONSES_MS = 1500;

export interface RunOptions {
  readonly config: string;
  /** Version of the package. */
  readonly version: string;
  /** True: a process that crashes may leave a core dump. */
  readonly coreDumps?: boolean;
  /** False: engines may open every file that the daemon may open. */
  readonly confinement: boolean;
}

export async function run(options: RunOptions): Promise<void> {
  const { config, version } = options;
  if (config === STANDARD_STREAM) {
    const why = 'a reload reads it again, and standard input can be read once';
    throw new CommandError(EXIT_WRONG_USAGE, `run: --config must name a file: ${why}`);
  }
  // Before the file is read: a SIGHUP for a change that is made after that is not missed.
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
  requireProcessors(configuration, config);
  const signals = new StopSignals();
  // Released once the engines run, or the reason why they do not has been printed.
  const logs = openHeldLog(configuration.log.level);
  const { log, limit } = logs;
  // Locked before anything in it is read, and until nothing in it is written any more.
  const stateDirectory = await acquireStateDirectory(configuration.state.directory);
  logWarnings(log, warnings);
  // Core dumps are forbidden before secrets are read.
  const confinement = await confine(options, log);
  const metricsServer = await openMetrics(configuration, log);
  const audit = openAuditLog(logs);
  // A reload and a change of what selectors find wait for each other: each starts from what the other left.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const done = turn.then(act);
    turn = done.catch(() => {});
    return done;
  };
  let isStarted = false;
  let isStopping = false;
  const selected = new SelectedSources({
    stateDirectory: stateDirectory.path,
    libc: confinement.libc,
    log,
    onChange: () => {
      if (isStarted && !isStopping) void inTurn(changeSelected);
    },
  });
  const api = await selected
    .follow(configuration)
    .then(() => openApi(configuration, stateDirectory, log, audit, hostDevices(confinement.libc), selected))
    .catch(async (error) => {
      await selected.close();
      throw asCommandError(error);
    });
  const isVniCreated = (vni: Vni): boolean => api?.isVniCreated(vni) ?? false;
  // The settings that run. API and file change the plan in turn; each keeps the other's part as it is.
  let { engine } = configuration;
  let declared = configuration;
  const planCache = new PlanCache();
  const planOf = (active: ActiveResources, settings: EngineSettings): MirrorPlan => {
    const { ringMemoryMegabytes: asked } = settings;
    const ringMemoryMegabytes = asked === 'auto' ? defaultRingMegabytes() : asked;
    return buildPlan({ ...active, engine: { ...settings, ringMemoryMegabytes } }, planCache);
  };
  let expanded = selected.expand(configuration, isVniCreated);
  api?.declare(expanded);
  let plan = planOf(api?.active ?? { resources: expanded, inactive: [] }, engine);
  const applyPlan = async (active: ActiveResources, settings: EngineSettings, cause?: PlanCause) => {
    const next = planOf(active, settings);
    await daemon.apply(next, cause);
    plan = next;
  };
  const apply: ApplyResources = (resources, inactive) => applyPlan({ resources, inactive }, engine);
  const applyMatches: ApplyResources = (resources, inactive) =>
    applyPlan({ resources, inactive }, engine, 'matches');
  const changeSelected = async (): Promise<void> => {
    if (isStopping) return;
    const next = selected.expand(declared, isVniCreated);
    try {
      // The same sources may be known to be all only now.
      if (hasSameSources(expanded, next)) await api?.removeOrphans();
      else if (api === undefined) await applyMatches(next, []);
      else await api.replace(next, applyMatches);
      expanded = next;
    } catch (error) {
      if (!isStopping) selected.refused(error as Error);
    }
  };
  const daemon: Daemon = new Daemon({
    version,
    configurationFile: config,
    plan,
    stateDirectory: stateDirectory.path,
    serve: metricsServer && ((read) => metricsServer.serve(read)),
    resources: async () => runningResources(config, declared, expanded, await api?.readAll()),
    peek: { version, libc: confinement.libc, group: configuration.state.peekGroup, audit, log },
    confinement,
    log,
    reloads: () => reloader.status,
    selectors: () => selected.status,
  });
  const reloader: Reloader = new Reloader({
    file: config,
    configuration,
    log,
    apply: (next) => inTurn(() => reload(next)),
  });
  const reload = async (next: Configuration): Promise<void> => {
    try {
      await selected.follow(next);
      const resources = selected.expand(next, isVniCreated);
      const applyNext: ApplyResources = async (active, inactive) => {
        await applyPlan({ resources: active, inactive }, next.engine);
        engine = next.engine;
      };
      const takeMetrics = next.metrics && (await metricsServer?.prepare(next.metrics));
      if (api === undefined || !hasApi(next)) await applyNext(resources, []);
      else await api.reload({ ...next, resources }, applyNext);
      takeMetrics?.();
      declared = next;
      expanded = resources;
      environment.request();
    } catch (error) {
      await selected.follow(declared);
      selected.expand(declared, isVniCreated);
      throw error;
    }
  };
  const environment = new EnvironmentWatch({
    log,
    subject: () => ({
      subject: subjectOf(config, { ...declared, resources: expanded }, plan),
      io: daemon.status().io,
    }),
  });
  const serviceManager = await ServiceManager.open({
    environment: process.env,
    log,
    status: () => daemon.status(),
  });
  const start = async (): Promise<void> => {
    await daemon.start();
    await api?.start({
      apply,
      counts: () => daemon.counts,
      activityOf: (sessionId) => daemon.activityOf(sessionId),
      targetHealth: () => new Map(daemon.targets().map((target) => [target.address, target])),
      trafficMirror: daemon.trafficMirror,
    });
    isStarted = true;
    // What was found since the first look.
    void inTurn(changeSelected);
    serviceManager.start();
    environment.request();
    onHangUp = () => {
      serviceManager.reloading();
      void reloader.request().then(() => serviceManager.ready());
    };
    if (isHungUp) onHangUp();
  };
  const stop = async (): Promise<void> => {
    isStopping = true;
    reloader.close();
    environment.close();
    const unfollowed = selected.close();
    const finished = api?.stopListening();
    // A change may wait for an engine, which ends only with the daemon: so this wait has a limit.
    await Promise.race([finished, sleep(LAST_RESPONSES_MS, undefined, { ref: false })]);
    await daemon.stop();
    await finished;
    await unfollowed;
    // Engines have reported their last counts by now; the metrics include them.
    await api?.close();
    serviceManager.close();
    stateDirectory.release();
    limit.flush();
  };
  try {
    await Promise.race([start(), signals.requested, daemon.failed]);
    void daemon.settled.then(() => setImmediate(logs.release));
    await Promise.race([signals.requested, daemon.failed]);
    serviceManager.stopping();
    log.info('stopping');
  } catch (error) {
    throw toldAtOnce(asCommandError(error));
  } finally {
    logs.release();
    await stopInTime({
      limitMs: STOP_LIMIT_MS,
      requestedAgain: signals.requestedAgain,
      stop,
      giveUp: (reason) => {
        log.error({ reason }, 'ended without waiting any longer');
        daemon.kill();
        process.exit(EXIT_INTERNAL_ERROR);
      },
    });
  }
}

/** @throws CommandError */
async function acquireStateDirectory(path: string): Promise<StateDirectory> {
  try {
    return await StateDirectory.acquire(path, 'run');
  } catch (error) {
    throw asCommandError(error);
  }
}

/** @returns undefined when the configuration has no section `api`. @throws CommandError (rejects) */
async function openApi(
  configuration: Configuration,
  stateDirectory: StateDirectory,
  log: Logger,
  audit: AuditLog,
  devices: HostDevices,
  selected: SelectedSources,
): Promise<ControlApi | undefined> {
  if (!hasApi(configuration)) return undefined;
  try {
    return await ControlApi.open({
      configuration,
      stateDirectory: stateDirectory.path,
      requireOwned: () => stateDirectory.requireOwned(),
      log,
      audit,
      ...devices,
      isInventoryWhole: () => selected.isWhole,
    });
  } catch (error) {
    throw asCommandError(error);
  }
}

/** @returns undefined when the configuration has no section `metrics`. @throws CommandError (rejects) */
async function openMetrics({ metrics }: Configuration, log: Logger): Promise<MetricsServer | undefined> {
  if (metrics === undefined) return undefined;
  try {
    return await MetricsServer.open(metrics, (certificateFile, since) =>
      log.warn({ certificateFile, since }, 'the certificate of the metrics has expired'),
    );
  } catch (error) {
    throw asCommandError(error);
  }
}

function hasApi(
  configuration: Configuration,
): configuration is Configuration & { readonly api: ApiSettings } {
  return configuration.api !== undefined;
}
