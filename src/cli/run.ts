/** `traffic-mirror run`: the daemon, in the foreground, until SIGTERM or SIGINT; SIGHUP reloads. */
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { missingCapability } from '../daemon/capability.js';
import { Daemon, EngineFailedError } from '../daemon/daemon.js';
import { Reloader } from '../daemon/reloader.js';
import { AlreadyRunningError } from '../daemon/status-server.js';
import { buildPlan } from '../plan/build-plan.js';
import { CommandError } from './command-error.js';
import { requireConfiguration } from './configuration.js';
import { EXIT_BAD_INPUT, EXIT_NOT_PERMITTED } from './exit-codes.js';

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
  const log = openLog(configuration.log.level);
  const daemon: Daemon = new Daemon({
    configurationFile: config,
    plan: buildPlan(configuration),
    stateDirectory: configuration.state.directory,
    log,
    reloads: () => reloader.status,
  });
  const reloader: Reloader = new Reloader({
    file: config,
    configuration,
    log,
    apply: (next) => daemon.apply(buildPlan(next)),
  });
  try {
    await daemon.start();
    onHangUp = () => void reloader.request();
    if (isHungUp) onHangUp();
    await Promise.race([stopped, daemon.failed]);
    log.info('stopping');
  } catch (error) {
    throw asCommandError(error);
  } finally {
    reloader.close();
    await daemon.stop();
  }
}

/** JSON lines, for journald and log collectors; readable text for a person. */
function openLog(level: string): Logger {
  return process.stdout.isTTY
    ? pino({ level }, pretty({ sync: true, ignore: 'pid,hostname' }))
    : pino({ level });
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
  const expected =
    error instanceof AlreadyRunningError || error instanceof EngineFailedError || isSystemError(error);
  return expected ? new CommandError(EXIT_BAD_INPUT, error.message) : error;
}

/** Such as a state directory that cannot be written to; its message names operation and path. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
