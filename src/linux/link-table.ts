/**
 * The network devices of a namespace, updated by the kernel's link events (rtnetlink(7)): whether a device exists, is
 * up, and is still the same one as before is known without a system call.
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
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';
import { attributes, type NetlinkMessage, NetlinkSocket } from './netlink.js';

/** Offsets in struct ifinfomsg, whose first byte is the family. */
const LINK_TYPE = 2;
const LINK_INDEX = 4;
const LINK_FLAGS = 8;
/** Hardware types of devices whose frames begin with an Ethernet header. */
const ETHERNET_TYPES: readonly number[] = [ARPHRD_ETHER, ARPHRD_LOOPBACK];

/** A dump that changes interrupted is repeated, at most so often; after that, events bring the rest. */
const MAXIMUM_DUMPS = 5;

/** A network device. Every event about it makes a new object. */
export interface Link {
  readonly index: number;
  readonly name: string;
  /** True when its frames begin with an Ethernet header; those of a tunnel may not. */
  readonly ethernet: boolean;
  /** True when it was set up (`ip link set up`). */
  readonly up: boolean;
  /** True when it is connected: to a cable, or to a peer that is up. */
  readonly carrier: boolean;
  /** Bytes of the largest IP packet. */
  readonly mtu: number;
}

export class LinkTable {
  readonly #socket: NetlinkSocket;
  readonly #byIndex = new Map<number, Link>();
  readonly #byName = new Map<string, Link>();
  /** Events were lost: the table is of before until all is listed again. */
  #isListing = false;
  #wasListed = false;
  #isClosed = false;

  /** Opens the table of the calling thread's namespace. @throws LinuxError */
  constructor(libc: Libc) {
    this.#socket = new NetlinkSocket(libc, RTMGRP_LINK);
    try {
      this.#listHere();
    } catch (error) {
      this.#socket.close();
      throw error;
    }
  }

  /** For poll(2): readable when there are events; -1 while all is listed again. */
  get descriptor(): number {
    return this.#isListing ? -1 : this.#socket.descriptor;
  }

  find(name: string): Link | undefined {
    return this.#byName.get(name);
  }

  /** The device with an index. */
  at(index: number): Link | undefined {
    return this.#byIndex.get(index);
  }

  /**
   * Updates the table. When events were lost, all is listed again off this thread: it may take as long as others remove
   * devices. @returns false when nothing has changed. @throws LinuxError
   */
  readEvents(): boolean {
    if (this.#isListing) return false;
    let changed = this.#wasListed;
    this.#wasListed = false;
    try {
      for (;;) {
        const messages = this.#socket.receive();
        if (messages.length === 0) return changed;
        changed = true;
        for (const message of messages) this.#apply(message);
      }
    } catch (error) {
      if (!isOverrun(error)) throw error;
      this.#isListing = true;
      void this.#listAside();
      return changed;
    }
  }

  close(): void {
    this.#isClosed = true;
    // Another thread may be receiving: the number must not become another socket's.
    if (!this.#isListing) this.#socket.close();
  }

  /** Lists all devices. */
  #listHere(): void {
    for (let tries = 0; tries < MAXIMUM_DUMPS; tries++) {
      this.#byIndex.clear();
      this.#byName.clear();
      try {
        const whole = this.#socket.dump('RTM_GETLINK', RTM_GETLINK, new Uint8Array(LINK_BYTES), (message) =>
          this.#apply(message),
        );
        if (whole) return;
      } catch (error) {
        if (!isOverrun(error)) throw error;
        this.#isListing = tries === MAXIMUM_DUMPS - 1;
      }
    }
    if (this.#isListing) void this.#listAside();
  }

  /** No caller sees the table half listed. */
  async #listAside(): Promise<void> {
    let isWhole = false;
    for (let tries = 0; tries < MAXIMUM_DUMPS && !isWhole && !this.#isClosed; tries++) {
      const listing = await this.#socket.dumpAside(RTM_GETLINK, new Uint8Array(LINK_BYTES));
      isWhole = listing.isWhole;
      if (!isWhole && tries < MAXIMUM_DUMPS - 1) continue;
      this.#byIndex.clear();
      this.#byName.clear();
      for (const message of listing.messages) this.#apply(message);
    }
    this.#isListing = false;
    this.#wasListed = true;
    if (this.#isClosed) this.#socket.close();
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

/** True when frames of such a device begin with an Ethernet header. @param type hardware type: netdevice(7) */
export function isEthernet(type: number): boolean {
  return ETHERNET_TYPES.includes(type);
}

/** True for an overrun, more events than the socket can hold: netlink(7). */
function isOverrun(error: unknown): boolean {
  return error instanceof LinuxError && error.code === 'ENOBUFS';
}

/** Decodes a string that ends with NUL. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, bytes.length - 1)).toString('utf8');
}

function uint32(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
}
