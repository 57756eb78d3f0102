/** The engine process: its line to the daemon, and how it fails. */
import { LinuxError, MissingPackageError } from '../linux/errors.js';
import { openProcessCalls } from '../linux/process-rights.js';
import { DaemonLink } from './daemon-link.js';
import { Engine } from './engine.js';
import { inlineMore } from './inlining.js';
import { ALLOW_CORE_DUMPS, type EngineFailure } from './messages.js';

const EXIT_INTERNAL_ERROR = 70;

const daemon = new DaemonLink((event) => {
  switch (event.type) {
    case 'plan':
      // Only then: what loads modules is not to be compiled for longer.
      engine.apply(event).then(inlineMore).catch(fail);
      break;
    case 'stop':
      engine.finish();
      break;
    case 'peek':
      engine.peek(event.wanted);
      break;
    case 'dead-targets':
      engine.avoidTargets(event.avoided);
      engine.targets.skip(event.unresolved);
      break;
    case 'route':
      engine.targets.updateRoute(event);
      break;
    case 'next-hop':
      engine.targets.updateNextHop(event);
      break;
    case 'egress':
      engine.targets.giveWay(event.places);
      break;
    case 'direct-ways':
      engine.targets.goDirect(event.ways);
      break;
  }
});
const engine = new Engine(daemon);

process.on('uncaughtException', fail);
if (!process.argv.includes(ALLOW_CORE_DUMPS)) void hideMemory();

/** It has packets in it. Where system calls cannot be made, the limit that the daemon set still holds. */
async function hideMemory(): Promise<void> {
  const calls = await openProcessCalls().catch(() => undefined);
  calls?.hideMemory();
}

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
