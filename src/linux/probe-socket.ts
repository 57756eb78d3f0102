/** Empty datagrams to one address, which show whether it can be reached: udp(7), ip(7). */
import { SO_MARK, SOCK_DGRAM, SOL_SOCKET } from './constants.js';
import type { Libc } from './libc.js';
import { LinuxError } from './linux-error.js';
import { SOCKET_MARK } from './raw-socket.js';
import { familyOf, intValue, socketAddress } from './sockaddr.js';

const NOTHING = new Uint8Array(0);

export class ProbeSocket {
  readonly #libc: Libc;
  readonly #descriptor: number;

  /** @throws LinuxError: ENETUNREACH. */
  constructor(libc: Libc, address: string, port: number) {
    this.#libc = libc;
    this.#descriptor = libc.socket(familyOf(address), SOCK_DGRAM, 0);
    try {
      libc.setOption('SO_MARK', this.#descriptor, SOL_SOCKET, SO_MARK, intValue(SOCKET_MARK));
      libc.connect(this.#descriptor, socketAddress(libc, address, port));
    } catch (error) {
      libc.close(this.#descriptor);
      throw error;
    }
  }

  /** @returns the errno of this datagram or of the answer to one before; 0: nothing speaks against the address. */
  send(): number {
    try {
      this.#libc.send(this.#descriptor, NOTHING);
      return 0;
    } catch (error) {
      if (error instanceof LinuxError) return error.errno;
      throw error;
    }
  }

  close(): void {
    this.#libc.close(this.#descriptor);
  }
}
