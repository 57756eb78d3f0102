/**
 * The server of the control API: reads requests, authenticates their callers, and passes the calls to their services.
 * What clients hold of it is bounded, however many they are and whatever they send.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HeldBytes } from '../../listen/held-bytes.js';
import { type HttpResponse, HttpServer, type ServerCertificate } from '../../listen/http-server.js';
import type { ListenAddress } from '../../listen/listen.js';
import { peerAddress } from '../../resources/address.js';
import type { AnsweredCall } from '../audit.js';
import { type AccessKeys, loggableKeyId } from '../authentication/access-keys.js';
import { type ClaimedRequest, requireClaim, requireSignature } from '../authentication/authenticate.js';
import { readClaim, type SignatureClaim, wrongService } from '../authentication/signature-claim.js';
import type { SignedRequest } from '../authentication/signed-request.js';
import { RequestError, tooBusy } from '../errors.js';
import type { ApiCall, ApiResponse, ApiService, Principal } from '../service.js';
import { type Protocol, type ServiceName, speaks } from '../services.js';
import type { ConsoleFiles } from './console-files.js';
import { decodeCall, decodedBytes, protocolOf, requestErrorResponse, unsignedServiceOf } from './protocol.js';
import { ClientGoneError, discardBody, readBody, readHead } from './read-request.js';

/** The source of requests on the unix socket, for the audit log. */
const UNIX_SOURCE = 'unix';

const MAXIMUM_CONNECTIONS = 1000;
const MAXIMUM_CALLS = 256;
const MAXIMUM_CALLS_OF_USER = 128;
/** Bytes of bodies that have arrived or are arriving, of what is decoded from them, and of unread responses. */
const MAXIMUM_HELD_BYTES = 32 * 2 ** 20;

/** A request that was answered. */
interface AnsweredRequest extends AnsweredCall {
  readonly durationMs: number;
}

