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
  RTMGRP_IPV6_RULE,
  RTMGRP_LINK,
  RTMGRP_NEIGH,
  RTMGRP_TC,
} from './constants.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';
import { attribute, attributes, NetlinkSocket } from './netlink.js';
import { familyOf, intValue } from './sockaddr.js';

const RTM_GETROUTE = 26;
const RTM_NEWNEIGH = 28;
const RTM_DELNEIGH = 29;
const RTM_GETNEIGH = 30;
/** struct rtmsg and struct ndmsg. */
const ROUTE_BYTES = 12;
const NEIGHBOUR_BYTES = 12;
const NEIGHBOUR_DEVICE = 4;

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

/** Multicast groups for devices and their MTU, addresses, routes, and the rules that choose among routing tables. */
export const ROUTES =
  RTMGRP_LINK |
  RTMGRP_IPV4_IFADDR |
  RTMGRP_IPV4_ROUTE |
  RTMGRP_IPV4_RULE |
  RTMGRP_IPV6_IFADDR |
  RTMGRP_IPV6_ROUTE |
  RTMGRP_IPV6_RULE;
/** Multicast group for hardware addresses of neighbours. */
export const NEIGHBOURS = RTMGRP_NEIGH;
/** Multicast group for devices alone. */
export const LINKS = RTMGRP_LINK;
/** Multicast groups for routing rules of IPv4, and for queues and filters of devices. */
export const RULES_AND_QUEUES = RTMGRP_IPV4_RULE | RTMGRP_TC;

/** The way of packets to an address. */
export interface Way {
  /** The egress device. */
  readonly interfaceIndex: number;
  /** To whom they go there: the gateway, or the address itself; 4 or 16 bytes. */
  readonly neighbour: Uint8Array;
  /** The source address that the kernel chooses; undefined: it does not tell. */
  readonly source: Uint8Array | undefined;
  /** Of the route; undefined: that of the device. */
  readonly mtu: number | undefined;
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

export interface Neighbour {
  readonly state: NeighbourState;
  /** 6 bytes on Ethernet; undefined: not known. */
  readonly mac: Uint8Array | undefined;
}

/** An Ethernet device. */
export interface EthernetLink {
  /** 6 bytes. */
  readonly mac: Uint8Array;
  readonly mtu: number;
}

/** Asks about the ways to addresses, in the namespace of the calling thread. A question may wait for the rtnl lock. */
export class NextHops {
  readonly #libc: Libc;
  readonly #questions: NetlinkSocket;

  /** @throws LinuxError */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#questions = new NetlinkSocket(libc, 0);
  }

