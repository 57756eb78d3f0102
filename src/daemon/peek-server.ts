/**
 * The socket of `peek`, in the state directory. It hands out packets, so it is not the status socket: it is the owner's
 * alone, unless `state.peekGroup` names a group. Each peek has a line of the audit log at its start and at its end.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, chownSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Logger } from 'pino';
import { type AuditLine, type AuditLog, DONE, shownIds } from '../api/audit.js';
import type { Libc } from '../linux/libc.js';
import { type PeerCredentials, peerCredentials } from '../linux/peer-credentials.js';
import { listen } from '../listen/listen.js';
import {
  MAXIMUM_REQUEST,
  PEEK_VERSION,
  type PeekAnswer,
  type PeekRefusal,
  type PeekRequest,
  parsePeekRequest,
  peekSocketPath,
} from '../peek/peek-protocol.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';
import { groupId } from './group-id.js';
import { MAXIMUM_PEEKERS, type PeekHub } from './peek-hub.js';
import { Peeker } from './peeker.js';
import { StartRate } from './start-rate.js';

/** With those that are refused or have not asked yet. Node closes any more at once. */
const MAXIMUM_CONNECTIONS = 64;
const REQUEST_LIMIT_MS = 5000;
const CHECK_INTERVAL_MS = 2000;
/** For the last words to whoever has to go: a refusal, or the last counts when the daemon stops. */
const CLOSE_LIMIT_MS = 500;
const OWNER_ONLY = 0o600;
const OWNER_AND_GROUP = 0o660;
/** Ids that a refusal names. */
const NAMED_IDS = 5;

export interface PeekServerOptions {
  /** Version of the package. */
  readonly version: string;
  readonly libc: Libc | undefined;
  /** The group that may peek besides the owner. */
  readonly group: string | undefined;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** Looks a group up; absent: where the host has its groups. */
  readonly findGroup?: (name: string) => Promise<number>;
}

/** A refusal, and the line that its user sees. */
interface Refused {
  readonly code: PeekRefusal;
  readonly message: string;
}

export class PeekServer {
  readonly #options: PeekServerOptions;
  readonly #hub: PeekHub;
  readonly #plan: () => MirrorPlan;
  readonly #server: Server;
  readonly #open = new Map<Socket, Peeker>();
  /** Also those that have not asked yet, or were refused. */
  readonly #connections = new Set<Socket>();
  readonly #check: NodeJS.Timeout;
  readonly #starts = new StartRate();

  private constructor(options: PeekServerOptions, hub: PeekHub, plan: () => MirrorPlan) {
    this.#options = options;
    this.#hub = hub;
    this.#plan = plan;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#connected(socket));
    this.#server.maxConnections = MAXIMUM_CONNECTIONS;
    this.#check = setInterval(() => this.#closeStalled(), CHECK_INTERVAL_MS).unref();
  }

  /**
   * Listens in the state directory, whose lock the caller holds.
   * @param plan whose sessions can be peeked at
   * @throws ListenError when the directory cannot be written to (rejects)
   */
  static async start(
    stateDirectory: string,
    options: PeekServerOptions,
    hub: PeekHub,
    plan: () => MirrorPlan,
  ): Promise<PeekServer> {
    const path = peekSocketPath(stateDirectory);
    rmSync(path, { force: true });
    const peekServer = new PeekServer(options, hub, plan);
    await listen(peekServer.#server, 'state.directory', { kind: 'unix', path }, OWNER_ONLY);
    // A directory service may take seconds to say which group that is, and nothing may wait for it.
    void peekServer.#letGroup(path);
    return peekServer;
  }

  /** Tells all who peek, and closes their connections. */
  async close(): Promise<void> {
    clearInterval(this.#check);
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#connections) if (!this.#open.has(socket)) socket.destroy();
    const told = [...this.#open].map(([socket, peeker]) => {
      peeker.end('stopping');
      setTimeout(() => socket.destroy(), CLOSE_LIMIT_MS).unref();
      // With its line in the audit log.
      return new Promise<void>((resolve) => socket.once('close', () => resolve()));
    });
    await Promise.all([closed, ...told]);
  }

  /** A group that is not there must not keep the daemon from mirroring. */
  async #letGroup(path: string): Promise<void> {
    const { group, log, findGroup = groupId } = this.#options;
    if (group === undefined) return;
    try {
      const id = await findGroup(group);
      // The path may be another daemon's by now.
      if (!this.#server.listening) return;
      chownSync(path, -1, id);
      chmodSync(path, OWNER_AND_GROUP);
    } catch (error) {
      const reason = `state.peekGroup: ${(error as Error).message}`;
      log.warn({ reason }, 'only the owner of the daemon can peek');
    }
  }

  #connected(socket: Socket): void {
    const peer = peerCredentials(this.#options.libc, socket);
    let line = '';
    socket.on('error', () => {});
    this.#connections.add(socket);
    const limit = setTimeout(() => socket.destroy(), REQUEST_LIMIT_MS);
    socket.once('close', () => {
      clearTimeout(limit);
      this.#connections.delete(socket);
    });
    const onData = (text: string): void => {
      line += text;
      const end = line.indexOf('\n');
      if (end < 0 && line.length <= MAXIMUM_REQUEST) return;
      clearTimeout(limit);
      socket.off('data', onData);
      this.#asked(socket, parsePeekRequest(line.slice(0, Math.max(0, end))), peer);
    };
    socket.setEncoding('utf8').on('data', onData);
    socket.on('end', () => {
      const peeker = this.#open.get(socket);
      if (peeker === undefined) socket.end();
      else peeker.end('done');
    });
  }

  #asked(socket: Socket, request: PeekRequest | undefined, peer: PeerCredentials | undefined): void {
    const { audit, version } = this.#options;
    const judged = this.#judge(request, peer);
    const outcome = 'code' in judged ? judged.code : DONE;
    const asked = askedFor(request, outcome);
    const about = { source: 'unix', action: 'Peek', ...peer, ...asked, requestId: randomUUID() };
    if ('code' in judged) {
      socket.resume();
      answer(socket, { version: PEEK_VERSION, error: judged });
      socket.end();
      // Its place is for another one, whether or not it goes.
      setTimeout(() => socket.destroy(), CLOSE_LIMIT_MS).unref();
      audit.limit(`peek ${peer?.uid} ${judged.code}`, (suppressed) =>
        audit.write({ ...about, outcome: judged.code, ...(suppressed > 0 && { suppressed }) }),
      );
      return;
    }
    answer(socket, { version: PEEK_VERSION, pid: process.pid, daemonVersion: version });
    audit.write({ ...about, outcome: 'started' });
    // Nothing more is expected of it, and to read on would be work without a bound.
    socket.on('data', () => socket.destroy());
    this.#serve(socket, new Peeker(socket, judged), about);
  }

