/**
 * An HTTP server that bounds what its clients hold, however many they are and whatever they send: connections, heads,
 * requests ahead of their responses, unread responses, and time. The API, the metrics page and the status socket are
 * such servers.
 */
import { constants } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SecureContextOptions } from 'node:tls';
import { ConnectionInPieces, Connections, RequestQueue } from './connections.js';
import { Handshakes } from './handshakes.js';
import type { HeldBytes } from './held-bytes.js';
import { type ListenAddress, listen } from './listen.js';

/**
 * Sockets per connection, handshakes included; further ones are closed. Connections with as many that are being closed, and
 * handshakes that wait or are under way, twice as many each, fit: of these the oldest goes.
 */
const SOCKETS_PER_CONNECTION = 6;
/** Handshakes that wait or are under way, per connection. */
const HANDSHAKES_PER_CONNECTION = 2;
/** Most headers of a request plus one; clients of AWS send about twenty. */
export const MAXIMUM_HEADERS = 200;
const MAXIMUM_HEAD_BYTES = 16 * 1024;
const HEAD_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
const RESPONSE_TIMEOUT_MS = 20_000;
const IDLE_TIMEOUT_MS = 30_000;
const HANDSHAKE_TIMEOUT_MS = 5000;
const CHECK_INTERVAL_MS = 1000;
/** RFC 9110 section 15.4.5. */
const NOT_MODIFIED = 304;
/** Time for responses in progress when the server closes. */
const CLOSE_GRACE_MS = 1000;

const LIMITS: ServerOptions = {
  maxHeaderSize: MAXIMUM_HEAD_BYTES,
  headersTimeout: HEAD_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  keepAliveTimeout: IDLE_TIMEOUT_MS,
  connectionsCheckingInterval: CHECK_INTERVAL_MS,
};

/** PEM. */
export interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
  /** Certificates of authorities: only clients with a certificate by one of them are served. Absent: all are. */
  readonly clientCa?: string | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text is sent as UTF-8. Bytes are not copied: responses may share them. */
  readonly body: string | Uint8Array;
  /** Holds this response while its client reads it. Absent: the server's memory does. */
  readonly memory?: HeldBytes | undefined;
}

export interface HttpServerOptions {
  /** The key of the configuration, for errors. */
  readonly key: string;
  readonly listen: ListenAddress;
  /** Absent: without encryption. */
  readonly tls?: ServerCertificate | undefined;
  /** When one more is opened, the connection that has been silent longest is closed. */
  readonly maximumConnections: number;
  /** Holds requests and responses. */
  readonly memory: HeldBytes;
  /** From the start of a response until the client's kernel has all of it. */
  readonly responseTimeoutMs?: number | undefined;
  /**
   * Answers a request; a connection has one at a time. A rejection closes the connection.
   * @param onComplete to be called when the whole request has arrived: from then on its connection is not closed to make
   *   room for another one
   */
  readonly answer: (request: IncomingMessage, onComplete: () => void) => Promise<HttpResponse>;
}

export class HttpServer {
  readonly #options: HttpServerOptions;
  readonly #server: Server;
  readonly #connections: Connections;
  /** Undefined without TLS. */
  readonly #tlsServer: TlsServer | undefined;
  #handshakes: Handshakes | undefined;
  /** The open connections. */
  readonly #opened = new Set<Duplex>();
  /** Those of which a request is being answered. */
  readonly #answering = new WeakSet<Duplex>();
  readonly #queues = new WeakMap<Duplex, RequestQueue>();
  /** Connections that close with the current response: what follows may not be a request of a known client. */
  readonly #untrusted = new WeakSet<Duplex>();
  readonly #count = { waiting: 0 };