  /** @returns undefined: there is no route. */
  way(target: string, { mark, source }: Sender = {}): Way | undefined {
    const address = addressBytes(target);
    const zone = zoneOf(target);
    const request = new Uint8Array(ROUTE_BYTES);
    request[0] = familyOf(target);
    request[1] = address.length * 8;
    const from = source === undefined ? new Uint8Array(0) : addressBytes(source);
    request[2] = from.length * 8;
    const body = answerOf(() => {
      const question = join([
        request,
        attribute(RTA_DST, address),
        ...(source === undefined ? [] : [attribute(RTA_SRC, from)]),
        ...(mark === undefined ? [] : [attribute(RTA_MARK, intValue(mark))]),
        ...(zone === undefined ? [] : [attribute(RTA_OIF, intValue(this.#libc.interfaceIndex(zone)))]),
      ]);
      return this.#questions.ask('RTM_GETROUTE', RTM_GETROUTE, question).body;
    });
    if (body === undefined) return undefined;
    const found = attributes(body, ROUTE_BYTES);
    const metrics = found.get(RTA_METRICS);
    const mtu = metrics && attributes(metrics, 0).get(RTAX_MTU);
    return {
      interfaceIndex: uint32(found.get(RTA_OIF)),
      neighbour: found.get(RTA_GATEWAY) ?? address,
      source: found.get(RTA_PREFSRC),
      mtu: mtu && uint32(mtu),
    };
  }

  /** @returns undefined: there is no such device, or it is not Ethernet. */
  link(interfaceIndex: number): EthernetLink | undefined {
    const request = new Uint8Array(LINK_BYTES);
    new DataView(request.buffer).setInt32(4, interfaceIndex, true);
    const body = answerOf(() => this.#questions.ask('RTM_GETLINK', RTM_GETLINK, request).body);
    if (body === undefined) return undefined;
    const view = new DataView(body.buffer, body.byteOffset);
    const isLoopback = (view.getUint32(8, true) & IFF_LOOPBACK) !== 0;
    if (view.getUint16(2, true) !== ARPHRD_ETHER || isLoopback) return undefined;
    const found = attributes(body, LINK_BYTES);
    const mac = found.get(IFLA_ADDRESS);
    return mac && { mac, mtu: uint32(found.get(IFLA_MTU)) };
  }

  /** @returns undefined: the kernel does not know it, since it has not asked yet or need not ask. */
  neighbour({ interfaceIndex, neighbour }: Way): Neighbour | undefined {
    const request = new Uint8Array(NEIGHBOUR_BYTES);
    request[0] = neighbour.length === 4 ? AF_INET : AF_INET6;
    new DataView(request.buffer).setInt32(NEIGHBOUR_DEVICE, interfaceIndex, true);
    const question = join([request, attribute(NDA_DST, neighbour)]);
    const body = answerOf(() => this.#questions.ask('RTM_GETNEIGH', RTM_GETNEIGH, question).body);
    if (body === undefined) return undefined;
    const flags = new DataView(body.buffer, body.byteOffset).getUint16(8, true);
    const mac = attributes(body, NEIGHBOUR_BYTES).get(NDA_LLADDR);
    if ((flags & NUD_VALID) !== 0) return { state: 'valid', mac };
    return { state: (flags & NUD_FAILED) !== 0 ? 'failed' : 'asking', mac };
  }

  close(): void {
    this.#questions.close();
  }
}

/** @returns undefined when the kernel refuses. */
function answerOf(ask: () => Uint8Array): Uint8Array | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof LinuxError) return undefined;
    throw error;
  }
}

/** The name of a neighbour in `RouteChanges`. */
export function neighbourKey({
  interfaceIndex,
  neighbour,
}: Pick<Way, 'interfaceIndex' | 'neighbour'>): string {
  return `${interfaceIndex} ${neighbour.join(' ')}`;
}

/** What may have changed since that was asked last. */
export interface RouteChanges {
  /** Something about devices, addresses or routes; or nothing is known. */
  readonly routes: boolean;
  /** The neighbours that changed, by `neighbourKey`. */
  readonly neighbours: ReadonlySet<string>;
}

/** Reports changes of routes and neighbours. */
export class RouteEvents {
  readonly #socket: NetlinkSocket;

  /** @param groups ROUTES or NEIGHBOURS or both. @throws LinuxError */
  constructor(libc: Libc, groups: number) {
    this.#socket = new NetlinkSocket(libc, groups);
  }

  /** Since the last call. */
  changes(): RouteChanges {
    let routes = false;
    const neighbours = new Set<string>();
    try {
      for (let events = this.#socket.receive(); events.length > 0; events = this.#socket.receive()) {
        for (const event of events) {
          if (event.type !== RTM_NEWNEIGH && event.type !== RTM_DELNEIGH) routes = true;
          else addNeighbour(event.body, neighbours);
        }
      }
    } catch (error) {
      // ENOBUFS: more events than the socket can hold.
      if (!(error instanceof LinuxError)) throw error;
      routes = true;
    }
    return { routes, neighbours };
  }

  close(): void {
    this.#socket.close();
  }
}

/** Those of other families are entries of bridges. */
function addNeighbour(body: Uint8Array, to: Set<string>): void {
  const neighbour = attributes(body, NEIGHBOUR_BYTES).get(NDA_DST);
  if (neighbour === undefined || (body[0] !== AF_INET && body[0] !== AF_INET6)) return;
  const interfaceIndex = new DataView(body.buffer, body.byteOffset).getInt32(NEIGHBOUR_DEVICE, true);
  to.add(neighbourKey({ interfaceIndex, neighbour }));
}

function uint32(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