  #serve(socket: Socket, peeker: Peeker, about: Omit<AuditLine, 'outcome'>): void {
    const startedMs = performance.now();
    this.#open.set(socket, peeker);
    this.#hub.add(peeker);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#hub.remove(peeker);
      const { copies, leftOut } = peeker;
      const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
      this.#options.audit.write({ ...about, outcome: DONE, copies, leftOut, seconds });
    });
  }

  #judge(request: PeekRequest | undefined, peer: PeerCredentials | undefined): PeekRequest | Refused {
    if (request === undefined) {
      return { code: 'InvalidRequest', message: 'the daemon does not understand the request' };
    }
    if (request.version !== PEEK_VERSION) {
      const message = `the daemon speaks version ${PEEK_VERSION} of the peek protocol, not ${request.version}`;
      return { code: 'UnsupportedVersion', message };
    }
    const { sources } = this.#plan();
    const { sessionIds, sourceIds } = request.filter;
    const sessions = sources.flatMap((source) => source.sessions.map(({ id }) => id));
    const sessionProblem = missing('session', sessionIds, sessions);
    if (sessionProblem !== undefined) return { code: 'UnknownSession', message: sessionProblem };
    const sourceProblem = missing(
      'source',
      sourceIds,
      sources.map(({ id }) => id),
    );
    if (sourceProblem !== undefined) return { code: 'UnknownSource', message: sourceProblem };
    if (this.#hub.peekers.size < MAXIMUM_PEEKERS) {
      const message = this.#starts.refusal(peer?.uid);
      return message === undefined ? request : { code: 'TooManyPeekers', message };
    }
    return { code: 'TooManyPeekers', message: `${MAXIMUM_PEEKERS} are peeking, and no more can` };
  }

  #closeStalled(): void {
    const now = performance.now();
    for (const [socket, peeker] of this.#open) {
      if (!peeker.isStalled(now)) continue;
      peeker.end('stalled');
      socket.destroy();
    }
  }
}

/** What the audit log says of a request. */
function askedFor(
  request: PeekRequest | undefined,
  outcome: string,
): Pick<AuditLine, 'resources' | 'sources' | 'direction'> {
  const { sessionIds, sourceIds, direction } = request?.filter ?? {};
  return {
    ...(sessionIds !== undefined && { resources: shownIds(sessionIds, outcome) }),
    ...(sourceIds !== undefined && { sources: shownIds(sourceIds, outcome) }),
    ...(direction !== undefined && { direction }),
  };
}

function answer(socket: Socket, line: PeekAnswer): void {
  socket.write(`${JSON.stringify(line)}\n`);
}

/** @returns what is said of ids that are not there; undefined when all are. */
function missing(
  kind: 'session' | 'source',
  ids: readonly string[] | undefined,
  known: readonly string[],
): string | undefined {
  const unknown = ids?.find((id) => !known.includes(id));
  if (unknown === undefined) return undefined;
  const named = known.slice(0, NAMED_IDS).join(', ');
  const more = known.length > NAMED_IDS ? ` and ${known.length - NAMED_IDS} more` : '';
  return `${kind} ${unknown}: the running daemon has none of that id; it has ${named || 'none'}${more}`;
}
