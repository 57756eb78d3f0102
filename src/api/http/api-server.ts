/**
 * The server of the control API: takes requests off the wire, finds out who sent them, and hands them to their
 * services. What clients may hold of it is bounded, whatever their number and their manners.
 */
import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { type ListenAddress, listen } from '../../listen/listen.js';
import type { AccessKeys } from '../authentication/access-key.js';
import { type ClaimedRequest, requireClaim, requireSignature } from '../authentication/authenticate.js';
import { readClaim, type SignatureClaim, wrongService } from '../authentication/signature-claim.js';
import type { SignedRequest } from '../authentication/signed-request.js';
import { RequestRefusal } from '../request-refusal.js';
import type { ApiAnswer, ApiCall, ApiService, Principal, ServiceName } from '../service.js';
import { BodyMemory, ClientGoneError, discardBody, readBody } from './body.js';
import { Connections } from './connections.js';
import { decodeCall } from './decode-call.js';
import { PROTOCOLS, type Protocol, protocolOf } from './protocol.js';
import { formatRefusal } from './refusal-answer.js';
import { isPlainlyFramed, readHead } from './request-head.js';

/** PEM. */
interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A request that was answered. */
interface AnsweredRequest {
  readonly requestId: string;
  readonly status: number;
  readonly durationMs: number;
  /** Undefined when the request was refused before its action was known. */
  readonly call: ApiCall | undefined;
}

export interface ApiServerOptions {
  readonly listen: ListenAddress;
  /** Absent: without encryption. */
  readonly tls?: ServerCertificate | undefined;
  /** The one that signatures must be for. */
  readonly region: string;
  readonly accessKeys: () => AccessKeys;
  /** Whoever may open the unix socket and does not sign is this. Absent: everybody signs. */
  readonly socketPrincipal?: Principal | undefined;
  readonly services: Readonly<Record<ServiceName, ApiService>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onAnswered: (request: AnsweredRequest) => void;
  /** A fault of ours; the client was told so. */
  readonly onInternalError: (requestId: string, error: unknown) => void;
}

const MAXIMUM_CONNECTIONS = 1000;
/** Handshakes included; beyond it, the kernel's queue waits. */
const MAXIMUM_SOCKETS = 4000;
const MAXIMUM_CALLS = 256;
const MAXIMUM_HEAD_BYTES = 16 * 1024;
const HEAD_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
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

const MONITORING_VERSION = '2010-08-01';

