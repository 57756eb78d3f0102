/** The datagram socket on which a service manager takes word of a service: sd_notify(3), unix(7). */
import type { Libc } from './libc.js';
import { AF_UNIX, unixAddress } from './sockaddr.js';

const SOCK_DGRAM = 2;
/** So that a service manager that does not read cannot hold the daemon up. */
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;

export class NotifySocket {
  readonly #libc: Libc;
  readonly #descriptor: number;

  /** @param path as in NOTIFY_SOCKET. @throws LinuxError: ENOENT, ECONNREFUSED, EACCES. */
  constructor(libc: Libc, path: string) {
    this.#libc = libc;
    this.#descriptor = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    try {
      libc.connect(this.#descriptor, unixAddress(path));
    } catch (error) {
      libc.close(this.#descriptor);
      throw error;
    }
  }

  /** @param assignments one `NAME=value` each. @throws LinuxError: EAGAIN while the queue is full, ECONNREFUSED. */
  send(assignments: readonly string[]): void {
    this.#libc.send(this.#descriptor, new TextEncoder().encode(assignments.join('\n')));
  }

  close(): void {
    this.#libc.close(this.#descriptor);
  }
}
