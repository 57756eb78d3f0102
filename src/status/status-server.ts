/**
 * The status socket: HTTP over a unix socket in the state directory, for `status`, curl and monitoring agents. The
 * socket does not keep a second daemon away; the lock of the directory does.
 */
import { rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { HeldBytes } from '../listen/held-bytes.js';
import { type HttpResponse, HttpServer } from '../listen/http-server.js';
import { STATUS_SOCKET_NAME } from '../listen/listen.js';
import { SharedRendering } from '../listen/shared-rendering.js';
import { PROBE_PATHS, type ProbeAnswer, type ProbeName, ProbeResponder } from './probes.js';
import type { Status } from './status.js';

/** For `status`, `top` and monitoring agents. */
const MAXIMUM_CONNECTIONS = 64;
/** For responses that clients have not read yet. */
const MAXIMUM_HELD_BYTES = 16 * 2 ** 20;
const PAGE_INTERVAL_MS = 25;
const STATUS_PATH = '/status';
const CLIENT_TIMEOUT_MS = 2000;

export function statusSocketPath(stateDirectory: string): string {
  return join(stateDirectory, STATUS_SOCKET_NAME);
}

/**
 * Listens in the state directory, whose lock the caller holds: an existing socket was left by a process that has ended,
 * and is replaced.
 * @throws Error when the directory cannot be written to (rejects)
 */
export async function serveStatus(stateDirectory: string, read: () => Status): Promise<HttpServer> {
  const path = statusSocketPath(stateDirectory);
  rmSync(path, { force: true });
  return HttpServer.start({
    key: 'state.directory',
    listen: { kind: 'unix', path },
    maximumConnections: MAXIMUM_CONNECTIONS,
    memory: new HeldBytes(MAXIMUM_HELD_BYTES),
    answer: responder(read),
  });
}

function responder(read: () => Status): (request: IncomingMessage) => Promise<HttpResponse> {
  const pages = new SharedRendering(() => Buffer.from(`${JSON.stringify(read())}\n`), PAGE_INTERVAL_MS);
  const probes = new ProbeResponder(read);
  const headers = { 'content-type': 'application/json' };
  return async ({ url }) => {
    if (url === STATUS_PATH) return { status: 200, headers, body: await pages.page() };
    return (await probes.answer(url)) ?? { status: 404, headers, body: '{"error":"not found"}\n' };
  };
}

/** Reads the status of the running daemon. @throws Error with the system's reason when none answers (rejects) */
export function readStatus(stateDirectory: string): Promise<Status> {
  return ask(stateDirectory, STATUS_PATH);
}

/** Asks a probe of the running daemon. @throws Error with the system's reason when none answers (rejects) */
export function readProbe(stateDirectory: string, probe: ProbeName): Promise<ProbeAnswer> {
  return ask(stateDirectory, PROBE_PATHS[probe]);
}

function ask<Answer>(stateDirectory: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get(
      { socketPath: statusSocketPath(stateDirectory), path, timeout: CLIENT_TIMEOUT_MS },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => {
          try {
            resolve(JSON.parse(text) as Answer);
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
