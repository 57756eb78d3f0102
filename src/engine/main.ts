/** Entry of the engine process, started by the daemon with a socket pair as descriptor 3. */
import { LinuxError } from '../linux/linux-error.js';
import { MissingPackageError } from '../linux/optional-package.js';
import { DaemonLink } from './daemon-link.js';
import { Engine } from './engine.js';
import type { EngineFailure } from './messages.js';

const EXIT_INTERNAL_ERROR = 70;

const daemon = new DaemonLink((event) => {
  switch (event.type) {
    case 'plan':
      engine.apply(event).catch(fail);
      break;
    case 'stop':
      engine.finish();
      break;
    case 'route':
      engine.updateRoute(event);
      break;
    case 'dead-targets':
      engine.skipTargets(event);
      break;
  }
});
const engine = new Engine(daemon);

// The daemon gets the same signals (a terminal and systemd send them to the whole group) and orders the stop.
process.on('SIGINT', ignore);
process.on('SIGTERM', ignore);
process.on('SIGHUP', ignore);
process.on('uncaughtException', fail);

function fail(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  daemon.report({ type: 'failed', code: failureCode(error), reason });
  process.exitCode = EXIT_INTERNAL_ERROR;
  engine.stop();
}

function failureCode(error: unknown): EngineFailure {
  if (error instanceof MissingPackageError) return 'missing-package';
  if (error instanceof LinuxError && error.code === 'EPERM') return 'not-permitted';
  return error instanceof Error && error.message === 'Operation not permitted' ? 'not-permitted' : 'internal';
}

function ignore(): void {}
