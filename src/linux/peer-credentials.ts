/** Who is at the other end of a unix socket: unix(7), SO_PEERCRED. */
import type { Socket } from 'node:net';
import { SOL_SOCKET } from './constants.js';
import type { Libc } from './libc.js';

const SO_PEERCRED = 17;

/** The process that connected, as it was then. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** @returns undefined where it cannot be asked: without koffi, or of a socket that is closed. */
export function peerCredentials(libc: Libc | undefined, socket: Socket): PeerCredentials | undefined {
  const descriptor = descriptorOf(socket);
  if (libc === undefined || descriptor === undefined) return undefined;
  const value = new Uint8Array(12);
  try {
    libc.getOption('SO_PEERCRED', descriptor, SOL_SOCKET, SO_PEERCRED, value);
  } catch {
    return undefined;
  }
  const [pid = 0, uid = 0, gid = 0] = new Uint32Array(value.buffer);
  return { pid, uid, gid };
}

/** Node shows the descriptor of a socket only here. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: unknown } | null };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}
