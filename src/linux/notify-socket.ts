/** The datagram socket on which a service manager takes word of a service: sd_notify(3), unix(7). */
import { AF_UNIX, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK } from './constants.js';
import type { Libc } from './libc.js';
import { unixAddress } from './sockaddr.js';

export class NotifySocket {
  readonly #libc: Libc;
  readonly #descriptor: number;

  /** @param path as in NOTIFY_SOCKET. @throws LinuxError: ENOENT, ECONNREFUSED, EACCES. */
  constructor(libc: Libc, path: string) {
    this.#libc = libc;
    // Without waiting: a service manager that does not read must not hold the daemon up.
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
