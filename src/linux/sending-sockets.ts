/** Sockets that only send: copies (raw(7), packet(7)), probes (udp(7)), messages to the service manager (unix(7)). */

import type { CopyOptions, Oversize } from '../plan/mirror-plan.js';
import { isIpv6Text } from '../wire/address.js';
import { PROTOCOL_UDP } from '../wire/transport.js';
import { attachFilter, REJECT_ALL } from './classic-bpf.js';
import {
  AF_INET,
  AF_INET6,
  AF_PACKET,
  AF_UNIX,
  IPPROTO_IP,
  IPPROTO_IPV6,
  SO_MARK,
  SO_PRIORITY,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_PACKET,
  SOL_SOCKET,
} from './constants.js';
import { LinuxError } from './errors.js';
import type { Address, Libc } from './libc.js';
import { familyOf, intValue, packetAddress, socketAddress, unixAddress } from './sockaddr.js';

/** Mark of the engine's own packets ("tmir"), by which firewalls, routing rules and captures recognize them. */
export const SOCKET_MARK = 0x746d6972;

/**
 * TC_PRIO_FILLER (linux/pkt_sched.h): pfifo_fast and prio send such packets when nothing else waits. Queues that know no
 * priorities take no notice.
 */
export const SOCKET_PRIORITY = 1;

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

/** IP_PMTUDISC_DO sets DF over IPv4, and does not fragment; IP_PMTUDISC_DONT clears DF, and fragments. */
const MTU_DISCOVER: Readonly<Record<Oversize, number>> = { truncate: 2, fragment: 0 };

/** The highest hop count: a forwarded packet has a lower one, so it distinguishes our copies from those. */
const HOPS = 255;
/** For packets in flight below the socket; the kernel clamps it to net.core.wmem_max. */
const SEND_BUFFER_BYTES = 8 << 20;
/** Becomes the kernel's minimum. The error queue is not read, since sends return the errno. */
const RECEIVE_BUFFER_BYTES = 0;

const PACKET_QDISC_BYPASS = 20;
/** A packet socket bound with it receives nothing. */
const NO_PROTOCOL = 0;
const NO_BYTES = new Uint8Array(0);

/** A socket option: its name in errors, and its number. */
interface Option {
  readonly name: string;
  readonly number: number;
}

/** What differs between IPv4 and IPv6. */
interface SocketFamily {
  readonly domain: number;
  readonly level: number;
  readonly hops: Option;
  readonly receiveErrors: Option;
  readonly mtuDiscover: Option;
  readonly mtu: Option;
  readonly trafficClass: Option;
  /** Makes the kernel write a UDP checksum at an offset in the UDP header; absent over IPv4. */
  readonly checksum?: Option & { readonly offset: number };
}

/** A raw socket to one address. The kernel writes the IP header. */
export class SendingRawSocket {
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #family: SocketFamily;
  readonly #target: Uint8Array;

  /**
   * @param protocol IP protocol of the packets, which begin with its header
   * @param source outer source address of the target's family; undefined: the kernel chooses it by the route
   * @param copies `oversize`: what the kernel does with a packet above the path MTU: refuse it, or fragment it
   * @throws LinuxError: EPERM, EADDRNOTAVAIL for a source that is not ours, ENETUNREACH, ENODEV for a zone
   * without its device
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
      // Without it, a full queue below drops packets and reports them as sent.
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

  /** Hot loop. @returns how many mmsghdr structures the kernel took, or the negated errno */
  send(messages: Address, count: number): number {
    return this.#libc.sendMessages(this.#descriptor, messages, count);
  }

  /**
   * Path MTU in bytes by the current route. A socket keeps the route of its last connect, so it is connected again
   * first. @throws LinuxError when there is no route
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

/**
 * The path MTU to an IPv4 address in bytes, by the route of now. Unlike a question by rtnetlink(7), this never waits for
 * what others do to devices. @throws LinuxError: ENETUNREACH, EMFILE
 */
export function pathMtu(libc: Libc, target: string): number {
  const { domain, level, mtu } = OVER_IPV4;
  const value = new Uint8Array(4);
  const descriptor = libc.socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    libc.connect(descriptor, socketAddress(libc, target, 0));
    libc.getOption(mtu.name, descriptor, level, mtu.number, value);
  } finally {
    libc.close(descriptor);
  }
  return new DataView(value.buffer).getInt32(0, true);
}

/** A packet socket on one device, to which whole frames are sent. */
export class SendingPacketSocket {
  readonly #libc: Libc;
  readonly #descriptor: number;

  /** @throws LinuxError: EPERM, ENODEV */
  constructor(libc: Libc, interfaceIndex: number) {
    this.#libc = libc;
    // Nonblocking: a slow target must not delay the others.
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

  /** Hot loop. @returns how many mmsghdr structures the kernel took, or the negated errno */
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

/**
 * The path MTU of a UDP socket connected to an IPv4 address, in bytes, with the engine's mark: that of the route, or less
 * where the kernel puts something around the packets, as IPsec does (xfrm).
 * @throws LinuxError: ENETUNREACH, EACCES
 */
export function connectedMtu(libc: Libc, address: string, port: number): number {
  const descriptor = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    libc.setOption('SO_MARK', descriptor, SOL_SOCKET, SO_MARK, intValue(SOCKET_MARK));
    libc.connect(descriptor, socketAddress(libc, address, port));
    const value = new Uint8Array(4);
    const { name, number } = OVER_IPV4.mtu;
    libc.getOption(name, descriptor, IPPROTO_IP, number, value);
    return new DataView(value.buffer).getInt32(0, true);
  } finally {
    libc.close(descriptor);
  }
}

/** Sends empty datagrams to an address, which show whether it can be reached. */
export class ProbeSocket {
  readonly #libc: Libc;
  readonly #descriptor: number;

  /** @throws LinuxError: ENETUNREACH */
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

  /** @returns the errno of this datagram, or of an ICMP error about an earlier one; 0: no sign of a problem */
  send(): number {
    try {
      this.#libc.send(this.#descriptor, NO_BYTES);
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

/** The datagram socket to the service manager: sd_notify(3). */
export class NotifySocket {
  readonly #libc: Libc;
  readonly #descriptor: number;

  /** @param path as in NOTIFY_SOCKET. @throws LinuxError: ENOENT, ECONNREFUSED, EACCES */
  constructor(libc: Libc, path: string) {
    this.#libc = libc;
    // Nonblocking: a service manager that does not read must not block the daemon.
    this.#descriptor = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    try {
      libc.connect(this.#descriptor, unixAddress(path));
    } catch (error) {
      libc.close(this.#descriptor);
      throw error;
    }
  }

  /** @param assignments each one `NAME=value`. @throws LinuxError: EAGAIN for a full queue, ECONNREFUSED */
  send(assignments: readonly string[]): void {
    this.#libc.send(this.#descriptor, new TextEncoder().encode(assignments.join('\n')));
  }

  close(): void {
    this.#libc.close(this.#descriptor);
  }
}
