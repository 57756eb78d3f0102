/** Where a server of the daemon listens, as it is written: `host:port`, `[IPv6]:port`, or `unix:PATH`. */
import { isIPv4, isIPv6 } from 'node:net';
import { isAbsolute } from 'node:path';
import type { ListenAddress } from '../listen/listen.js';
import { fitsUnixPath, MAXIMUM_UNIX_PATH_BYTES } from '../listen/listen.js';
import { accepted, type Parsed, type Refusal, refused } from '../resources/parsed.js';
import { isLine } from '../resources/text.js';

const UNIX = 'unix:';

const MAXIMUM_PORT = 65535;

/** An address that only this host can reach: for what has no authentication of its own. */
export function parseLocalListen(value: unknown): Parsed<ListenAddress> {
  const address = readListen(value);
  if (address !== undefined && isLocal(address)) return accepted(address);
  return (
    tooLong(value) ??
    refused('a loopback address and port such as 127.0.0.1:9464, or unix: and an absolute path', value)
  );
}

/** Any address of this host. */
export function parseListen(value: unknown): Parsed<ListenAddress> {
  const address = readListen(value);
  if (address !== undefined) return accepted(address);
  return (
    tooLong(value) ??
    refused('an address and port such as 127.0.0.1:8780, or unix: and an absolute path', value)
  );
}

/** True for an address that only this host can reach. */
export function isLocal(address: ListenAddress): boolean {
  return address.kind === 'unix' || isLoopback(address.host);
}

function readListen(value: unknown): ListenAddress | undefined {
  if (typeof value !== 'string') return undefined;
  return value.startsWith(UNIX) ? parseUnix(value.slice(UNIX.length)) : parseTcp(value);
}

function parseUnix(path: string): ListenAddress | undefined {
  const fits = isAbsolute(path) && isLine(path) && fitsUnixPath(path);
  return fits ? { kind: 'unix', path } : undefined;
}

/** The limit is told: nobody knows it by heart. */
function tooLong(value: unknown): Refusal | undefined {
  if (typeof value !== 'string' || !value.startsWith(UNIX)) return undefined;
  const path = value.slice(UNIX.length);
  if (fitsUnixPath(path)) return undefined;
  const limit = `the path of a unix socket has at most ${MAXIMUM_UNIX_PATH_BYTES} bytes, this one has`;
  return refused(`a shorter path: ${limit} ${Buffer.byteLength(path)}`, value);
}

function parseTcp(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (!(port >= 1 && port <= MAXIMUM_PORT)) return undefined;
  if (bracketed !== undefined) return isIPv6(bracketed) ? { kind: 'tcp', host: bracketed, port } : undefined;
  const host = plain ?? '';
  return isIPv4(host) || host === 'localhost' ? { kind: 'tcp', host, port } : undefined;
}

/** RFC 1122 section 3.2.1.3 (g), RFC 4291 section 2.5.3, RFC 6761 section 6.3. */
function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host === 'localhost';
}
