/**
 * The network devices of a namespace, kept by the kernel's link events (rtnetlink(7)): nobody has to ask whether a
 * device is still there, is up, or is still the one that had its name.
 */
import {
  AF_UNSPEC,
  ARPHRD_ETHER,
  ARPHRD_LOOPBACK,
  IFF_LOWER_UP,
  IFF_UP,
  IFLA_IFNAME,
  IFLA_MTU,
  LINK_BYTES,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTMGRP_LINK,
} from './constants.js';
import type { Libc } from './libc.js';
import { LinuxError } from './linux-error.js';
import { attributes, type NetlinkMessage, NetlinkSocket } from './netlink.js';

/** Offsets in struct ifinfomsg, whose first byte is the family. */
const LINK_TYPE = 2;
const LINK_INDEX = 4;
const LINK_FLAGS = 8;
/** Hardware types of devices whose frames begin with an Ethernet header. */
const ETHERNET_TYPES: readonly number[] = [ARPHRD_ETHER, ARPHRD_LOOPBACK];

/** A listing that changes interrupted is asked for again; after that, their events tell the rest. */
const MOST_DUMPS = 5;

/** A network device as it is now. Every event makes a new object of it. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** Its frames begin with an Ethernet header; those of a tunnel may have none. */
  readonly ethernet: boolean;
  /** It was switched on (`ip link set up`). */
  readonly up: boolean;
  /** It is connected: a cable, a peer that is up. */
  readonly carrier: boolean;
  /** Bytes of an IP packet. */
  readonly mtu: number;
}

export class LinkTable {
  readonly #socket: NetlinkSocket;
  readonly #byIndex = new Map<number, Link>();
  readonly #byName = new Map<string, Link>();
  /** Events were lost: the table is wrong until it is made anew. */
  #stale = true;

  /** Of the namespace in which the calling thread is. @throws LinuxError */
  constructor(libc: Libc) {
    this.#socket = new NetlinkSocket(libc, RTMGRP_LINK);
    try {
      this.#refresh();
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  /** To poll: readable when there are events. */
  get descriptor(): number {
    return this.#socket.descriptor;
  }

  find(name: string): Link | undefined {
    return this.#byName.get(name);
  }

  /** Brings the table up to date. @returns false when no events were waiting. @throws LinuxError */
  readEvents(): boolean {
    let changed = false;
    try {
      for (;;) {
        const messages = this.#socket.receive();
        if (messages.length === 0) break;
        changed = true;
        for (const message of messages) this.#apply(message);
      }
    } catch (error) {
      if (!isOverrun(error)) throw error;
      this.#stale = true;
    }
    if (!this.#stale) return changed;
    this.#refresh();
    return true;
  }

  close(): void {
    this.#socket.close();
  }

  /** Lists everything anew. The table is never seen in between. */
  #refresh(): void {
    for (let tries = 0; tries < MOST_DUMPS; tries++) {
      this.#byIndex.clear();
      this.#byName.clear();
      try {
        const question = new Uint8Array(LINK_BYTES);
        const whole = this.#socket.dump('RTM_GETLINK', RTM_GETLINK, question, (message) =>
          this.#apply(message),
        );
        this.#stale = false;
        if (whole) return;
      } catch (error) {
        if (!isOverrun(error)) throw error;
        this.#stale = true;
      }
    }
  }

  #apply({ type, body }: NetlinkMessage): void {
    if (type !== RTM_NEWLINK && type !== RTM_DELLINK) return;
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    // Messages of other families are about a bridge's ports and the like.
    if (view.getUint8(0) !== AF_UNSPEC) return;
    const index = view.getInt32(LINK_INDEX, true);
    const found = attributes(body, LINK_BYTES);
    const name = found.get(IFLA_IFNAME);
    if (name === undefined) return;
    this.#forget(index);
    if (type === RTM_DELLINK) return;
    const flags = view.getUint32(LINK_FLAGS, true);
    const link: Link = {
      index,
      name: textOf(name),
      ethernet: isEthernet(view.getUint16(LINK_TYPE, true)),
      up: (flags & IFF_UP) !== 0,
      carrier: (flags & IFF_LOWER_UP) !== 0,
      mtu: uint32(found.get(IFLA_MTU)),
    };
    this.#byIndex.set(index, link);
    this.#byName.set(link.name, link);
  }

  #forget(index: number): void {
    const old = this.#byIndex.get(index);
    if (old === undefined) return;
    this.#byIndex.delete(index);
    if (this.#byName.get(old.name) === old) this.#byName.delete(old.name);
  }
}

/** @param type of hardware: netdevice(7), SIOCGIFHWADDR. */
export function isEthernet(type: number): boolean {
  return ETHERNET_TYPES.includes(type);
}

/** More events came than the socket holds: netlink(7). */
function isOverrun(error: unknown): boolean {
  return error instanceof LinuxError && error.code === 'ENOBUFS';
}

/** Ends with NUL. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, bytes.length - 1)).toString('utf8');
}

function uint32(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
