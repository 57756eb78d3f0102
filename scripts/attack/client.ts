/** Calls of the control API, one connection's worth at a time or many, signed by `sign.ts`. */
import { Agent, request as httpRequest } from 'node:http';
import { XMLParser } from 'fast-xml-parser';
import { API } from './configuration.js';
import { encodeQuery, type Key, REGION, signHeaders } from './sign.js';

const FORM = 'application/x-www-form-urlencoded';
const VERSION = '2016-11-15';
/** An answer that comes later has failed; nothing that is asked here is much work. */
const ANSWER_TIMEOUT_MS = 10_000;

export type Values = Readonly<Record<string, string | number | boolean>>;

export interface Endpoint {
  readonly host?: string;
  readonly port?: number;
  readonly socketPath?: string;
}

export interface HttpRequest {
  readonly method: string;
  /** With its query string. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Sends a request as it is. @throws Error when the connection breaks or 10 s pass without an answer (rejects) */
export function send(
  endpoint: Endpoint,
  { method, target, headers, body }: HttpRequest,
  agent?: Agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { ...endpoint, agent, method, path: target, headers, timeout: ANSWER_TIMEOUT_MS },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      },
    );
    request.on('timeout', () => request.destroy(new Error('no answer within 10 s')));
    request.on('error', reject);
    request.end(body);
  });
}

/** The body of a call of EC2. */
export function formOf(action: string, values: Values): string {
  const pairs = Object.entries(values).map(([name, value]): [string, string] => [name, String(value)]);
  return encodeQuery([['Action', action], ['Version', VERSION], ...pairs]);
}

/** A POST to `/`, signed now in its header. */
export function signedPost(key: Key, service: string, body: string): HttpRequest {
  const headers = { host: `${API.host}:${API.port}`, 'content-type': FORM };
  const unsigned = { method: 'POST', path: '/', query: [], headers, body };
  const signed = signHeaders(unsigned, key, { service, region: REGION, at: new Date() });
  return { method: 'POST', target: '/', headers: signed, body };
}

/** What an answer of EC2 says. */
export interface Ec2Answer extends Answer {
  /** `InvalidParameterValue` and the like; undefined for a success. */
  readonly code: string | undefined;
  /** The document below its root. */
  readonly content: Readonly<Record<string, unknown>>;
}

/** A user of the EC2 service, with so many connections that are kept open. */
export class Ec2User {
  readonly #key: Key;
  readonly #agent: Agent;

  constructor(key: Key, connections = 1) {
    this.#key = key;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  async call(action: string, values: Values = {}): Promise<Ec2Answer> {
    return readAnswer(await send(API, signedPost(this.#key, 'ec2', formOf(action, values)), this.#agent));
  }

  /** @throws Error when it is refused (rejects) */
  async must(action: string, values: Values = {}): Promise<Ec2Answer['content']> {
    const { status, text, content } = await this.call(action, values);
    if (status !== 200) throw new Error(`${action}: ${status} ${text}`);
    return content;
  }

  /** Creates, and tells the id. @throws Error when it is refused (rejects) */
  async create(kind: 'Target' | 'Filter' | 'FilterRule' | 'Session', values: Values = {}): Promise<string> {
    const content = await this.must(`CreateTrafficMirror${kind}`, values);
    const resource = content[`trafficMirror${kind}`] as Record<string, string>;
    return resource[`trafficMirror${kind}Id`];
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Reads the document; one that is no XML has no code and no content. */
export function readAnswer(answer: Answer): Ec2Answer {
  const parser = new XMLParser({
    isArray: (name) => name === 'item',
    parseTagValue: false,
    // Texts are compared, so nothing may be taken off them.
    trimValues: false,
    ignoreDeclaration: true,
  });
  let document: Record<string, Record<string, unknown>> = {};
  try {
    document = parser.parse(answer.text) as typeof document;
  } catch {
    // Told by what is missing.
  }
  const [content = {}] = Object.values(document).filter((value) => typeof value === 'object');
  const errors = content.Errors as { Error?: { Code?: string } } | undefined;
  return { ...answer, content, code: errors?.Error?.Code };
}

/** The items of a list element; an empty element is an empty list. */
export function itemsOf<Item>(content: Readonly<Record<string, unknown>>, name: string): Item[] {
  const list = content[name] as { item?: Item[] } | string | undefined;
  return typeof list === 'object' ? (list.item ?? []) : [];
}
