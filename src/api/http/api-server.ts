/**
 * The server of the control API: takes requests off the wire, finds out who sent them, and hands them to their
 * services. What clients may hold of it is bounded, whatever their number and their manners.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HeldBytes } from '../../listen/held-bytes.js';
import { HttpServer, type ServerCertificate } from '../../listen/http-server.js';
import type { ListenAddress } from '../../listen/listen.js';
import type { AccessKeys } from '../authentication/access-key.js';
import { type ClaimedRequest, requireClaim, requireSignature } from '../authentication/authenticate.js';
import { claimedService, isSigned } from '../authentication/signature-claim.js';
import type { SignedRequest } from '../authentication/signed-request.js';
import { RequestRefusal, tooBusy } from '../request-refusal.js';
import {
  type ApiAnswer,
  type ApiCall,
  type ApiService,
  type Principal,
  SERVICE_NAMES,
  type ServiceName,
} from '../service.js';
import { ClientGoneError, discardBody, readBody } from './body.js';
import { CallLimits } from './call-limits.js';
import { decodeCall, decodedBytes } from './decode-call.js';
import { PROTOCOLS, type Protocol, protocolOf } from './protocol.js';
import { formatRefusal } from './refusal-answer.js';
import { readHead } from './request-head.js';

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
const MAXIMUM_CALLS = 256;
const MAXIMUM_CALLS_OF_USER = 128;
/** Of all bodies that are there or on their way, of what is made of them, and of answers that are not read yet. */
const MAXIMUM_HELD_BYTES = 32 * 2 ** 20;

const MONITORING_VERSION = '2010-08-01';

export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #memory = new HeldBytes(MAXIMUM_HELD_BYTES);
  readonly #limits = new CallLimits();
  #http: HttpServer | undefined;

  private constructor(options: ApiServerOptions) {
    this.#options = options;
  }

  /** @throws ListenError (rejects); Error for a certificate that does not fit its key */
  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const server = new ApiServer(options);
    server.#http = await HttpServer.start({
      key: 'api.listen',
      listen: options.listen,
      tls: options.tls,
      maximumConnections: MAXIMUM_CONNECTIONS,
      memory: server.#memory,
      answer: (request, spare) => server.#take(request, spare),
    });
    return server;
  }

  /** Of a TCP socket; undefined for a unix socket. */
  get port(): number | undefined {
    return this.#http?.port;
  }

  /** Resolves when what was asked is answered and every connection is closed, after a second at the latest. */
  async close(): Promise<void> {
    await this.#http?.close();
  }

  /** @throws ClientGoneError (rejects), or a fault of ours that is told already */
  async #take(request: IncomingMessage, spare: () => void): Promise<ApiAnswer> {
    const startedMs = performance.now();
    const requestId = randomUUID();
    const pending = new PendingRequest();
    try {
      const answer = await this.#answer(request, requestId, pending, spare);
      const durationMs = performance.now() - startedMs;
      this.#options.onAnswered({ requestId, status: answer.status, durationMs, call: pending.call });
      return { ...answer, headers: { ...answer.headers, 'x-amzn-RequestId': requestId } };
    } catch (error) {
      if (!(error instanceof ClientGoneError)) this.#options.onInternalError(requestId, error);
      throw error;
    }
  }

  async #answer(
    request: IncomingMessage,
    requestId: string,
    pending: PendingRequest,
    spare: () => void,
  ): Promise<ApiAnswer> {
    try {
      return await this.#call(request, requestId, pending, spare);
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

  async #call(
    request: IncomingMessage,
    requestId: string,
    pending: PendingRequest,
    spare: () => void,
  ): Promise<ApiAnswer> {
    const head = readHead(request);
    const service = claimedService(head);
    pending.protocol = protocolOf(head, service);
    const claimed = this.#requireKnown(head, service, pending.protocol);
    const holding = this.#memory.hold(() => request.socket.destroy());
    try {
      const body = await readBody(request, holding);
      holding.keep();
      spare();
      return await this.#limits.run('', MAXIMUM_CALLS, async () => {
        const principal = await this.#authenticate(claimed, body);
        return this.#limits.run(principal.arn, MAXIMUM_CALLS_OF_USER, () => {
          const decoded = decodeCall(head, pending.protocol, body);
          if (!holding.add(decodedBytes(decoded.input, body.length))) throw tooBusy();
          const name =
            service === undefined
              ? unsignedService(pending.protocol, decoded.input)
              : requireService(service);
          pending.call = { service: name, region: this.#options.region, principal, requestId, ...decoded };
          return this.#options.services[name].handle(pending.call);
        });
      });
    } finally {
      holding.release();
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
  protocol: Protocol = 'ec2';
  call: ApiCall | undefined;
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