export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #server: Server;
  readonly #connections = new Connections(MAXIMUM_CONNECTIONS);
  readonly #memory = new BodyMemory();
  /** Connections that close with the answer under way: what follows may be no request of the same client. */
  readonly #unsure = new WeakSet<Duplex>();
  #calls = 0;

  private constructor(options: ApiServerOptions) {
    this.#options = options;
    const { tls } = options;
    const take = (request: IncomingMessage, response: ServerResponse): void =>
      void this.#take(request, response);
    this.#server =
      tls === undefined
        ? createServer(LIMITS, take)
        : createTlsServer(
            { ...LIMITS, cert: tls.certificate, key: tls.key, handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
            take,
          );
    this.#server.maxConnections = MAXIMUM_SOCKETS;
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (connection: Duplex) =>
      this.#connections.add(connection),
    );
  }

  /** @throws ListenError (rejects); Error for a certificate that does not fit its key */
  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const server = new ApiServer(options);
    await listen(server.#server, 'api.listen', options.listen);
    return server;
  }

  /** Of a TCP socket; undefined for a unix socket. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** Resolves when what was asked is answered and every connection is closed. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeIdleConnections();
    const grace = setTimeout(() => this.#server.closeAllConnections(), CLOSE_GRACE_MS);
    await closed;
    clearTimeout(grace);
  }

  /** Never rejects. */
  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#unsure.has(request.socket)) return;
    if (!isPlainlyFramed(request)) {
      this.#unsure.add(request.socket);
      response.shouldKeepAlive = false;
    }
    const startedMs = performance.now();
    const requestId = randomUUID();
    const pending = new PendingRequest();
    try {
      const answer = await this.#answer(request, requestId, pending);
      send(response, answer, requestId);
      const durationMs = performance.now() - startedMs;
      this.#options.onAnswered({ requestId, status: answer.status, durationMs, call: pending.call });
    } catch (error) {
      response.destroy();
      if (!(error instanceof ClientGoneError)) this.#options.onInternalError(requestId, error);
    } finally {
      this.#connections.end(request.socket);
    }
  }

  async #answer(request: IncomingMessage, requestId: string, pending: PendingRequest): Promise<ApiAnswer> {
    try {
      return await this.#call(request, requestId, pending);
    } catch (error) {
      if (error instanceof ClientGoneError) throw error;
      if (!(error instanceof RequestRefusal)) this.#options.onInternalError(requestId, error);
      // A client that still sends would not see an answer on a connection that is closed before it is done.
      await discardBody(request);
      const isRefusal = error instanceof RequestRefusal;
      const refusal = isRefusal ? error : new RequestRefusal('internal', 'An internal error has occurred');
      return formatRefusal(refusal, pending.protocol, requestId);
    }
  }

  async #call(request: IncomingMessage, requestId: string, pending: PendingRequest): Promise<ApiAnswer> {
    const head = readHead(request);
    pending.protocol = protocolOf(head, undefined);
    const claim = readClaim(head);
    pending.protocol = protocolOf(head, claim?.service);
    const claimed = this.#requireKnown(head, claim, pending.protocol);
    const body = await readBody(request, this.#memory);
    this.#connections.begin(request.socket);
    this.#calls += 1;
    try {
      if (this.#calls > MAXIMUM_CALLS)
        throw new RequestRefusal('busy', 'Too many requests at once; try again');
      const principal = this.#authenticate(claimed, body);
      const decoded = decodeCall(head, pending.protocol, body);
      const name = claim?.service ?? unsignedService(pending.protocol, decoded.input);
      pending.call = { service: name, region: this.#options.region, principal, requestId, ...decoded };
      return await this.#options.services[name].handle(pending.call);
    } finally {
      this.#calls -= 1;
      this.#memory.release(body.length);
    }
  }

  /** @returns undefined for the principal of the unix socket. @throws RequestRefusal */
  #requireKnown(
    head: SignedRequest,
    claim: SignatureClaim | undefined,
    protocol: Protocol,
  ): ClaimedRequest | undefined {
    const { accessKeys, region, now, socketPrincipal } = this.#options;
    if (claim === undefined) {
      if (socketPrincipal !== undefined) return undefined;
      throw missingCredentials();
    }
    const claimed = requireClaim(head, claim, accessKeys(), region, now());
    if (!PROTOCOLS[claim.service].includes(protocol)) throw wrongService();
    return claimed;
  }

  #authenticate(claimed: ClaimedRequest | undefined, body: Uint8Array): Principal {
    const { accessKeys, socketPrincipal } = this.#options;
    if (claimed !== undefined) return requireSignature(claimed, accessKeys(), body);
    if (socketPrincipal !== undefined) return socketPrincipal;
    throw missingCredentials();
  }
}

/** What is known of a request so far, for its answer and its log line. */
class PendingRequest {
  protocol: Protocol = 'ec2';
  call: ApiCall | undefined;
}

function missingCredentials(): RequestRefusal {
  return new RequestRefusal('missing-credentials', 'The request must be signed with a valid access key');
}

/** Without a signature, only what is asked tells whom. */
function unsignedService(protocol: Protocol, input: ApiCall['input']): ServiceName {
  if (protocol === 'rest-json') return 'ram';
  if (protocol !== 'ec2') return 'monitoring';
  return input.format === 'query' && input.parameters.get('Version') === MONITORING_VERSION
    ? 'monitoring'
    : 'ec2';
}

function send(response: ServerResponse, { status, headers, body }: ApiAnswer, requestId: string): void {
  // A body that was not read to its end leaves nothing behind it that could be understood.
  const close = response.req.complete ? {} : { connection: 'close' };
  response.writeHead(status, {
    ...headers,
    'x-amzn-RequestId': requestId,
    'content-length': Buffer.byteLength(body),
    ...close,
  });
  response.end(body);
}
