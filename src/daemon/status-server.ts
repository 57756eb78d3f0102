/**
 * The status socket: HTTP over a unix socket in the state directory, so that `status`, curl and monitoring
 * agents can all read it. It also is the lock that keeps a second daemon off the same state.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { HeldBytes } from '../listen/held-bytes.js';
import { HttpServer } from '../listen/http-server.js';
import type { HttpAnswer } from '../listen/send-answer.js';
import { SharedRendering } from '../listen/shared-rendering.js';
import type { Status } from './status.js';

const SOCKET_NAME = 'status.sock';
/** `status`, `top`, and what else watches a host. */
const MAXIMUM_CONNECTIONS = 64;
/** Of answers that are not read yet. */
const MAXIMUM_HELD_BYTES = 16 * 2 ** 20;
const PAGE_INTERVAL_MS = 25;
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
export async function serveStatus(stateDirectory: string, read: () => Status): Promise<HttpServer> {
  const path = statusSocketPath(stateDirectory);
  mkdirSync(stateDirectory, { recursive: true });
  const owner = await readStatus(stateDirectory).then(
    ({ pid }) => `with pid ${pid}`,
    (error: NodeJS.ErrnoException) =>
      NOBODY.includes(error.code ?? '') ? undefined : 'that does not answer',
  );
  if (owner !== undefined) throw new AlreadyRunningError(`a daemon ${owner} already uses ${stateDirectory}`);
  rmSync(path, { force: true });
  return HttpServer.start({
    key: 'state.directory',
    listen: { kind: 'unix', path },
    maximumConnections: MAXIMUM_CONNECTIONS,
    memory: new HeldBytes(MAXIMUM_HELD_BYTES),
    answer: answerWith(read),
  });
}

function answerWith(read: () => Status): (request: IncomingMessage) => Promise<HttpAnswer> {
  const pages = new SharedRendering(() => Buffer.from(`${JSON.stringify(read())}\n`), PAGE_INTERVAL_MS);
  const headers = { 'content-type': 'application/json' };
  return async ({ url }) =>
    url === '/status'
      ? { status: 200, headers, body: await pages.take() }
      : { status: 404, headers, body: '{"error":"not found"}\n' };
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