export interface ApiServerOptions {
  readonly listen: ListenAddress;
  /** Absent: without encryption. */
  readonly tls?: ServerCertificate | undefined;
  /** The region that signatures must be for. */
  readonly region: string;
  readonly accessKeys: () => AccessKeys;
  /** Who sends the unsigned requests on the unix socket. Absent: every request must be signed. */
  readonly socketPrincipal?: Principal | undefined;
  readonly services: Readonly<Record<ServiceName, ApiService>>;
  /** Served to everyone, below /console/. Absent: such paths are calls like all others. */
  readonly console?: ConsoleFiles | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onAnswered: (request: AnsweredRequest) => void;
  /** Called for a bug; the client has got an internal error. */
  readonly onInternalError: (requestId: string, error: unknown) => void;
}

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
      answer: async (request, onComplete) =>
        (await server.#answerConsole(request)) ?? server.#answer(request, onComplete),
    });
    return server;
  }

  /** The TCP port; undefined for a unix socket. */
  get port(): number | undefined {
    return this.#http?.port;
  }

  /** Resolves when pending requests are answered and all connections are closed, after a second at the latest. */
  async close(): Promise<void> {
    await this.#http?.close();
  }

  /** Needs no key, and no place among the calls. @throws ClientGoneError (rejects) */
  async #answerConsole(request: IncomingMessage): Promise<HttpResponse | undefined> {
    const response = this.#options.console?.answer(request);
    if (response !== undefined) await discardBody(request);
    return response;
  }

  /** @throws ClientGoneError (rejects), or another error that was reported to `onInternalError` */
  async #answer(request: IncomingMessage, onComplete: () => void): Promise<ApiResponse> {
    const startedMs = performance.now();
    const requestId = randomUUID();
    const pending = new PendingRequest(this.#sourceOf(request));
    try {
      const response = await this.#respond(request, requestId, pending, onComplete);
      pending.response = response;
      return { ...response, headers: { ...response.headers, 'x-amzn-RequestId': requestId } };
    } catch (error) {
      if (!(error instanceof ClientGoneError)) this.#options.onInternalError(requestId, error);
      throw error;
    } finally {
      this.#reportAnswered(requestId, performance.now() - startedMs, pending);
    }
  }

  /** Reports an error response too when its client did not wait for it. */
  #reportAnswered(requestId: string, durationMs: number, pending: PendingRequest): void {
    const { source, accessKeyId, call, response } = pending;
    if (response === undefined) return;
    this.#options.onAnswered({ requestId, durationMs, source, accessKeyId, call, response });
  }

  async #respond(
    request: IncomingMessage,
    requestId: string,
    pending: PendingRequest,
    onComplete: () => void,
  ): Promise<ApiResponse> {
    try {
      return await this.#call(request, requestId, pending, onComplete);
    } catch (error) {
      if (error instanceof ClientGoneError) throw error;
      const isExpected = error instanceof RequestError;
      if (!isExpected) this.#options.onInternalError(requestId, error);
      const shown = isExpected ? error : new RequestError('internal', 'An internal error has occurred');
      pending.response = requestErrorResponse(shown, pending.protocol, requestId, pending.service);
      // A client that still sends would not see a response on a connection that is closed before it is done.
      await discardBody(request);
      return pending.response;
    }
  }

  async #call(
    request: IncomingMessage,
    requestId: string,
    pending: PendingRequest,
    onComplete: () => void,
  ): Promise<ApiResponse> {
    const head = readHead(request);
    pending.protocol = protocolOf(head, undefined);
    const claim = readClaim(head);
    pending.accessKeyId = claim && loggableKeyId(claim.accessKeyId, this.#options.accessKeys());
    pending.service = claim?.service;
    pending.protocol = protocolOf(head, claim?.service);
    const claimed = this.#requireKnown(head, claim, pending.protocol);
    const holding = this.#memory.hold(() => request.socket.destroy());
    const client = new ClientWatch(request);
    try {
      const body = await readBody(request, holding);
      holding.keep();
      onComplete();
      return await this.#limits.run('', MAXIMUM_CALLS, async () => {
        const principal = this.#withOrigin(this.#authenticate(claimed, body), pending);
        return this.#limits.run(principal.arn, MAXIMUM_CALLS_OF_USER, () => {
          const decoded = decodeCall(head, pending.protocol, body, claim?.service);
          if (!holding.add(decodedBytes(decoded.input, body.length))) throw tooBusy();
          const name = claim?.service ?? unsignedServiceOf(head, pending.protocol, decoded.input);
          const { region } = this.#options;
          pending.call = { service: name, region, principal, requestId, gone: client.gone, ...decoded };
          return this.#options.services[name].handle(pending.call);
        });
      });
    } finally {
      client.end();
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

  /**
   * The peer of the connection, or `unix`. No header names it: a client could write any address there.
   * @throws ClientGoneError for a connection that was reset before it was looked at: no policy could judge its address
   */
  #sourceOf({ socket }: IncomingMessage): string {
    if (this.#options.listen.kind === 'unix') return UNIX_SOURCE;
    const source = peerAddress(socket.remoteAddress ?? '');
    if (source === undefined) throw new ClientGoneError();
    return source;
  }

  #withOrigin(principal: Principal, { source }: PendingRequest): Principal {
    const { tls, now } = this.#options;
    const sourceIp = source === UNIX_SOURCE ? undefined : source;
    return { ...principal, origin: { sourceIp, isSecure: tls !== undefined, time: now() } };
  }

  #authenticate(claimed: ClaimedRequest | undefined, body: Uint8Array): Principal {
    const { accessKeys, socketPrincipal } = this.#options;
    if (claimed !== undefined) return requireSignature(claimed, accessKeys(), body);
    if (socketPrincipal !== undefined) return socketPrincipal;
    throw missingCredentials();
  }
}

/** Whether the client of a request is still there. */
class ClientWatch {
  readonly #controller = new AbortController();
  readonly #socket: IncomingMessage['socket'];
  readonly #onClose = (): void => this.#controller.abort();

  constructor({ socket }: IncomingMessage) {
    this.#socket = socket;
    if (socket.destroyed) this.#onClose();
    else socket.once('close', this.#onClose);
  }

  /** Aborted when the connection closes: by then nobody waits for the response. */
  get gone(): AbortSignal {
    return this.#controller.signal;
  }

  /** The connection may have many more requests. */
  end(): void {
    this.#socket.off('close', this.#onClose);
  }
}

/** Calls in progress: a maximum for all, and one for each user, so that no user can keep out the others. */
class CallLimits {
  readonly #running = new Map<string, number>();

  /** @param key what the calls are counted by. @throws RequestError busy, and what the call throws (rejects) */
  async run<Result>(key: string, maximum: number, call: () => Promise<Result>): Promise<Result> {
    const before = this.#running.get(key) ?? 0;
    if (before >= maximum) throw tooBusy();
    this.#running.set(key, before + 1);
    try {
      return await call();
    } finally {
      const left = (this.#running.get(key) ?? 1) - 1;
      if (left > 0) this.#running.set(key, left);
      else this.#running.delete(key);
    }
  }
}

/** What is known of a request so far, for its response and its log line. */
class PendingRequest {
  readonly source: string;
  protocol: Protocol = 'ec2';
  /** The service that the signature names, whether or not the signature is right. */
  service: ServiceName | undefined;
  accessKeyId: string | undefined;
  call: ApiCall | undefined;
  response: ApiResponse | undefined;

  constructor(source: string) {
    this.source = source;
  }
}

function missingCredentials(): RequestError {
  return new RequestError('missing-credentials', 'The request must be signed with a valid access key');
}
