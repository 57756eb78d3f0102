/** UDP sockets of a receiver of many datagrams: large buffers, the kernel's receive times, exact counts of drops. */
import { AF_INET6, IPPROTO_IPV6, SO_RCVBUF, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET } from './constants.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';
import { SO_TIMESTAMPNS } from './receive-batch.js';
import { familyOf, intValue, socketAddress } from './sockaddr.js';

/** Options of SOL_SOCKET. */
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
/** Indices of what SO_MEMINFO fills in (linux/sock_diag.h): 9 words. */
const MEMINFO_WORDS = 9;
const MEMINFO_DROPS = 8;
/** Option of IPPROTO_IPV6. */
const IPV6_V6ONLY = 26;
/** udp(7): datagrams over IPv6 may have no checksum, as tunnels send them (RFC 6935). */
const SOL_UDP = 17;
const UDP_NO_CHECK6_RX = 102;

export interface UdpReceiverOptions {
  /** A checked literal; a zone where it is link-local. */
  readonly address: string;
  readonly port: number;
  /** An IPv6 socket leaves IPv4 to another one. */
  readonly isIpv6Only: boolean;
  /** Wanted for datagrams that wait; the kernel counts its own part of each too, about 700 bytes. */
  readonly bufferBytes: number;
}

/** A bound socket. */
export class UdpReceiver {
  readonly descriptor: number;
  /** What the kernel gave; without CAP_NET_ADMIN at most net.core.rmem_max. */
  readonly bufferBytes: number;
  readonly #libc: Libc;
  readonly #memory = new Uint32Array(MEMINFO_WORDS);
  readonly #memoryBytes = new Uint8Array(this.#memory.buffer);
  #lastDrops = 0;
  #drops = 0;

  /** @throws LinuxError: EADDRINUSE, EADDRNOTAVAIL, EACCES, ENODEV for a zone without its device, EAFNOSUPPORT */
  constructor(libc: Libc, options: UdpReceiverOptions) {
    const { address, port, isIpv6Only, bufferBytes } = options;
    const family = familyOf(address);
    const descriptor = libc.socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    try {
      if (family === AF_INET6) {
        const only = intValue(isIpv6Only ? 1 : 0);
        libc.setOption('IPV6_V6ONLY', descriptor, IPPROTO_IPV6, IPV6_V6ONLY, only);
        libc.setOption('UDP_NO_CHECK6_RX', descriptor, SOL_UDP, UDP_NO_CHECK6_RX, intValue(1));
      }
      libc.setOption('SO_TIMESTAMPNS', descriptor, SOL_SOCKET, SO_TIMESTAMPNS, intValue(1));
      this.bufferBytes = setBuffer(libc, descriptor, bufferBytes);
      libc.bind(descriptor, socketAddress(libc, address, port));
    } catch (error) {
      libc.close(descriptor);
      throw error;
    }
    this.#libc = libc;
    this.descriptor = descriptor;
  }

  /**
   * Datagrams that the kernel threw away since the socket was opened: no room, or a wrong checksum. The kernel counts in 32
   * bits, so it must be read from time to time.
   */
  drops(): number {
    this.#libc.getOption('SO_MEMINFO', this.descriptor, SOL_SOCKET, SO_MEMINFO, this.#memoryBytes);
    const now = this.#memory[MEMINFO_DROPS];
    this.#drops += (now - this.#lastDrops) >>> 0;
    this.#lastDrops = now;
    return this.#drops;
  }

  close(): void {
    this.#libc.close(this.descriptor);
  }
}

/** @returns what the kernel gave. It doubles what it is asked for. */
function setBuffer(libc: Libc, descriptor: number, bytes: number): number {
  const value = intValue(Math.ceil(bytes / 2));
  try {
    libc.setOption('SO_RCVBUFFORCE', descriptor, SOL_SOCKET, SO_RCVBUFFORCE, value);
  } catch (error) {
    if (!(error instanceof LinuxError) || error.code !== 'EPERM') throw error;
    libc.setOption('SO_RCVBUF', descriptor, SOL_SOCKET, SO_RCVBUF, value);
  }
  const given = new Int32Array(1);
  libc.getOption('SO_RCVBUF', descriptor, SOL_SOCKET, SO_RCVBUF, new Uint8Array(given.buffer));
  return given[0];
}
