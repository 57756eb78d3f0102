/** That something about routes has changed, told by the kernel: rtnetlink(7). What it is must be looked up. */
import type { Libc } from './libc.js';
import { LinuxError } from './linux-error.js';
import { NetlinkSocket } from './netlink.js';

/** Multicast groups: linux/rtnetlink.h. */
const RTMGRP_LINK = 0x1;
const RTMGRP_NEIGH = 0x4;
const RTMGRP_IPV4_IFADDR = 0x10;
const RTMGRP_IPV4_ROUTE = 0x40;
const RTMGRP_IPV6_IFADDR = 0x100;
const RTMGRP_IPV6_ROUTE = 0x400;

/** Devices and their MTU, addresses, routes. */
export const ROUTES =
  RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE;
/** Hardware addresses of neighbours. */
export const NEIGHBOURS = RTMGRP_NEIGH;

export class RouteEvents {
  readonly #socket: NetlinkSocket;

  /** @param groups ROUTES or NEIGHBOURS. @throws LinuxError */
  constructor(libc: Libc, groups: number) {
    this.#socket = new NetlinkSocket(libc, groups);
  }

  /** @returns true when something may have changed since the last call. */
  changed(): boolean {
    let changed = false;
    try {
      while (this.#socket.receive().length > 0) changed = true;
    } catch (error) {
      // ENOBUFS: more events than the socket could hold.
      if (!(error instanceof LinuxError)) throw error;
      changed = true;
    }
    return changed;
  }

  close(): void {
    this.#socket.close();
  }
}
