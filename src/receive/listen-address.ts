/** What `--listen` names: an address, for all protocols or one, each on its port. */
import { isIP, isIPv6 } from 'node:net';
import { PROTOCOL_NAMES, PROTOCOLS, type ReceivedProtocolName } from './decapsulate.js';

/** One socket. */
export interface ListenAddress {
  /** A literal, with a zone where it is link-local. */
  readonly address: string;
  readonly port: number;
  readonly protocol: ReceivedProtocolName;
}

/** An address or option that means nothing. The message is for the user. */
export class ListenAddressError extends Error {
  readonly code = 'listen-address';
}

export const DEFAULT_LISTEN = '0.0.0.0';
/** More sockets than this are a mistake. */
const MAXIMUM_SOCKETS = 32;

const BRACKETED = /^\[([^\]]*)\](?::(.*))?$/;
const LINK_LOCAL = /^fe[89ab]/i;
const PORT = /^[1-9][0-9]{0,4}$/;

/**
 * Reads the addresses to listen on: `10.0.0.1`, `::`, `[fd00::1]`, `10.0.0.1:4789`, `[fe80::1%eth0]:6081`.
 * @param protocol the one for all of them; undefined: both, or with a port the one that has it
 * @throws ListenAddressError
 */
export function parseListen(
  texts: readonly string[],
  protocol: ReceivedProtocolName | undefined,
): ListenAddress[] {
  const all = texts.flatMap((text) => socketsOf(text, protocol));
  if (all.length > MAXIMUM_SOCKETS) {
    throw new ListenAddressError(`--listen: ${all.length} sockets; ${MAXIMUM_SOCKETS} at most`);
  }
  const seen = new Set<string>();
  for (const { address, port } of all) {
    const name = showAddress(address, port);
    if (seen.has(name)) throw new ListenAddressError(`--listen: ${name} is there twice`);
    seen.add(name);
  }
  return all;
}

/** As text: `10.0.0.1:4789`, `[fd00::1]:4789`. */
export function showAddress(address: string, port: number): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

function socketsOf(text: string, protocol: ReceivedProtocolName | undefined): ListenAddress[] {
  const { address, port } = split(text);
  if (isIP(address) === 0) {
    throw new ListenAddressError(
      `--listen ${text}: not an address such as 0.0.0.0, ::, 10.0.0.1:4789 or [fd00::1]:6081`,
    );
  }
  if (LINK_LOCAL.test(address) && !address.includes('%')) {
    throw new ListenAddressError(
      `--listen ${text}: a link-local address needs its device, as in fe80::1%eth0`,
    );
  }
  if (port !== undefined) return [{ address, port, protocol: protocolOf(text, port, protocol) }];
  const names = protocol === undefined ? PROTOCOL_NAMES : [protocol];
  return names.map((name) => ({ address, port: PROTOCOLS[name].port, protocol: name }));
}

function split(text: string): { address: string; port?: number } {
  const [, bracketed, bracketedPort] = BRACKETED.exec(text) ?? [];
  if (bracketed !== undefined) return withPort(text, bracketed, bracketedPort);
  // More than one colon is IPv6 without a port.
  const parts = text.split(':');
  return parts.length === 2 ? withPort(text, parts[0], parts[1]) : { address: text };
}

function withPort(
  text: string,
  address: string,
  port: string | undefined,
): { address: string; port?: number } {
  if (port === undefined) return { address };
  if (PORT.test(port) && Number(port) <= 0xffff) return { address, port: Number(port) };
  throw new ListenAddressError(`--listen ${text}: the port is not a number from 1 to 65535`);
}

function protocolOf(
  text: string,
  port: number,
  protocol: ReceivedProtocolName | undefined,
): ReceivedProtocolName {
  const found = protocol ?? PROTOCOL_NAMES.find((name) => PROTOCOLS[name].port === port);
  if (found !== undefined) return found;
  throw new ListenAddressError(
    `--listen ${text}: say which protocol port ${port} has: --protocol ${PROTOCOL_NAMES.join(' or --protocol ')}`,
  );
}
