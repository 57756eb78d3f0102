/** Whether the end of a request is where everybody on its way sees it. */
import type { IncomingMessage } from 'node:http';

/** Of a head; clients of AWS send about twenty. */
export const MAXIMUM_HEADERS = 200;

/**
 * False for a request whose end others on the way may see elsewhere (RFC 9112 section 6.1): nothing behind it on
 * the same connection can be trusted. So is one with MAXIMUM_HEADERS or more: Node leaves out what comes behind them,
 * and does not say so.
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
