/** A raw UDP socket that only sends, to one address: raw(7), ip(7), socket(7). */
import { attachFilter, REJECT_ALL } from './classic-bpf.js';
import type { Address, Libc } from './libc.js';
import { AF_INET, internetAddress, intValue } from './sockaddr.js';

const SOCK_RAW = 3;
const IPPROTO_IP = 0;
const IPPROTO_UDP = 17;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_MARK = 36;
const IP_TTL = 2;
const IP_MTU_DISCOVER = 10;
const IP_RECVERR = 11;
const IP_MTU = 14;
/** Set DF and never fragment here. */
const IP_PMTUDISC_DO = 2;

const TIME_TO_LIVE = 255;
/** Packets in flight below the socket; the kernel clamps it to net.core.wmem_max. */
const SEND_BUFFER_BYTES = 8 << 20;
/** The kernel takes its least. Room for a few messages of the error queue, which nobody reads: sends tell the errno. */
const RECEIVE_BUFFER_BYTES = 0;

/** Marks the engine's own packets ("tmir"), so that firewalls, routing rules and captures can tell them. */
export const SOCKET_MARK = 0x746d6972;

export class RawUdpSocket {
  readonly #libc: Libc;
  readonly #descriptor: number;

  /**
   * @param source outer source address; undefined: the kernel's choice by route.
   * @throws LinuxError: EPERM, EADDRNOTAVAIL for a source that is not ours, ENETUNREACH.
   */
  constructor(libc: Libc, source: string | undefined, target: string) {
    this.#libc = libc;
    this.#descriptor = libc.socket(AF_INET, SOCK_RAW, IPPROTO_UDP);
    try {
      // A raw UDP socket would get a copy of every UDP packet of the host.
      attachFilter(libc, this.#descriptor, REJECT_ALL);
      this.#set('SO_MARK', SOL_SOCKET, SO_MARK, SOCKET_MARK);
      this.#set('SO_SNDBUF', SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES);
      this.#set('SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES);
      // Without it a full queue below would drop packets and call them sent.
      this.#set('IP_RECVERR', IPPROTO_IP, IP_RECVERR, 1);
      this.#set('IP_TTL', IPPROTO_IP, IP_TTL, TIME_TO_LIVE);
      this.#set('IP_MTU_DISCOVER', IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
      if (source !== undefined) libc.bind(this.#descriptor, internetAddress(source, 0));
      libc.connect(this.#descriptor, internetAddress(target, 0));
    } catch (error) {
      libc.close(this.#descriptor);
      throw error;
    }
  }

  /** Hot loop. @returns how many mmsghdr structures the kernel took, or errno negated. */
  send(messages: Address, count: number): number {
    return this.#libc.sendMessages(this.#descriptor, messages, count);
  }

  /** Path MTU in bytes as the kernel knows it now. @throws LinuxError */
  get mtu(): number {
    const value = new Uint8Array(4);
    this.#libc.getOption('IP_MTU', this.#descriptor, IPPROTO_IP, IP_MTU, value);
    return new DataView(value.buffer).getInt32(0, true);
  }

  close(): void {
    this.#libc.close(this.#descriptor);
  }

  #set(op: string, level: number, option: number, value: number): void {
    this.#libc.setOption(op, this.#descriptor, level, option, intValue(value));
  }
}
