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
import type { AnsweredCall } from '../audit.js';
import type { AccessKeys } from '../authentication/access-key.js';
import { type ClaimedRequest, requireClaim, requireSignature } from '../authentication/authenticate.js';
import { claimedService, isSigned } from '../authentication/signature-claim.js';
import type { SignedRequest } from '../authentication/signed-request.js';
import { RequestRefusal } from '../request-refusal.js';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiService,
  type Principal,
  SERVICE_NAMES,
  type ServiceName,
} from '../service.js';
import { BodyMemory, ClientGoneError, discardBody, readBody } from './body.js';
import { claimedAccessKeyId } from './claimed-access-key.js';
import { Connections } from './connections.js';
import { decodeCall } from './decode-call.js';
import { PROTOCOLS, type Protocol, protocolOf } from './protocol.js';
import { formatRefusal } from './refusal-answer.js';
import { readHead } from './request-head.js';

/** PEM. */
interface ServerCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** A request that was answered. */
interface AnsweredRequest extends AnsweredCall {
  readonly durationMs: number;
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
    const startedMs = performance.now();
    const requestId = randomUUID();
    const { listen } = this.#options;
    const pending = new PendingRequest(listen.kind === 'unix' ? 'unix' : request.socket.remoteAddress);
    try {
      pending.answer = await this.#answer(request, requestId, pending);
      send(response, pending.answer, requestId);
    } catch (error) {
      response.destroy();
      if (!(error instanceof ClientGoneError)) this.#options.onInternalError(requestId, error);
    } finally {
      this.#connections.end(request.socket);
      this.#tell(requestId, performance.now() - startedMs, pending);
    }
  }

  /** Also of a refusal that its client did not wait for. */
  #tell(requestId: string, durationMs: number, { source, accessKeyId, call, answer }: PendingRequest): void {
    if (answer === undefined) return;
    this.#options.onAnswered({ requestId, durationMs, source, accessKeyId, call, answer });
  }

  async #answer(request: IncomingMessage, requestId: string, pending: PendingRequest): Promise<ApiAnswer> {
    try {
      return await this.#call(request, requestId, pending);
    } catch (error) {
      if (error instanceof ClientGoneError) throw error;
      if (!(error instanceof RequestRefusal)) this.#options.onInternalError(requestId, error);
      const isRefusal = error instanceof RequestRefusal;
      const refusal = isRefusal ? error : new RequestRefusal('internal', 'An internal error has occurred');
      pending.answer = formatRefusal(refusal, pending.protocol, requestId);
      // A client that still sends would not see an answer on a connection that is closed before it is done.
      await discardBody(request);
      return pending.answer;
    }
  }

  async #call(request: IncomingMessage, requestId: string, pending: PendingRequest): Promise<ApiAnswer> {
    const head = readHead(request);
    pending.accessKeyId = claimedAccessKeyId(head, this.#options.accessKeys());
    const service = claimedService(head);
    pending.protocol = protocolOf(head, service);
    const claimed = this.#requireKnown(head, service, pending.protocol);
    const body = await readBody(request, this.#memory);
    this.#connections.begin(request.socket);
    this.#calls += 1;
    try {
      if (this.#calls > MAXIMUM_CALLS)
        throw new RequestRefusal('busy', 'Too many requests at once; try again');
      const principal = await this.#authenticate(claimed, body);
      const decoded = decodeCall(head, pending.protocol, body);
      const name =
        service === undefined ? unsignedService(pending.protocol, decoded.input) : requireService(service);
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
    service: string | undefined,
    protocol: Protocol,
  ): ClaimedRequest | undefined {
    const { accessKeys, region, now, socketPrincipal } = this.#options;
    if (socketPrincipal !== undefined && !isSigned(head)) return undefined;
    const claimed = requireClaim(head, accessKeys(), region, now());
    if (!PROTOCOLS[requireService(service)].includes(protocol)) throw wrongService();
    return claimed;
  }

  async #authenticate(claimed: ClaimedRequest | undefined, body: Uint8Array): Promise<Principal> {
    const { socketPrincipal } = this.#options;
    if (claimed !== undefined) return requireSignature(claimed, body);
    if (socketPrincipal !== undefined) return socketPrincipal;
    throw new RequestRefusal('missing-credentials', 'The request must be signed with a valid access key');
  }
}

/** What is known of a request so far, for its answer and its log line. */
class PendingRequest {
  readonly source: string;
  protocol: Protocol = 'ec2';
  accessKeyId: string | undefined;
  call: ApiCall | undefined;
  answer: ApiAnswer | undefined;

  /** @param source undefined for a connection that is closed already */
  constructor(source: string | undefined) {
    this.source = source ?? 'unknown';
  }
}

function requireService(name: string | undefined): ServiceName {
  const service = SERVICE_NAMES.find((candidate) => candidate === name);
  if (service === undefined) throw wrongService();
  return service;
}

/** Without a signature, only what is asked tells whom. */
function unsignedService(protocol: Protocol, input: ApiCall['input']): ServiceName {
  if (protocol === 'rest-json') return 'ram';
  if (protocol !== 'ec2') return 'monitoring';
  return input.format === 'query' && input.parameters.get('Version') === MONITORING_VERSION
    ? 'monitoring'
    : 'ec2';
}

function wrongService(): RequestRefusal {
  return new RequestRefusal(
    'wrong-scope',
    `Credential should be scoped to a service: ${SERVICE_NAMES.join(', ')}`,
  );
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
