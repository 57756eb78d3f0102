/** Routes and neighbours of the kernel, and events when they change: rtnetlink(7), rtnetlink(3). */

import { addressBytes, zoneOf } from '../wire/address.js';
import {
  AF_INET,
  AF_INET6,
  ARPHRD_ETHER,
  IFF_LOOPBACK,
  IFLA_ADDRESS,
  IFLA_MTU,
  LINK_BYTES,
  RTM_GETLINK,
  RTMGRP_IPV4_IFADDR,
  RTMGRP_IPV4_ROUTE,
  RTMGRP_IPV4_RULE,
  RTMGRP_IPV6_IFADDR,
  RTMGRP_IPV6_ROUTE,
  RTMGRP_LINK,
  RTMGRP_NEIGH,
  RTMGRP_TC,
} from './constants.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';
import { attribute, attributes, NetlinkSocket } from './netlink.js';
import { familyOf, intValue } from './sockaddr.js';

const RTM_GETROUTE = 26;
const RTM_GETNEIGH = 30;
/** struct rtmsg and struct ndmsg. */
const ROUTE_BYTES = 12;
const NEIGHBOUR_BYTES = 12;

const RTA_DST = 1;
const RTA_SRC = 2;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MARK = 16;
const RTAX_MTU = 2;
const NDA_DST = 1;
const NDA_LLADDR = 2;

/** linux/neighbour.h: the states with a usable hardware address. */
const NUD_VALID = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x80;
/** The neighbour did not answer three times; the next packet makes the kernel ask again. */
const NUD_FAILED = 0x20;

/** Multicast groups for devices and their MTU, addresses, and routes. */
export const ROUTES =
  RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
/** Multicast group for hardware addresses of neighbours. */
export const NEIGHBOURS = RTMGRP_NEIGH;
/** Multicast group for devices alone. */
export const LINKS = RTMGRP_LINK;
/** Multicast groups for routing rules of IPv4, and for queues and filters of devices. */
export const RULES_AND_QUEUES = RTMGRP_IPV4_RULE | RTMGRP_TC;

/** Where the kernel sends packets to an address. */
export interface NextHop {
  readonly interfaceIndex: number;
  /** 6 bytes each. */
  readonly sourceMac: Uint8Array;
  readonly destinationMac: Uint8Array;
  /** The source address that the kernel chooses, dotted. */
  readonly sourceAddress: string;
  readonly mtu: number;
}

/** Of whom a route is asked for; nothing: of a packet without mark or source address. */
interface Sender {
  /** SO_MARK. */
  readonly mark?: number;
  /** An address of this host. */
  readonly source?: string;
}

/** asking: the kernel waits for the neighbour's answer. */
export type NeighbourState = 'valid' | 'asking' | 'failed';

