/** Bearer tokens (RFC 6750): whoever has one may ask. Two at once, so that one can be replaced while clients still send it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { ListenFileError, readListenFile } from './tls-files.js';

/** RFC 6750 section 2.1: b68token. Shorter ones can be guessed. */
const TOKEN = /^(?=.{16,1024}$)[A-Za-z0-9._~+/-]+=*$/;
const AUTHORIZATION = /^bearer +(\S+) *$/i;
const MAXIMUM_TOKENS = 2;
const MAXIMUM_BYTES = 4096;

export class BearerTokens {
  readonly #digests: readonly Buffer[];

  constructor(tokens: readonly string[]) {
    this.#digests = tokens.map(digestOf);
  }

  /** Takes as long for a wrong token as for a right one. @param authorization the header of a request */
  accept(authorization: string | undefined): boolean {
    const digest = digestOf(AUTHORIZATION.exec(authorization ?? '')?.[1] ?? '');
    let isKnown = false;
    for (const known of this.#digests) isKnown = timingSafeEqual(known, digest) || isKnown;
    return isKnown;
  }
}

/**
 * Reads one token or two, each on a line of its own.
 * @param key of the configuration, for errors. @throws ListenFileError (rejects)
 */
export async function readBearerTokens(key: string, path: string): Promise<BearerTokens> {
  const text = await readListenFile(key, path, MAXIMUM_BYTES, true);
  const lines = text.split('\n').map((line) => line.trim());
  const tokens = lines.filter((line) => line !== '');
  const isRight = tokens.length > 0 && tokens.length <= MAXIMUM_TOKENS && tokens.every(isToken);
  if (isRight) return new BearerTokens(tokens);
  const wanted =
    'one token, or two on two lines, of 16 to 1024 letters, digits and any of -._~+/, = at the end';
  // What the file holds is not shown.
  throw new ListenFileError(`${key} ${path}: expected ${wanted}`);
}

function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Of the same length for every text. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
