/** The reason of a skip that comes from each error of the kernel. */
import { constants } from 'node:os';
import type { SkipReason } from './skip-reason.js';

const { errno } = constants;

/** Errors of send(2) and sendmmsg(2); all others count as `error`. */
const REASON_OF_ERRNO: Readonly<Record<number, SkipReason>> = {
  [errno.EAGAIN]: 'backlog',
  [errno.ENOBUFS]: 'buffers',
  [errno.ENOMEM]: 'buffers',
  [errno.ENETUNREACH]: 'no-route',
  [errno.EHOSTUNREACH]: 'no-route',
  [errno.ENETDOWN]: 'no-route',
  [errno.ENODEV]: 'no-route',
  [errno.EADDRNOTAVAIL]: 'no-route',
  [errno.ECONNREFUSED]: 'refused',
  [errno.EPERM]: 'permission',
  [errno.EACCES]: 'permission',
  [errno.EMSGSIZE]: 'oversize',
};

/** The reason of a send that the kernel refused. @param code errno. */
export function reasonOf(code: number): SkipReason {
  return REASON_OF_ERRNO[code] ?? 'error';
}
