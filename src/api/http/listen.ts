/** Where the server listens. */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Owner and group: who may open it may do everything. */
const SOCKET_MODE = 0o660;

/** The address of `api.listen` cannot be listened on. */
export class ApiListenError extends Error {
  readonly code = 'api-listen';

  constructor(address: ListenAddress, cause: Error) {
    super(`api.listen ${formatListen(address)}: ${cause.message}`, { cause });
  }
}

/** @throws ApiListenError (rejects): in use, not permitted */
export async function listen(server: Server, address: ListenAddress): Promise<void> {
  try {
    if (address.kind === 'unix') await removeAbandonedSocket(address.path);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address.kind === 'unix' ? { path: address.path } : address, () => {
        server.off('error', reject);
        resolve();
      });
    });
    if (address.kind === 'unix') chmodSync(address.path, SOCKET_MODE);
  } catch (error) {
    server.close();
    throw new ApiListenError(address, error as Error);
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

function formatListen(address: ListenAddress): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  return address.host.includes(':') ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
