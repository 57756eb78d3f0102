/** Calls of the service `traffic-mirror`, signed: AWS JSON 1.0, Signature Version 4. */
import { createHash } from 'node:crypto';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { computeSignature } from '../../api/authentication/authenticate.js';
import { CommandError, EXIT_BAD_INPUT, EXIT_NOT_PERMITTED } from '../command-error.js';
import { safeLine } from '../terminal-text.js';
import { clearTextNote, type Endpoint, type Environment, openEndpoint } from './endpoint.js';

const SERVICE = 'traffic-mirror';
const TARGET_PREFIX = 'TrafficMirror_20261101.';
const CONTENT_TYPE = 'application/x-amz-json-1.0';
/** A page of a status has about 1 MiB, a list of load balancers may have more. */
const MAXIMUM_RESPONSE_BYTES = 64 * 2 ** 20;
const RESPONSE_TIMEOUT_MS = 20_000;
/** Of a server's error that are shown. */
const SHOWN_CHARACTERS = 500;

/** Errors that mean that the caller may not, or is not known. */
const REFUSALS: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'UnrecognizedClientException',
]);

/** Of Node, for a certificate that no known authority has signed. */
const UNTRUSTED = /self-signed certificate|unable to (get local issuer|verify the first) certificate/;

interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface CallOptions {
  /** For how long the server may wait before it answers. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
}

/** A client for a URL. Notes go to standard error. @throws CommandError for a URL that is none of an API, and without a key */
export function openClient(url: string, environment: Environment): ControlClient {
  const endpoint = openEndpoint(url, environment);
  const note = clearTextNote(endpoint.url);
  if (note !== undefined) process.stderr.write(`${safeLine(note)}\n`);
  return new ControlClient(endpoint);
}

export class ControlClient {
  /** Bytes of all answers so far. */
  receivedBytes = 0;
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  /** The address, without anything secret. */
  get name(): string {
    return this.#endpoint.url.origin;
  }

  /** @throws CommandError with one line: it is not reached, refuses, or is no such API (rejects) */
  async call<Response>(action: string, input: object, options: CallOptions = {}): Promise<Response> {
    const { status, body } = await this.#send(action, JSON.stringify(input), options);
    this.receivedBytes += Buffer.byteLength(body);
    const content = parse(body);
    if (status === 200 && content !== undefined) return content as Response;
    if (typeof content?.__type !== 'string') {
      const what = `does not answer as the control API of traffic-mirror, but with status ${status}`;
      throw new CommandError(EXIT_BAD_INPUT, `${this.name} ${what}`);
    }
    const code = safeLine(content.__type.replace(/^.*#/, '').slice(0, SHOWN_CHARACTERS));
    const text = safeLine(String(content.message ?? '').slice(0, SHOWN_CHARACTERS));
    const exit = REFUSALS.has(code) ? EXIT_NOT_PERMITTED : EXIT_BAD_INPUT;
    throw new CommandError(exit, `${this.name} refuses ${action}: ${code}: ${text}`);
  }

  #send(action: string, body: string, { waitMs = 0, signal }: CallOptions): Promise<Answer> {
    const { url } = this.#endpoint;
    const request = url.protocol === 'https:' ? requestHttps : requestHttp;
    return new Promise((resolve, reject) => {
      const sent = request(
        url,
        {
          method: 'POST',
          headers: signedHeaders(this.#endpoint, action, body, Date.now()),
          timeout: waitMs + RESPONSE_TIMEOUT_MS,
          // By the next call the server may have closed the connection.
          agent: false,
          ...(signal && { signal }),
        },
        (response) => void readAll(response).then(resolve, fail),
      );
      const fail = (error: Error): void => {
        sent.destroy();
        const hint = UNTRUSTED.test(error.message)
          ? ': NODE_EXTRA_CA_CERTS names the file with the certificate of its authority'
          : '';
        reject(
          new CommandError(
            EXIT_BAD_INPUT,
            `no control API answers on ${this.name}: ${safeLine(error.message)}${hint}`,
          ),
        );
      };
      sent.on('error', fail);
      sent.on('timeout', () => fail(new Error('it does not answer')));
      sent.end(body);
    });
  }
}

async function readAll(response: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAXIMUM_RESPONSE_BYTES) throw new Error('its answer is too long');
    parts.push(part);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') };
}

/** The headers of a call, with its signature over all that the server wants signed. */
function signedHeaders(
  { url, region, accessKeyId, secretAccessKey, sessionToken }: Endpoint,
  action: string,
  body: string,
  nowMs: number,
): Record<string, string> {
  const dateTime = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const day = dateTime.slice(0, 8);
  const digest = createHash('sha256').update(body).digest('hex');
  const headers: Record<string, string> = {
    host: url.host,
    'content-type': CONTENT_TYPE,
    'x-amz-content-sha256': digest,
    'x-amz-date': dateTime,
    'x-amz-target': `${TARGET_PREFIX}${action}`,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const signature = computeSignature(
    { method: 'POST', path: '/', query: new Map(), headers: new Map(Object.entries(headers)) },
    { dateTime, day, region, service: SERVICE, signedHeaders: names },
    secretAccessKey,
    digest,
  ).toString('hex');
  const scope = `${accessKeyId}/${day}/${region}/${SERVICE}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

function parse(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
