/** That something about routes has changed, told by the kernel: rtnetlink(7). What it is must be looked up. */
import {
  RTMGRP_IPV4_IFADDR,
  RTMGRP_IPV4_ROUTE,
  RTMGRP_IPV6_IFADDR,
  RTMGRP_IPV6_ROUTE,
  RTMGRP_LINK,
  RTMGRP_NEIGH,
} from './constants.js';
import type { Libc } from './libc.js';
import { LinuxError } from './linux-error.js';
import { NetlinkSocket } from './netlink.js';

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
