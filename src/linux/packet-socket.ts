/** A packet socket that only sends, on one device: packet(7). */
import type { Address, Libc } from './libc.js';
import { SOCKET_MARK } from './raw-socket.js';
import { AF_PACKET, intValue, packetAddress } from './sockaddr.js';

const SOCK_RAW = 3;
/** A target that is too slow must not keep the others waiting: EAGAIN instead. */
const SOCK_NONBLOCK = 0o4000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_MARK = 36;
const SOL_PACKET = 263;
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