  private constructor(options: HttpServerOptions) {
    this.#options = options;
    const { tls, maximumConnections } = options;
    this.#connections = new Connections(maximumConnections);
    const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
      this.#queue(request, response);
    this.#tlsServer =
      tls &&
      createTlsServer(
        {
          ...LIMITS,
          ...secureOptions(tls),
          requestCert: tls.clientCa !== undefined,
          rejectUnauthorized: tls.clientCa !== undefined,
          handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        },
        onRequest,
      );
    this.#server = this.#tlsServer ?? createServer(LIMITS, onRequest);
    this.#server.maxHeadersCount = MAXIMUM_HEADERS;
    this.#server.maxConnections = SOCKETS_PER_CONNECTION * maximumConnections;
    if (this.#tlsServer !== undefined) this.#boundHandshakes(this.#tlsServer);
    // Node's own listener accepts any stream as a connection.
    const event = tls === undefined ? 'connection' : 'secureConnection';
    const [serve] = this.#server.listeners(event);
    this.#server.removeAllListeners(event).on(event, (socket: Socket) => {
      this.#handshakes?.done(socket);
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

  /**
   * Takes another certificate, and other authorities; whether clients need a certificate stays. Connections that were made
   * under the one before end: at once, or with the response that they wait for.
   */
  setCertificate(tls: ServerCertificate): void {
    this.#tlsServer?.setSecureContext(secureOptions(tls));
    this.#handshakes?.abandon();
    this.#endConnections();
  }

  /** The TCP port; undefined for a unix socket. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /**
   * Resolves when the requests that are being answered have their responses and all connections are closed, after a second
   * at the latest. Connections without such a request are closed at once: Node would wait for one that has sent nothing
   * yet, which browsers open ahead, and for one whose last response has just gone.
   */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#handshakes?.close();
    this.#endConnections();
    const grace = setTimeout(() => this.#server.closeAllConnections(), CLOSE_GRACE_MS);
    await closed;
    clearTimeout(grace);
  }

  /** Closes all connections: at once, or with the response that they wait for. */
  #endConnections(): void {
    for (const connection of this.#opened) {
      if (!this.#answering.has(connection)) connection.destroy();
      this.#untrusted.add(connection);
      this.#queues.get(connection)?.close();
    }
  }

  /** Of a unix socket's clients the permissions of the socket have chosen. */
  #boundHandshakes(server: TlsServer): void {
    const { listen, maximumConnections } = this.#options;
    if (listen.kind === 'unix') return;
    // Node's own listener, which begins the handshake.
    const [begin] = server.listeners('connection');
    const handshakes = new Handshakes(HANDSHAKES_PER_CONNECTION * maximumConnections, (socket) =>
      begin?.call(server, socket),
    );
    this.#handshakes = handshakes;
    server.removeAllListeners('connection').on('connection', (socket: Socket) => handshakes.add(socket));
  }

  #queue(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (this.#untrusted.has(socket)) return;
    if (!isPlainlyFramed(request)) {
      this.#untrusted.add(socket);
      response.shouldKeepAlive = false;
    } else if (socket instanceof ConnectionInPieces) {
      socket.expectBody(bodyLength(request));
    }
    this.#queues.get(socket)?.add(request, response);
  }

  #open(connection: Duplex): void {
    const queue = new RequestQueue((request, response) => this.#answer(request, response), this.#count);
    this.#queues.set(connection, queue);
    this.#opened.add(connection);
    this.#connections.add(connection);
    connection.once('close', () => {
      this.#opened.delete(connection);
      queue.close();
    });
  }

  /** Never rejects. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answer, memory, responseTimeoutMs = RESPONSE_TIMEOUT_MS } = this.#options;
    const { socket } = request;
    this.#answering.add(socket);
    try {
      const content = await answer(request, () => this.#connections.begin(socket));
      this.#connections.end(socket);
      if (this.#untrusted.has(socket)) response.shouldKeepAlive = false;
      if (!socket.destroyed) {
        await sendResponse(response, content, content.memory ?? memory, responseTimeoutMs);
      }
    } catch {
      socket.destroy();
    }
    this.#answering.delete(socket);
  }
}

function secureOptions({ certificate, key, clientCa }: ServerCertificate): SecureContextOptions {
  // A client that resumes a session is not asked for its certificate again, which may be refused by now.
  const resumption = clientCa === undefined ? 0 : constants.SSL_OP_NO_TICKET;
  return {
    cert: certificate,
    key,
    minVersion: 'TLSv1.2',
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | resumption,
    ...(clientCa !== undefined && { ca: clientCa }),
  };
}

/**
 * False for a request whose end another host on the way may see elsewhere (RFC 9112 section 6.1): nothing that follows
 * it on the same connection can be trusted. False also with MAXIMUM_HEADERS or more: Node leaves out the headers behind
 * them, and does not say so.
 */
export function isPlainlyFramed({
  httpVersion,
  rawHeaders,
}: Pick<IncomingMessage, 'httpVersion' | 'rawHeaders'>): boolean {
  if (rawHeaders.length >= 2 * MAXIMUM_HEADERS) return false;
  const codings = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'transfer-encoding',
  );
  if (httpVersion !== '1.1') return httpVersion === '1.0' && codings.length === 0;
  const [coding = 'chunked', second] = codings;
  return coding.toLowerCase() === 'chunked' && second === undefined;
}

/** Bytes of the body, where the head says how many; 0 for a body in chunks. */
function bodyLength({ headers }: IncomingMessage): number {
  const length = Number(headers['content-length'] ?? 0);
  return headers['transfer-encoding'] === undefined && Number.isSafeInteger(length) ? length : 0;
}

/**
 * Resolves when the response is with the kernel, or its connection is closed, which the timeout does. Never rejects.
 * What a client does not read stays within the bound of `memory`.
 */
function sendResponse(
  response: ServerResponse,
  { status, headers, body }: HttpResponse,
  memory: HeldBytes,
  timeoutMs: number,
): Promise<void> {
  const { req } = response;
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return new Promise((resolve) => {
    const giveUp = (): void => void req.socket.destroy();
    const holding = memory.hold(giveUp);
    holding.addAnyway(bytes.length);
    const deadline = setTimeout(giveUp, timeoutMs);
    response.once('close', () => {
      clearTimeout(deadline);
      holding.release();
      resolve();
    });
    // After a body that was not read to its end, the connection carries nothing that could be parsed.
    const close = req.complete ? {} : { connection: 'close' };
    // A response without a body of its own would tell the length of the one that the client has.
    const length = status === NOT_MODIFIED ? {} : { 'content-length': bytes.length };
    response.writeHead(status, { ...headers, ...length, ...close });
    response.end(bytes);
  });
}
