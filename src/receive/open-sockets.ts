/** Opens the sockets of `receive`, and says what keeps it from that. */

import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import { UdpReceiver } from '../linux/udp-receiver.js';
import { isIpv6Text } from '../wire/address.js';
import { type ListenAddress, showAddress } from './listen-address.js';
import type { ReceivingSocket } from './receiver.js';

/** A socket cannot be opened. The message is for the user. */
export class SocketError extends Error {
  readonly code = 'socket';
  /** It needs a right that the process does not have. */
  readonly isNotPermitted: boolean;

  constructor(message: string, cause: LinuxError) {
    super(message, { cause });
    this.isNotPermitted = cause.code === 'EACCES' || cause.code === 'EPERM';
  }
}

/** A socket that can be closed. */
export interface OpenSocket extends ReceivingSocket {
  close(): void;
}

/** @throws SocketError; then none is open */
export function openSockets(libc: Libc, all: readonly ListenAddress[], bufferBytes: number): OpenSocket[] {
  const opened: OpenSocket[] = [];
  try {
    for (const listen of all) opened.push(openSocket(libc, listen, all, bufferBytes));
    return opened;
  } catch (error) {
    for (const socket of opened) socket.close();
    throw error;
  }
}

/** An IPv6 socket takes IPv4 too, unless an IPv4 socket has its port. */
function openSocket(
  libc: Libc,
  { address, port, protocol }: ListenAddress,
  all: readonly ListenAddress[],
  bufferBytes: number,
): OpenSocket {
  const isIpv6Only = all.some((other) => other.port === port && !isIpv6Text(other.address));
  try {
    const socket = new UdpReceiver(libc, { address, port, isIpv6Only, bufferBytes });
    return {
      descriptor: socket.descriptor,
      bufferBytes: socket.bufferBytes,
      protocol,
      drops: () => socket.drops(),
      close: () => socket.close(),
    };
  } catch (error) {
    if (error instanceof LinuxError) throw new SocketError(explain(error, address, port), error);
    throw error;
  }
}

function explain(error: LinuxError, address: string, port: number): string {
  const name = showAddress(address, port);
  switch (error.code) {
    case 'EADDRINUSE':
      return `--listen ${name}: in use, by another receiver or a vxlan or geneve device of the kernel (ip -d link show); listen on another address or port`;
    case 'EADDRNOTAVAIL':
      return `--listen ${name}: this host does not have the address`;
    case 'ENODEV':
      return `--listen ${name}: there is no such device`;
    case 'EAFNOSUPPORT':
      return `--listen ${name}: this host has no IPv6`;
    case 'EACCES':
      return `not permitted: --listen ${name}: a port below 1024 needs the capability CAP_NET_BIND_SERVICE`;
    default:
      return `--listen ${name}: ${error.message}`;
  }
}
