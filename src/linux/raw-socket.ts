/** A raw socket that only sends, to one address: raw(7), ip(7), ipv6(7), socket(7). */

import type { CopyOptions, Oversize } from '../plan/mirror-plan.js';
import { isIpv6Text } from '../wire/address.js';
import { PROTOCOL_UDP } from '../wire/transport.js';
import { attachFilter, REJECT_ALL } from './classic-bpf.js';
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  SO_MARK,
  SO_PRIORITY,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_RAW,
  SOL_SOCKET,
} from './constants.js';
import type { Address, Libc } from './libc.js';
import { intValue, socketAddress } from './sockaddr.js';

/** A socket option: what errors call it, and its number. */
interface Option {
  readonly name: string;
  readonly number: number;
}

/** What differs between the families. */
interface SocketFamily {
  readonly domain: number;
  readonly level: number;
  readonly hops: Option;
  readonly receiveErrors: Option;
  readonly mtuDiscover: Option;
  readonly mtu: Option;
  readonly trafficClass: Option;
  /** The kernel puts a UDP checksum there, an offset in the UDP header; over IPv4 there is none. */
  readonly checksum?: Option & { readonly offset: number };
}

const OVER_IPV4: SocketFamily = {
  domain: AF_INET,
  level: IPPROTO_IP,
  hops: { name: 'IP_TTL', number: 2 },
  receiveErrors: { name: 'IP_RECVERR', number: 11 },
  mtuDiscover: { name: 'IP_MTU_DISCOVER', number: 10 },
  mtu: { name: 'IP_MTU', number: 14 },
  trafficClass: { name: 'IP_TOS', number: 1 },
};

const OVER_IPV6: SocketFamily = {
  domain: AF_INET6,
  level: IPPROTO_IPV6,
  hops: { name: 'IPV6_UNICAST_HOPS', number: 16 },
  receiveErrors: { name: 'IPV6_RECVERR', number: 25 },
  mtuDiscover: { name: 'IPV6_MTU_DISCOVER', number: 23 },
  mtu: { name: 'IPV6_MTU', number: 24 },
  trafficClass: { name: 'IPV6_TCLASS', number: 67 },
  checksum: { name: 'IPV6_CHECKSUM', number: 7, offset: 6 },
};

/** IP_PMTUDISC_DO: over IPv4 sets DF, and never fragments here; IP_PMTUDISC_DONT: clears DF, and does. */
const MTU_DISCOVER: Readonly<Record<Oversize, number>> = { truncate: 2, fragment: 0 };

/** The greatest hop count, which a forwarded packet does not have: it tells our copies from those. */
const HOPS = 255;
/** Packets in flight below the socket; the kernel clamps it to net.core.wmem_max. */
const SEND_BUFFER_BYTES = 8 << 20;
/** The kernel takes its least. Room for a few messages of the error queue, which nobody reads: sends tell the errno. */
const RECEIVE_BUFFER_BYTES = 0;

/** Marks the engine's own packets ("tmir"), so that firewalls, routing rules and captures can tell them. */
export const SOCKET_MARK = 0x746d6972;

/**
 * TC_PRIO_FILLER (linux/pkt_sched.h): pfifo_fast and prio send such packets when nothing else waits. Queues that know no
 * priorities take no notice.
 */
export const SOCKET_PRIORITY = 1;

export class SendingRawSocket {
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #family: SocketFamily;
  readonly #target: Uint8Array;

  /**
   * @param protocol IP protocol of what is sent, from its header on.
   * @param source outer source address of the target's family; undefined: the kernel's choice by route.
   * @param copies `oversize`: what the kernel does with a packet above the path MTU, refuse it or fragment it.
   * @throws LinuxError: EPERM, EADDRNOTAVAIL for a source that is not ours, ENETUNREACH, ENODEV for a zone
   * without its device.
   */
  constructor(
    libc: Libc,
    protocol: number,
    source: string | undefined,
    target: string,
    { oversize, dscp }: CopyOptions,
  ) {
    this.#libc = libc;
    this.#family = isIpv6Text(target) ? OVER_IPV6 : OVER_IPV4;
    this.#target = socketAddress(libc, target, 0);
    const { domain, hops, receiveErrors, mtuDiscover, trafficClass, checksum } = this.#family;
    this.#descriptor = libc.socket(domain, SOCK_RAW, protocol);
    try {
      // A raw socket would get a copy of every packet of its protocol that the host receives.
      attachFilter(libc, this.#descriptor, REJECT_ALL);
      this.#set({ name: 'SO_MARK', number: SO_MARK }, SOCKET_MARK, SOL_SOCKET);
      this.#set({ name: 'SO_SNDBUF', number: SO_SNDBUF }, SEND_BUFFER_BYTES, SOL_SOCKET);
      this.#set({ name: 'SO_RCVBUF', number: SO_RCVBUF }, RECEIVE_BUFFER_BYTES, SOL_SOCKET);
      // Without it a full queue below would drop packets and call them sent.
      this.#set(receiveErrors, 1);
      this.#set(hops, HOPS);
      this.#set(trafficClass, dscp << 2);
      // Behind the traffic class: IP_TOS sets a priority of its own.
      this.#set({ name: 'SO_PRIORITY', number: SO_PRIORITY }, SOCKET_PRIORITY, SOL_SOCKET);
      this.#set(mtuDiscover, MTU_DISCOVER[oversize]);
      if (checksum !== undefined && protocol === PROTOCOL_UDP) this.#set(checksum, checksum.offset);
      if (source !== undefined) libc.bind(this.#descriptor, socketAddress(libc, source, 0));
      libc.connect(this.#descriptor, this.#target);
    } catch (error) {
      libc.close(this.#descriptor);
      throw error;
    }
  }

  /** Hot loop. @returns how many mmsghdr structures the kernel took, or errno negated. */
  send(messages: Address, count: number): number {
    return this.#libc.sendMessages(this.#descriptor, messages, count);
  }

  /**
   * Path MTU in bytes by the route of now: a socket keeps the route that it was connected by, and is connected
   * anew for the question. @throws LinuxError when there is none.
   */
  get mtu(): number {
    const { level, mtu } = this.#family;
    const value = new Uint8Array(4);
    this.#libc.connect(this.#descriptor, this.#target);
    this.#libc.getOption(mtu.name, this.#descriptor, level, mtu.number, value);
    return new DataView(value.buffer).getInt32(0, true);
  }

  close(): void {
    this.#libc.close(this.#descriptor);
  }

  #set({ name, number }: Option, value: number, level = this.#family.level): void {
    this.#libc.setOption(name, this.#descriptor, level, number, intValue(value));
  }
}
