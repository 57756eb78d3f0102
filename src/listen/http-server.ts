/**
 * A server of HTTP whose clients can hold so much of it and no more, whatever their number and their manners:
 * connections, heads, requests ahead of their answers, answers that nobody reads, and time are bounded. The API, the
 * metrics page and the status socket are such servers.
 */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ConnectionInPieces } from './connection-in-pieces.js';
import { Connections } from './connections.js';
import type { HeldBytes } from './held-bytes.js';
import { type ListenAddress, listen } from './listen.js';
import { isPlainlyFramed, MAXIMUM_HEADERS } from './plain-framing.js';
import { RequestQueue } from './request-queue.js';
import { type HttpAnswer, sendAnswer } from './send-answer.js';

/** PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface HttpServerOptions {
  /** Of the configuration, for errors. */
  readonly key: string;
  readonly listen: ListenAddress;
  /** Absent: without encryption. */
  readonly tls?: ServerCertificate | undefined;
  /** For another connection, the one that was silent longest is closed. */
  readonly maximumConnections: number;
  /** Of requests and answers. */
  readonly memory: HeldBytes;
  /** From the begin of an answer until all of it is with the client's kernel. */
  readonly answerTimeoutMs?: number | undefined;
  /**
   * Answers a request; one at a time of each connection. A rejection closes the connection.
   * @param spare the request is complete: its connection is not closed for another one before it is answered
   */
  readonly answer: (request: IncomingMessage, spare: () => void) => Promise<HttpAnswer>;
}

/** Handshakes included; beyond it, the kernel's queue waits. */
const SOCKETS_PER_CONNECTION = 4;
const MAXIMUM_HEAD_BYTES = 16 * 1024;
const HEAD_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const ANSWER_TIMEOUT_MS = 20_000;
const IDLE_TIMEOUT_MS = 30_000;
const HANDSHAKE_TIMEOUT_MS = 5000;
const CHECK_INTERVAL_MS = 1000;
/** For answers under way when the server closes. */
const CLOSE_GRACE_MS = 1000;

const LIMITS: ServerOptions = {
  maxHeaderSize: MAXIMUM_HEAD_BYTES,
  headersTimeout: HEAD_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: IDLE_TIMEOUT_MS,
  connectionsCheckingInterval: CHECK_INTERVAL_MS,
};

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #queues = new WeakMap<Duplex, RequestQueue>();
  /** Connections that close with the answer under way: what follows may be no request of the same client. */
  readonly #unsure = new WeakSet<Duplex>();
  readonly #count = { waiting: 0 };

  private constructor(options: HttpServerOptions) {
    this.#options = options;
    const { tls, maximumConnections } = options;
    this.#connections = new Connections(maximumConnections);
    const take = (request: IncomingMessage, response: ServerResponse): void => this.#queue(request, response);
    this.#server =
      tls === undefined
        ? createServer(LIMITS, take)
        : createTlsServer(
            { ...LIMITS, cert: tls.certificate, key: tls.key, handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
            take,
          );
    this.#server.maxHeadersCount = MAXIMUM_HEADERS;
    this.#server.maxConnections = SOCKETS_PER_CONNECTION * maximumConnections;
    // Node's own listener takes any stream for a connection.
    const event = tls === undefined ? 'connection' : 'secureConnection';
    const [serve] = this.#server.listeners(event);
    this.#server.removeAllListeners(event).on(event, (socket: Socket) => {
      const connection = new ConnectionInPieces(socket);
      this.#open(connection);
      serve?.call(this.#server, connection);
    });
  }

  /** @throws ListenError (rejects); Error for a certificate that does not fit its key */
  static async start(options: HttpServerOptions): Promise<HttpServer> {
    const server = new HttpServer(options);
    await listen(server.#server, options.key, options.listen);
    return server;
  }

  /** Of a TCP socket; undefined for a unix socket. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** Resolves when what was asked is answered and every connection is closed, after a second at the latest. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    const grace = setTimeout(() => this.#server.closeAllConnections(), CLOSE_GRACE_MS);
    await closed;
    clearTimeout(grace);
  }

  #queue(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (this.#unsure.has(socket)) return;
    if (!isPlainlyFramed(request)) {
      this.#unsure.add(socket);
      response.shouldKeepAlive = false;
    }
    this.#queues.get(socket)?.add(request, response);
  }

  #open(connection: Duplex): void {
    const queue = new RequestQueue((request, response) => this.#take(request, response), this.#count);
    this.#queues.set(connection, queue);
    this.#connections.add(connection);
    connection.once('close', () => queue.close());
  }

  /** Never rejects. */
  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answer, memory, answerTimeoutMs = ANSWER_TIMEOUT_MS } = this.#options;
    const { socket } = request;
    try {
      const answered = await answer(request, () => this.#connections.begin(socket));
      this.#connections.end(socket);
      if (!socket.destroyed) await sendAnswer(response, answered, memory, answerTimeoutMs);
    } catch {
      socket.destroy();
    }
  }
}
