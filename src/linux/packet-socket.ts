/** A packet socket that only sends, on one device: packet(7). */
import {
  AF_PACKET,
  SO_MARK,
  SO_SNDBUF,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from './constants.js';
import type { Address, Libc } from './libc.js';
import { SOCKET_MARK } from './raw-socket.js';
import { intValue, packetAddress } from './sockaddr.js';

const PACKET_QDISC_BYPASS = 20;
/** Bound with it, the socket receives nothing. */
const NO_PROTOCOL = 0;
/** Packets in flight below the socket; the kernel clamps it to net.core.wmem_max. */
const SEND_BUFFER_BYTES = 8 << 20;

export class SendingPacketSocket {
  readonly #libc: Libc;
  readonly #descriptor: number;

  /** @throws LinuxError: EPERM, ENODEV. */
  constructor(libc: Libc, interfaceIndex: number) {
    this.#libc = libc;
    // Without waiting: a target that is too slow must not hold the others up.
    this.#descriptor = libc.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, NO_PROTOCOL);
    try {
      this.#set('SO_MARK', SOL_SOCKET, SO_MARK, SOCKET_MARK);
      this.#set('SO_SNDBUF', SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
      this.#set('PACKET_QDISC_BYPASS', SOL_PACKET, PACKET_QDISC_BYPASS, 1);
      libc.bind(this.#descriptor, packetAddress(NO_PROTOCOL, interfaceIndex));
    } catch (error) {
      libc.close(this.#descriptor);
      throw error;
    }
  }

  /** Hot loop. @returns how many mmsghdr structures the kernel took, or errno negated. */
  send(messages: Address, count: number): number {
    return this.#libc.sendMessages(this.#descriptor, messages, count);
  }

  close(): void {
    this.#libc.close(this.#descriptor);
  }

  #set(op: string, level: number, option: number, value: number): void {
    this.#libc.setOption(op, this.#descriptor, level, option, intValue(value));
  }
}
