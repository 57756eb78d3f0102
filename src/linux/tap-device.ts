/**
 * A TAP device (the kernel's tuntap document): what is written to its descriptor comes in at the device. One that is not
 * there is made, and goes with its descriptor. It is kept from answering what it is shown: without ARP and without IPv6.
 */
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { AF_INET, IFF_UP, SOCK_CLOEXEC, SOCK_DGRAM } from './constants.js';
import type { Libc } from './libc.js';
import type { ReceiveCalls } from './receive-calls.js';

const CLONE_DEVICE = '/dev/net/tun';

/** linux/if_tun.h, linux/sockios.h. */
const TUNSETIFF = 0x4004_54ca;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const IFF_TAP = 0x0002;
/** Frames without four bytes of packet information in front of them. */
const IFF_NO_PI = 0x1000;
const IFF_NOARP = 0x80;
/** struct ifreq: a name of 16 bytes, then flags. */
const IFREQ_BYTES = 40;
const IFREQ_FLAGS = 16;

/** Set to 1. */
const SILENT = [
  ['ipv6', 'disable_ipv6'],
  ['ipv4', 'drop_unicast_in_l2_multicast'],
  ['ipv4', 'rp_filter'],
] as const;

/** A device that takes frames. */
export class TapDevice {
  readonly name: string;
  readonly descriptor: number;
  /** False: it was there before, and stays. */
  readonly isOwn: boolean;

  /**
   * Makes the device, or takes one that is there, and brings it up.
   * @param name a checked device name
   * @throws LinuxError: EPERM without CAP_NET_ADMIN, EINVAL for a device of another kind, EBUSY for one in use; the errors of
   * node:fs when there is no /dev/net/tun, or when the host cannot be kept from answering
   */
  constructor(libc: Libc, calls: ReceiveCalls, name: string) {
    this.isOwn = !exists(libc, name);
    this.descriptor = openSync(CLONE_DEVICE, constants.O_RDWR | constants.O_NONBLOCK);
    try {
      const ifreq = request(name, IFF_TAP | IFF_NO_PI);
      calls.control('TUNSETIFF', this.descriptor, TUNSETIFF, ifreq);
      this.name = nameIn(ifreq);
      if (this.isOwn) silence(this.name);
      bringUp(libc, calls, this.name, this.isOwn);
    } catch (error) {
      closeSync(this.descriptor);
      throw error;
    }
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

function exists(libc: Libc, name: string): boolean {
  try {
    return libc.interfaceIndex(name) > 0;
  } catch {
    return false;
  }
}

/** A device that somebody else set up keeps its flags but for being up. */
function bringUp(libc: Libc, calls: ReceiveCalls, name: string, isOwn: boolean): void {
  const socket = libc.socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    const ifreq = request(name, 0);
    const view = new DataView(ifreq.buffer);
    calls.control('SIOCGIFFLAGS', socket, SIOCGIFFLAGS, ifreq);
    const flags = view.getUint16(IFREQ_FLAGS, true);
    const wanted = flags | IFF_UP | (isOwn ? IFF_NOARP : 0);
    if (wanted === flags) return;
    view.setUint16(IFREQ_FLAGS, wanted, true);
    calls.control('SIOCSIFFLAGS', socket, SIOCSIFFLAGS, ifreq);
  } finally {
    libc.close(socket);
  }
}

/**
 * Keeps the host's own stacks from taking part: no IPv6, and no IPv4 packet for this host in a frame for all, nor with a
 * source that is not to be reached by the device. A kernel without a family has no file for it.
 * @throws the errors of node:fs when the kernel cannot be told, as in a container with a read-only /proc/sys
 */
function silence(name: string): void {
  for (const [family, setting] of SILENT) {
    try {
      writeFileSync(`/proc/sys/net/${family}/conf/${name}/${setting}`, '1');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** The kernel fills in a number for `%d`. */
function nameIn(ifreq: Uint8Array): string {
  return new TextDecoder().decode(ifreq.subarray(0, ifreq.indexOf(0)));
}

function request(name: string, flags: number): Uint8Array {
  const ifreq = new Uint8Array(IFREQ_BYTES);
  ifreq.set(new TextEncoder().encode(name));
  new DataView(ifreq.buffer).setUint16(IFREQ_FLAGS, flags, true);
  return ifreq;
}
