/**
 * The server of the control API: takes requests off the wire, finds out who sent them, and hands them to their
 * services. What clients may hold of it is bounded, whatever their number and their manners.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HeldBytes } from '../../listen/held-bytes.js';
import { HttpServer, type ServerCertificate } from '../../listen/http-server.js';
import type { ListenAddress } from '../../listen/listen.js';
import type { AnsweredCall } from '../audit.js';
import type { AccessKeys } from '../authentication/access-key.js';
import { type ClaimedRequest, requireClaim, requireSignature } from '../authentication/authenticate.js';
import { readClaim, type SignatureClaim, wrongService } from '../authentication/signature-claim.js';
import type { SignedRequest } from '../authentication/signed-request.js';
import { RequestError, tooBusy } from '../errors.js';
import type { ApiCall, ApiResponse, ApiService, Principal } from '../service.js';
import { type Protocol, queryProtocolOf, type ServiceName, speaks, unsignedService } from '../services.js';
import { ClientGoneError, discardBody, readBody } from './body.js';
import { CallLimits } from './call-limits.js';
import { claimedAccessKeyId } from './claimed-access-key.js';
import { decodeCall, decodedBytes } from './decode-call.js';
import { formatRefusal } from './refusal-response.js';
import { readHead } from './request-head.js';

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
const MAXIMUM_CALLS = 256;
const MAXIMUM_CALLS_OF_USER = 128;
/** Of all bodies that are there or on their way, of what is made of them, and of answers that are not read yet. */
const MAXIMUM_HELD_BYTES = 32 * 2 ** 20;

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
  async #take(request: IncomingMessage, spare: () => void): Promise<ApiResponse> {
    const startedMs = performance.now();
    const requestId = randomUUID();
    const { listen } = this.#options;
    const pending = new PendingRequest(listen.kind === 'unix' ? 'unix' : request.socket.remoteAddress);
    try {
      const answer = await this.#answer(request, requestId, pending, spare);
      pending.answer = answer;
      return { ...answer, headers: { ...answer.headers, 'x-amzn-RequestId': requestId } };
    } catch (error) {
      if (!(error instanceof ClientGoneError)) this.#options.onInternalError(requestId, error);
      throw error;
    } finally {
      this.#tell(requestId, performance.now() - startedMs, pending);
    }
  }

  /** Also of a refusal that its client did not wait for. */
  #tell(requestId: string, durationMs: number, { source, accessKeyId, call, answer }: PendingRequest): void {
    if (answer === undefined) return;
    this.#options.onAnswered({ requestId, durationMs, source, accessKeyId, call, answer });
  }

  async #answer(
    request: IncomingMessage,
    requestId: string,
    pending: PendingRequest,
    spare: () => void,
  ): Promise<ApiResponse> {
    try {
      return await this.#call(request, requestId, pending, spare);
    } catch (error) {
      if (error instanceof ClientGoneError) throw error;
      if (!(error instanceof RequestError)) this.#options.onInternalError(requestId, error);
      const isRefusal = error instanceof RequestError;
      const refusal = isRefusal ? error : new RequestError('internal', 'An internal error has occurred');
      pending.answer = formatRefusal(refusal, pending.protocol, requestId, pending.service);
      // A client that still sends would not see an answer on a connection that is closed before it is done.
      await discardBody(request);
      return pending.answer;
    }
  }

  async #call(
    request: IncomingMessage,
    requestId: string,
    pending: PendingRequest,
    spare: () => void,
  ): Promise<ApiResponse> {
    const head = readHead(request);
    pending.protocol = protocolOf(head, undefined);
    const claim = readClaim(head);
    pending.accessKeyId = claimedAccessKeyId(claim, this.#options.accessKeys());
    pending.service = claim?.service;
    pending.protocol = protocolOf(head, claim?.service);
    const claimed = this.#requireKnown(head, claim, pending.protocol);
    const holding = this.#memory.hold(() => request.socket.destroy());
    try {
      const body = await readBody(request, holding);
      holding.keep();
      spare();
      return await this.#limits.run('', MAXIMUM_CALLS, async () => {
        const principal = this.#authenticate(claimed, body);
        return this.#limits.run(principal.arn, MAXIMUM_CALLS_OF_USER, () => {
          const decoded = decodeCall(head, pending.protocol, body, claim?.service);
          if (!holding.add(decodedBytes(decoded.input, body.length))) throw tooBusy();
          const name = claim?.service ?? unsignedServiceOf(pending.protocol, decoded.input);
          pending.call = { service: name, region: this.#options.region, principal, requestId, ...decoded };
          return this.#options.services[name].handle(pending.call);
        });
      });
    } finally {
      holding.release();
    }
  }

  /** @returns undefined for the principal of the unix socket. @throws RequestError */
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
    if (!speaks(claim.service, protocol)) throw wrongService();
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
  readonly source: string;
  protocol: Protocol = 'ec2';
  /** That of the signature, whether or not it was right. */
  service: ServiceName | undefined;
  accessKeyId: string | undefined;
  call: ApiCall | undefined;
  answer: ApiResponse | undefined;

  /** @param source undefined for a connection that is closed already */
  constructor(source: string | undefined) {
    this.source = source ?? 'unknown';
  }
}

function missingCredentials(): RequestError {
  return new RequestError('missing-credentials', 'The request must be signed with a valid access key');
}

/** @param service of the signature, as far as it is known; it tells the two Query protocols from each other */
function protocolOf({ path, headers }: SignedRequest, service: ServiceName | undefined): Protocol {
  if (headers.get('smithy-protocol') === 'rpc-v2-cbor') return 'cbor';
  if (headers.has('x-amz-target')) return 'json';
  return path === '/' ? queryProtocolOf(service) : 'rest-json';
}

/** @throws RequestError unknown-operation when no service speaks the protocol */
function unsignedServiceOf(protocol: Protocol, input: ApiCall['input']): ServiceName {
  const version = input.format === 'query' ? input.parameters.get('Version') : undefined;
  const service = unsignedService(protocol, version);
  if (service !== undefined) return service;
  throw new RequestError('unknown-operation', 'No service speaks the protocol of the request');
}
