/** A real daemon in a namespace, for the lab, the bench and the live tests. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Status } from '../src/status/status.js';
import { readStatus } from '../src/status/status-server.js';
import type { Namespace } from './namespaces.js';

/** The built command; live parts never run through a TypeScript loader. */
export const COMMAND = fileURLToPath(new URL(builtFrom('src/cli/main.js'), import.meta.url));

const POLL_MS = 50;
/** For a machine that has much else to do. */
const START_LIMIT_MS = 40_000;

export interface Daemon {
  readonly process: ChildProcess;
  /** What it logged so far, JSON lines. */
  log(): string;
  status(): Promise<Status>;
  /** Waits until a status satisfies. @throws Error with the log after 40 s or when the daemon ended. */
  until(what: string, satisfied: (status: Status) => boolean): Promise<Status>;
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>;
  /** SIGTERM. @returns the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Starts `traffic-mirror run`.
 * @param wrapper a command that starts it, such as setpriv.
 * @param main the command's own file; another build's, to compare with.
 */
export async function startDaemon(
  namespace: Namespace,
  configFile: string,
  stateDirectory: string,
  wrapper: readonly string[] = [],
  main = COMMAND,
): Promise<Daemon> {
  const [command = '', ...args] = [...wrapper, process.execPath, main, 'run', '--config', configFile];
  const child = namespace.spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const daemon: Daemon = {
    process: child,
    log: () => log,
    status: () => readStatus(stateDirectory),
    async until(what, satisfied) {
      const deadline = performance.now() + START_LIMIT_MS;
      while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
        const status = await readStatus(stateDirectory).catch(() => undefined);
        if (status !== undefined && satisfied(status)) return status;
        await sleep(POLL_MS);
      }
      throw new Error(`the daemon never was: ${what}\n${log}`);
    },
    ended,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
  return daemon;
}

/** Every lane there is captures. */
export function capturing(status: Status): boolean {
  return status.lanes.length > 0 && status.lanes.every(({ state }) => state === 'capturing');
}

/** From here to a built file: this file itself runs built, or from its TypeScript source in tests. */
function builtFrom(path: string): string {
  return import.meta.url.includes('/dist/') ? `../${path}` : `../dist/${path}`;
}
