/**
 * The devices of one network namespace, kept by the kernel's link events (rtnetlink(7)). Who is root in a container may
 * make any number of them, and send events as fast as the kernel does: both have a bound.
 */
import {
  AF_UNSPEC,
  IFF_LOOPBACK,
  IFLA_IFNAME,
  LINK_BYTES,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTMGRP_LINK,
} from '../linux/constants.js';
import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import { isEthernet } from '../linux/link-table.js';
import { attribute, attributes, type NetlinkMessage, NetlinkSocket } from '../linux/netlink.js';
import type { DeviceSight } from './world.js';

/** Offsets in struct ifinfomsg, whose first byte is the family. */
const LINK_TYPE = 2;
const LINK_INDEX = 4;
const LINK_FLAGS = 8;
/** Leaves out the counters, most of each answer: linux/if_link.h, linux/rtnetlink.h. */
const IFLA_EXT_MASK = 29;
const RTEXT_FILTER_SKIP_STATS = 8;
/** Datagrams that are read in one turn. */
const DATAGRAMS_IN_TURN = 16;
/** Devices that are listed again when events were lost, at least so long after the last time. */
const LIST_INTERVAL_MS = 1000;

export class DeviceList {
  readonly #socket: NetlinkSocket;
  readonly #maximum: number;
  #byIndex = new Map<number, DeviceSight>();
  /** What a listing under way has found so far, and the events behind it. */
  #fresh: Map<number, DeviceSight> | undefined;
  #isListing = false;
  #isClosed = false;
  #needsListing = true;
  #listedMs = Number.NEGATIVE_INFINITY;
  #isCrowded = false;

  /**
   * Opens a socket in the calling thread's namespace, which it keeps alive until it is closed.
   * @param maximum devices; a namespace with more is not looked into. @throws LinuxError
   */
  constructor(libc: Libc, maximum: number) {
    this.#socket = new NetlinkSocket(libc, RTMGRP_LINK);
    this.#maximum = maximum;
  }

  /** For poll(2): readable when there are events; -1 while nothing may be read. */
  get descriptor(): number {
    return this.#isListing || this.#isCrowded ? -1 : this.#socket.descriptor;
  }

  /** True when there are more devices than are looked at: then it shows none, for good. */
  get isCrowded(): boolean {
    return this.#isCrowded;
  }

  /** True when the devices are all that there are: no event was lost since the last listing, which was whole. */
  get isWhole(): boolean {
    return !(this.#needsListing || this.#isListing || this.#isCrowded);
  }

  /** The devices, oldest first: the kernel counts their indexes up. */
  get devices(): DeviceSight[] {
    if (this.#isCrowded) return [];
    return [...this.#byIndex].sort(([a], [b]) => a - b).map(([, device]) => device);
  }

  /** When all must be listed again, in milliseconds of `performance.now()`; undefined: it need not be. */
  get listingDueMs(): number | undefined {
    if (!this.#needsListing || this.#isListing || this.#isCrowded) return undefined;
    return this.#listedMs + LIST_INTERVAL_MS;
  }

  /** Reads events that wait. @returns true when devices came, went, or have another name. @throws LinuxError */
  readEvents(): boolean {
    let isOther = false;
    try {
      for (let turn = 0; turn < DATAGRAMS_IN_TURN; turn++) {
        const messages = this.#socket.receive();
        if (messages.length === 0) break;
        for (const message of messages) isOther = this.#apply(message) || isOther;
      }
    } catch (error) {
      // More events than the socket can hold: netlink(7).
      if (!(error instanceof LinuxError && error.code === 'ENOBUFS')) throw error;
      this.#needsListing = true;
    }
    return isOther;
  }

  /**
   * Lists all devices, off this thread: it may take as long as others remove devices. The devices of before are shown until
   * a listing is whole; one that is not adds what it found, and takes nothing away. Never rejects.
   */
  async list(): Promise<void> {
    this.#isListing = true;
    this.#needsListing = false;
    const fresh = new Map<number, DeviceSight>();
    this.#fresh = fresh;
    const mask = new Uint8Array(Uint32Array.of(RTEXT_FILTER_SKIP_STATS).buffer);
    const body = Buffer.concat([new Uint8Array(LINK_BYTES), attribute(IFLA_EXT_MASK, mask)]);
    const end = await this.#socket.walkAside(RTM_GETLINK, body, (message) => {
      this.#apply(message);
      return !this.#isCrowded && !this.#isClosed;
    });
    this.#fresh = undefined;
    if (end === 'whole') this.#byIndex = fresh;
    else {
      this.#needsListing = true;
      for (const [index, device] of fresh) {
        if (this.#byIndex.has(index) || this.#byIndex.size < this.#maximum) this.#byIndex.set(index, device);
      }
    }
    this.#listedMs = performance.now();
    this.#isListing = false;
    if (this.#isClosed) this.#socket.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Another thread may be receiving: the number must not become another socket's.
    if (!this.#isListing) this.#socket.close();
  }

  /** @returns true when it is about a device that is new, gone, or has another name. */
  #apply({ type, body }: NetlinkMessage): boolean {
    if (type !== RTM_NEWLINK && type !== RTM_DELLINK) return false;
    const view = new DataView(body.buffer, body.byteOffset, body.length);
    // Messages of other families are about a bridge's ports and the like.
    if (view.getUint8(0) !== AF_UNSPEC) return false;
    const index = view.getInt32(LINK_INDEX, true);
    const devices = this.#fresh ?? this.#byIndex;
    const before = devices.get(index);
    if (type === RTM_DELLINK) return devices.delete(index);
    const name = attributes(body, LINK_BYTES).get(IFLA_IFNAME);
    if (name === undefined) return false;
    const device: DeviceSight = {
      name: Buffer.from(name.subarray(0, name.length - 1)).toString('utf8'),
      ethernet: isEthernet(view.getUint16(LINK_TYPE, true)),
      loopback: (view.getUint32(LINK_FLAGS, true) & IFF_LOOPBACK) !== 0,
    };
    if (before?.name === device.name && before.ethernet === device.ethernet) return false;
    devices.set(index, device);
    if (devices.size > this.#maximum) this.#isCrowded = true;
    return true;
  }
}
