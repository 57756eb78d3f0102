/**
 * The files of the console, served under /console/ of the listener of the API. They are what `npm run build` makes of
 * the folder console/, read once: a request chooses one of a list by its whole path, and names no place on the disk.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HeldBytes } from '../../listen/held-bytes.js';
import type { HttpResponse } from '../../listen/http-server.js';
import { type Coding, type ConsoleFile, readConsoleFiles } from './read-console-files.js';

const ROOT = '/console/';
const INDEX = `${ROOT}index.html`;
/** Vite names what is in it by its content. */
const HASHED = `${ROOT}assets/`;

/** Bytes of files that clients have not read yet. Calls have a bound of their own, which these never touch. */
const MAXIMUM_HELD_BYTES = 16 * 2 ** 20;

/** What the page may load and reach: its own files and this server, and no code or style written into the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

const YEAR = 'public, max-age=31536000, immutable';
const ALWAYS_ASK = 'no-cache';

/** How the bytes of a response are coded: best first. */
const CODINGS: readonly Coding[] = ['br', 'gzip', 'identity'];

type Request = Pick<IncomingMessage, 'method' | 'url' | 'headers'>;

/** A file in one coding, ready to be sent. */
interface Variant {
  readonly body: Uint8Array;
  readonly tag: string;
  readonly headers: Readonly<Record<string, string>>;
}

type Variants = Readonly<Partial<Record<Coding, Variant>>>;

export class ConsoleFiles {
  readonly #files: ReadonlyMap<string, Variants>;
  readonly #memory = new HeldBytes(MAXIMUM_HELD_BYTES);

  private constructor(files: ReadonlyMap<string, Variants>) {
    this.#files = files;
  }

  /**
   * Reads them. @param directory what the build made: dist/console/www
   * @returns undefined without an index.html in it: the console was not built
   * @throws Error of the system (rejects)
   */
  static async read(directory: string): Promise<ConsoleFiles | undefined> {
    const files = await readConsoleFiles(directory);
    if (!files.has('index.html')) return undefined;
    const variants = new Map([...files].map(([path, file]) => [ROOT + path, variantsOf(ROOT + path, file)]));
    return new ConsoleFiles(variants.set(ROOT, variants.get(INDEX)!));
  }

  /** @returns the response to a request for a path of the console; undefined for every other request */
  answer({ method, url = '', headers }: Request): HttpResponse | undefined {
    const path = url.split('?', 1)[0]!;
    if (path !== '/console' && !path.startsWith(ROOT)) return undefined;
    if (method !== 'GET' && method !== 'HEAD')
      return refusal(405, 'Only GET and HEAD', { allow: 'GET, HEAD' });
    if (path === '/console') return refusal(308, 'See /console/', { location: ROOT });
    const variants = this.#files.get(path);
    if (variants === undefined) return refusal(404, 'The console has no such file', {});
    const { body, tag, headers: own } = chooseVariant(variants, headers['accept-encoding']);
    if (isNamed(tag, headers['if-none-match'])) {
      const { 'content-type': _type, 'content-encoding': _coding, ...kept } = own;
      return { status: 304, headers: kept, body: '' };
    }
    return { status: 200, headers: own, body, memory: this.#memory };
  }
}

function variantsOf(path: string, { type, content }: ConsoleFile): Variants {
  const isCoded = Object.keys(content).length > 1;
  const variants: Partial<Record<Coding, Variant>> = {};
  for (const coding of CODINGS) {
    const body = content[coding];
    if (body === undefined) continue;
    const tag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const headers = {
      ...HEADERS,
      'content-type': type,
      'cache-control': path.startsWith(HASHED) ? YEAR : ALWAYS_ASK,
      etag: tag,
      ...(isCoded && { vary: 'accept-encoding' }),
      ...(coding !== 'identity' && { 'content-encoding': coding }),
    };
    variants[coding] = { body, tag, headers };
  }
  return variants;
}

/** RFC 9110 section 12.5.3. What accepts nothing that there is gets the file as it is. */
function chooseVariant(variants: Variants, accepted: string | string[] | undefined): Variant {
  const weights = weightsOf(String(accepted ?? ''));
  const chosen = CODINGS.find((coding) => {
    if (variants[coding] === undefined || coding === 'identity') return false;
    return (weights.get(coding) ?? weights.get('*') ?? 0) > 0;
  });
  return variants[chosen ?? 'identity']!;
}

/** Weights of an Accept-Encoding header by coding; a weight that is no number counts as 0. */
function weightsOf(header: string): Map<string, number> {
  const entries = header.toLowerCase().split(',');
  return new Map(
    entries.map((entry) => {
      const [name = '', weight = 'q=1'] = entry.split(';').map((part) => part.trim());
      return [name, Number(weight.replace(/^q=/, '')) || 0];
    }),
  );
}

/** RFC 9110 section 13.1.2: the weak comparison. */
function isNamed(tag: string, header: string | undefined): boolean {
  const named = header?.split(',').map((entry) => entry.trim().replace(/^W\//, '')) ?? [];
  return named.includes(tag) || named.includes('*');
}

function refusal(status: number, text: string, headers: Readonly<Record<string, string>>): HttpResponse {
  const type = { 'content-type': 'text/plain; charset=utf-8', 'cache-control': ALWAYS_ASK };
  return { status, headers: { ...HEADERS, ...type, ...headers }, body: `${text}\n` };
}
