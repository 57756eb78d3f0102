/** Where a server of the daemon listens, on TCP or on a unix socket. */
import { existsSync, lstatSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Owner and group: who may open it may do everything. */
const SOCKET_MODE = 0o660;

/** The address of a key of the configuration cannot be listened on. */
export class ListenError extends Error {
  readonly code = 'listen';

  constructor(key: string, address: ListenAddress, cause: Error) {
    super(`${key} ${formatListen(address)}: ${cause.message}`, { cause });
  }
}

/**
 * @param key of the configuration that names the address, for the error.
 * @throws ListenError (rejects): in use, not permitted; the server is then closed.
 */
export async function listen(server: Server, key: string, address: ListenAddress): Promise<void> {
  try {
    if (address.kind === 'unix') await removeAbandonedSocket(address.path);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const onListening = (): void => {
        server.off('error', reject);
        resolve();
      };
      if (address.kind === 'unix') listenPrivately(server, address.path, onListening);
      else server.listen(address, onListening);
    });
  } catch (error) {
    server.close();
    throw new ListenError(key, address, missingDirectory(address) ?? (error as Error));
  }
}

/** Of a socket in a directory that is not there, libuv says that it is not permitted. */
function missingDirectory(address: ListenAddress): Error | undefined {
  if (address.kind !== 'unix') return undefined;
  const directory = dirname(address.path);
  return existsSync(directory) ? undefined : new Error(`the directory ${directory} does not exist: make it`);
}

/**
 * The socket has its mode from its first moment: connect(2) asks for write permission, and a mode that is set after
 * listen(2) would come too late. Node binds within the call, so nothing else is made with this umask.
 */
function listenPrivately(server: Server, path: string, onListening: () => void): void {
  const before = process.umask(0o777 & ~SOCKET_MODE);
  try {
    server.listen({ path }, onListening);
  } finally {
    process.umask(before);
  }
}

/** A socket stays behind when its process is killed. One that answers is not touched, nor is any other file. */
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

/** As it is written in a configuration. */
export function formatListen(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