/** Looks up next hops in the namespace of the calling thread. */
export class NextHops {
  readonly #libc: Libc;
  readonly #questions: NetlinkSocket;

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#questions = new NetlinkSocket(libc, 0);
  }

  /**
   * Looks up the next hop of an address.
   * @param target IPv4
   * @returns undefined when the kernel has no hardware address for it, or the device is not Ethernet
   */
  lookUp(target: string): NextHop | undefined {
    try {
      return this.#lookUp(target);
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  /** The state of the neighbour on the way to a target; undefined when the kernel needs no neighbour. */
  neighbourState(target: string): NeighbourState | undefined {
    try {
      const { interfaceIndex, gateway } = this.#route(target);
      const { state } = this.#neighbour(interfaceIndex, gateway ?? addressBytes(target));
      if ((state & NUD_VALID) !== 0) return 'valid';
      return (state & NUD_FAILED) !== 0 ? 'failed' : 'asking';
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  /** @returns the index of the device that packets for a target leave by; undefined: there is no route. */
  egressDevice(target: string): number | undefined {
    try {
      return this.#route(target).interfaceIndex;
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  /** @returns whether packets of a sender take the same way to an IPv4 target as those without mark and source address. */
  isSameWay(target: string, sender: Sender): boolean {
    try {
      const [plain, its] = [this.#route(target), this.#route(target, sender)];
      return plain.interfaceIndex === its.interfaceIndex && `${plain.gateway}` === `${its.gateway}`;
    } catch (error) {
      if (error instanceof LinuxError) return false;
      throw error;
    }
  }

  /** @returns MTU of the route to a target, in bytes; undefined: there is none, or not by Ethernet. */
  routeMtu(target: string): number | undefined {
    try {
      const route = this.#route(target);
      return route.mtu ?? this.#link(route.interfaceIndex)?.mtu;
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  close(): void {
    this.#questions.close();
  }

  #lookUp(target: string): NextHop | undefined {
    const route = this.#route(target);
    const link = this.#link(route.interfaceIndex);
    if (link === undefined) return undefined;
    const { state, mac: destinationMac } = this.#neighbour(
      route.interfaceIndex,
      route.gateway ?? addressBytes(target),
    );
    if ((state & NUD_VALID) === 0 || destinationMac === undefined) return undefined;
    return {
      interfaceIndex: route.interfaceIndex,
      sourceMac: link.mac,
      destinationMac,
      sourceAddress: route.source.join('.'),
      mtu: route.mtu ?? link.mtu,
    };
  }

  #route(target: string, { mark, source }: Sender = {}) {
    const address = addressBytes(target);
    const zone = zoneOf(target);
    const request = new Uint8Array(ROUTE_BYTES);
    request[0] = familyOf(target);
    request[1] = address.length * 8;
    const from = source === undefined ? new Uint8Array(0) : addressBytes(source);
    request[2] = from.length * 8;
    const parts = [
      request,
      attribute(RTA_DST, address),
      ...(source === undefined ? [] : [attribute(RTA_SRC, from)]),
      ...(mark === undefined ? [] : [attribute(RTA_MARK, intValue(mark))]),
      ...(zone === undefined ? [] : [attribute(RTA_OIF, intValue(this.#libc.interfaceIndex(zone)))]),
    ];
    const { body } = this.#questions.ask('RTM_GETROUTE', RTM_GETROUTE, join(parts));
    const found = attributes(body, ROUTE_BYTES);
    const metrics = found.get(RTA_METRICS);
    const mtu = metrics && attributes(metrics, 0).get(RTAX_MTU);
    return {
      interfaceIndex: uint32(found.get(RTA_OIF)),
      gateway: found.get(RTA_GATEWAY),
      source: found.get(RTA_PREFSRC) ?? new Uint8Array(4),
      mtu: mtu && uint32(mtu),
    };
  }

  /** @returns undefined for a device that is not Ethernet */
  #link(interfaceIndex: number): { mac: Uint8Array; mtu: number } | undefined {
    const request = new Uint8Array(LINK_BYTES);
    new DataView(request.buffer).setInt32(4, interfaceIndex, true);
    const { body } = this.#questions.ask('RTM_GETLINK', RTM_GETLINK, request);
    const view = new DataView(body.buffer, body.byteOffset);
    const isLoopback = (view.getUint32(8, true) & IFF_LOOPBACK) !== 0;
    if (view.getUint16(2, true) !== ARPHRD_ETHER || isLoopback) return undefined;
    const found = attributes(body, LINK_BYTES);
    const mac = found.get(IFLA_ADDRESS);
    return mac && { mac, mtu: uint32(found.get(IFLA_MTU)) };
  }

  #neighbour(interfaceIndex: number, address: Uint8Array): { state: number; mac: Uint8Array | undefined } {
    const request = new Uint8Array(NEIGHBOUR_BYTES);
    request[0] = address.length === 4 ? AF_INET : AF_INET6;
    new DataView(request.buffer).setInt32(4, interfaceIndex, true);
    const question = join([request, attribute(NDA_DST, address)]);
    const { body } = this.#questions.ask('RTM_GETNEIGH', RTM_GETNEIGH, question);
    const state = new DataView(body.buffer, body.byteOffset).getUint16(8, true);
    return { state, mac: attributes(body, NEIGHBOUR_BYTES).get(NDA_LLADDR) };
  }
}

/** Reports that something about routes or neighbours has changed, but not what. */
export class RouteEvents {
  readonly #socket: NetlinkSocket;

  /** @param groups ROUTES or NEIGHBOURS. @throws LinuxError */
  constructor(libc: Libc, groups: number) {
    this.#socket = new NetlinkSocket(libc, groups);
  }

  /** True when something may have changed since the last call. */
  changed(): boolean {
    let changed = false;
    try {
      while (this.#socket.receive().length > 0) changed = true;
    } catch (error) {
      // ENOBUFS: more events than the socket can hold.
      if (!(error instanceof LinuxError)) throw error;
      changed = true;
    }
    return changed;
  }

  close(): void {
    this.#socket.close();
  }
}

function uint32(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
