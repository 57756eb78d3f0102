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
import { MAXIMUM_RESOURCES_BYTES, type RunningResources, renderResources } from './running-resources.js';
import type { Status } from './status.js';

/** For `status`, `top` and monitoring agents. */
const MAXIMUM_CONNECTIONS = 64;
/** For responses that clients have not read yet: the largest page of resources, and 16 MiB of others. */
const MAXIMUM_HELD_BYTES = MAXIMUM_RESOURCES_BYTES + 16 * 2 ** 20;
const PAGE_INTERVAL_MS = 25;
const STATUS_PATH = '/status';
const CLIENT_TIMEOUT_MS = 2000;
/** Resources are made in slices, between everything else that the daemon does. */
const RESOURCES_TIMEOUT_MS = 20_000;
/** Of a status: with 10,000 sources it has about 30 MiB. */
const MAXIMUM_STATUS_BYTES = 256 * 2 ** 20;
const STATUS_LIMITS: ReadLimits = { timeoutMs: CLIENT_TIMEOUT_MS, maximumBytes: MAXIMUM_STATUS_BYTES };
const NOT_FOUND = 404;

export function statusSocketPath(stateDirectory: string): string {
  return join(stateDirectory, STATUS_SOCKET_NAME);
}

/**
 * Listens in the state directory, whose lock the caller holds: an existing socket was left by a process that has ended,
 * and is replaced.
 * @param readResources absent: there are none to read.
 * @throws Error when the directory cannot be written to (rejects)
 */
export async function serveStatus(
  stateDirectory: string,
  read: () => Status,
  readResources?: () => Promise<RunningResources>,
): Promise<HttpServer> {
  const path = statusSocketPath(stateDirectory);
  rmSync(path, { force: true });
  return HttpServer.start({
    key: 'state.directory',
    listen: { kind: 'unix', path },
    maximumConnections: MAXIMUM_CONNECTIONS,
    memory: new HeldBytes(MAXIMUM_HELD_BYTES),
    answer: responder(read, readResources),
  });
}

function responder(
  read: () => Status,
  readResources: (() => Promise<RunningResources>) | undefined,
): (request: IncomingMessage) => Promise<HttpResponse> {
  const probes = new ProbeResponder(read);
  const pages = new Map([
    [
      STATUS_PATH,
      new SharedRendering(() => page(Buffer.from(`${JSON.stringify(read())}\n`)), PAGE_INTERVAL_MS),
    ],
  ]);
  if (readResources !== undefined) {
    pages.set('/resources', new SharedRendering(() => resourcesPage(readResources), PAGE_INTERVAL_MS));
  }
  return async ({ url = '' }) =>
    (await pages.get(url)?.page()) ??
    (await probes.answer(url)) ??
    page('{"error":"not found"}\n', NOT_FOUND);
}

function page(body: HttpResponse['body'], status = 200): HttpResponse {
  return { status, headers: { 'content-type': 'application/json' }, body };
}

/** Never rejects: a reader is told why there are no resources. */
async function resourcesPage(readResources: () => Promise<RunningResources>): Promise<HttpResponse> {
  try {
    return page(await renderResources(await readResources()));
  } catch (error) {
    return page(`${JSON.stringify({ error: (error as Error).message })}\n`, 503);
  }
}

/** Reads the status of the running daemon. @throws Error with the system's reason when none answers (rejects) */
export async function readStatus(stateDirectory: string): Promise<Status> {
  return (await readJson(stateDirectory, STATUS_PATH, STATUS_LIMITS)).content as Status;
}

/** Asks a probe of the running daemon. @throws Error with the system's reason when none answers (rejects) */
export async function readProbe(stateDirectory: string, probe: ProbeName): Promise<ProbeAnswer> {
  return (await readJson(stateDirectory, PROBE_PATHS[probe], STATUS_LIMITS)).content as ProbeAnswer;
}

/**
 * Reads the resources of the running daemon.
 * @throws Error with the daemon's or the system's reason when there are none (rejects)
 */
export async function readResources(stateDirectory: string): Promise<RunningResources> {
  const limits = { timeoutMs: RESOURCES_TIMEOUT_MS, maximumBytes: MAXIMUM_RESOURCES_BYTES };
  const { status, content } = await readJson(stateDirectory, '/resources', limits);
  if (status === NOT_FOUND) throw new Error('it is of an older version, which does not show its resources');
  if (status !== 200) throw new Error((content as { error: string }).error);
  return content as RunningResources;
}

interface ReadLimits {
  readonly timeoutMs: number;
  readonly maximumBytes: number;
}

function readJson(
  stateDirectory: string,
  path: string,
  { timeoutMs, maximumBytes }: ReadLimits,
): Promise<{ readonly status: number; readonly content: unknown }> {
  return new Promise((resolve, reject) => {
    const request = get(
      // No connection is kept for the next time: by then the daemon may have closed it, which a process that was held up
      // in between learns only when it writes.
      { socketPath: statusSocketPath(stateDirectory), path, timeout: timeoutMs, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          parts.push(part);
          bytes += part.length;
          if (bytes > maximumBytes) request.destroy(new Error('its answer is too long'));
        });
        response.on('end', () => {
          try {
            resolve({
              status: response.statusCode ?? 0,
              content: JSON.parse(Buffer.concat(parts).toString('utf8')),
            });
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
