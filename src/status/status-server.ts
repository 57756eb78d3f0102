/**
 * The status socket: HTTP over a unix socket in the state directory, so that `status`, curl and monitoring
 * agents can all read it. It also is the lock that keeps a second daemon off the same state.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { join } from 'node:path';
import type { Status } from './status.js';

const SOCKET_NAME = 'status.sock';
/** Owner and group; the state says which traffic is watched. */
const SOCKET_MODE = 0o660;
const CLIENT_TIMEOUT_MS = 2000;
/** No socket, nobody behind it, or no socket at all: connect(2), unix(7). */
const NOBODY = ['ENOENT', 'ECONNREFUSED', 'ENOTSOCK', 'ENOTDIR'];

/** Another daemon answers on the state directory's socket. */
export class AlreadyRunningError extends Error {
  readonly code = 'already-running';
}

export function statusSocketPath(stateDirectory: string): string {
  return join(stateDirectory, SOCKET_NAME);
}

/**
 * Listens in the state directory, which it makes.
 * @throws AlreadyRunningError; Error when the directory cannot be made or written to.
 */
export async function serveStatus(stateDirectory: string, read: () => Status): Promise<Server> {
  const path = statusSocketPath(stateDirectory);
  mkdirSync(stateDirectory, { recursive: true });
  const owner = await readStatus(stateDirectory).then(
    ({ pid }) => `with pid ${pid}`,
    (error: NodeJS.ErrnoException) =>
      NOBODY.includes(error.code ?? '') ? undefined : 'that does not answer',
  );
  if (owner !== undefined) throw new AlreadyRunningError(`a daemon ${owner} already uses ${stateDirectory}`);
  rmSync(path, { force: true });
  const server = createServer((request, response) => {
    const found = request.url === '/status';
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(found ? `${JSON.stringify(read())}\n` : '{"error":"not found"}\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, SOCKET_MODE);
  return server;
}

/** Asks the running daemon. @throws Error with the system's reason when none answers. */
export function readStatus(stateDirectory: string): Promise<Status> {
  return new Promise((resolve, reject) => {
    const request = get(
      { socketPath: statusSocketPath(stateDirectory), path: '/status', timeout: CLIENT_TIMEOUT_MS },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          try {
            resolve(JSON.parse(text) as Status);
          } catch (error) {
            reject(error);
          }
        });
        response.on('error', reject);
      },
    );
    request.on('timeout', () => request.destroy(new Error('the daemon does not answer')));
    request.on('error', reject);
  });
}
