/**
 * The status socket: HTTP over a unix socket in the state directory, so that `status`, curl and monitoring
 * agents can all read it. It is an address only: what keeps a second daemon off is the lock of the directory.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, get, type Server } from 'node:http';
import { join } from 'node:path';
import { STATUS_SOCKET_NAME } from '../listen/unix-path.js';
import type { Status } from './status.js';

/** Owner and group; the state says which traffic is watched. */
const SOCKET_MODE = 0o660;
const CLIENT_TIMEOUT_MS = 2000;
export function statusSocketPath(stateDirectory: string): string {
  return join(stateDirectory, STATUS_SOCKET_NAME);
}

/**
 * Listens in the state directory, whose lock the caller holds: a socket that is there was left by a process that is
 * no more, and is replaced.
 * @throws Error when the directory cannot be written to (rejects)
 */
export async function serveStatus(stateDirectory: string, read: () => Status): Promise<Server> {
  const path = statusSocketPath(stateDirectory);
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
