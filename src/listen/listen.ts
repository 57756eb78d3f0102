/** Addresses on which the daemon's servers listen, TCP or unix sockets. */
import { existsSync, lstatSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';

/** unix(7): bytes of sun_path without its final zero. The kernel cuts a longer path, and listens somewhere else. */
export const MAXIMUM_UNIX_PATH_BYTES = 107;

/** Name of the status socket, in the state directory. */
export const STATUS_SOCKET_NAME = 'status.sock';

/** Owner and group: whoever can open the socket can do everything. */
const SOCKET_MODE = 0o660;

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** A server cannot listen on the address that a key of the configuration names. */
export class ListenError extends Error {
  readonly code = 'listen';

  constructor(key: string, address: ListenAddress, cause: Error) {
    super(`${key} ${formatListen(address)}: ${cause.message}`, { cause });
  }
}

/**
 * @param key the configuration key of the address, for the error
 * @param mode of a unix socket
 * @throws ListenError (rejects): in use, not permitted; the server is then closed
 */
export async function listen(
  server: Server,
  key: string,
  address: ListenAddress,
  mode = SOCKET_MODE,
): Promise<void> {
  try {
    if (address.kind === 'unix') await removeAbandonedSocket(address.path);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const onListening = (): void => {
        server.off('error', reject);
        resolve();
      };
      if (address.kind === 'unix') listenPrivately(server, address.path, mode, onListening);
      else server.listen(address, onListening);
    });
  } catch (error) {
    server.close();
    throw new ListenError(key, address, missingDirectory(address) ?? (error as Error));
  }
}

/** The address as a configuration has it. */
export function formatListen(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}

/** True when a socket with this path can be made and reached. */
export function fitsUnixPath(path: string): boolean {
  return Buffer.byteLength(path) <= MAXIMUM_UNIX_PATH_BYTES;
}

/** libuv reports a directory that does not exist as "not permitted". */
function missingDirectory(address: ListenAddress): Error | undefined {
  if (address.kind !== 'unix') return undefined;
  const directory = dirname(address.path);
  return existsSync(directory) ? undefined : new Error(`the directory ${directory} does not exist: make it`);
}

/**
 * The socket has its mode from the start: connect(2) checks write permission, and a mode set after listen(2) would come
 * too late. Node binds within the call, so no other file is made with this umask.
 */
function listenPrivately(server: Server, path: string, mode: number, onListening: () => void): void {
  const before = process.umask(0o777 & ~mode);
  try {
    server.listen({ path }, onListening);
  } finally {
    process.umask(before);
  }
}

/** Removes the socket of a killed process. A socket that accepts connections, or any other file, is not touched. */
async function removeAbandonedSocket(path: string): Promise<void> {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket()) return;
  const code = await new Promise<string>((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve('');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
  });
  if (code === 'ECONNREFUSED') rmSync(path);
}
