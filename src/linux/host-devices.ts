/**
 * Addresses of the host, and the devices that have them, as rtnetlink(7) lists them: those of the namespace of the thread
 * that asks, whatever is mounted at /sys and /proc.
 */
import { addressBytes } from '../wire/address.js';
import { listAddresses } from './addresses.js';
import {
  AF_INET6,
  AF_UNSPEC,
  IFF_UP,
  IFLA_AF_SPEC,
  IFLA_IFNAME,
  IFLA_INET6_CONF,
  IFLA_MTU,
  LINK_BYTES,
  RTM_GETLINK,
} from './constants.js';
import { hasDevice } from './device-requests.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';
import { attributes, NetlinkSocket } from './netlink.js';

const LINK_INDEX = 4;
const LINK_FLAGS = 8;
/** linux/ipv6.h: which of the numbers it is. */
const DEVCONF_MTU6 = 2;

/** A device of the host. */
export interface HostDevice {
  readonly name: string;
  /** Bytes of the largest packet over IPv4. */
  readonly mtu: number;
  /** Over IPv6, which routers can lower; undefined: the device has no IPv6. */
  readonly mtuIpv6: number | undefined;
  /** True when it was set up. */
  readonly up: boolean;
}

/** The devices of the host at one moment: what was asked once is not asked again. */
export interface HostDevices {
  /** @throws Error with the kernel's reason. */
  withAddress(address: string): HostDevice | undefined;
  named(name: string): HostDevice | undefined;
}

/** Asks for them by netlink. A question may wait for the rtnl lock. */
export class HostQuestions {
  readonly #libc: Libc;
  readonly #questions: NetlinkSocket;

  /** @throws LinuxError */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#questions = new NetlinkSocket(libc, 0);
  }

  /** Nothing is asked yet. */
  look(): HostDevices {
    const links = new Map<number, HostDevice | undefined>();
    let byAddress: ReadonlyMap<string, readonly number[]> | undefined;
    const at = (index: number): HostDevice | undefined => {
      if (!links.has(index)) links.set(index, this.#link(index));
      return links.get(index);
    };
    return {
      withAddress: (address) => {
        const key = keyOf(addressBytes(address));
        // The address may be new.
        if (byAddress?.get(key) === undefined) byAddress = this.#addresses();
        const devices = (byAddress.get(key) ?? []).flatMap((index) => at(index) ?? []);
        // Where several have it, the first one counts by which packets can leave.
        return devices.find(({ up }) => up) ?? devices[0];
      },
      named: (name) => at(this.#indexOf(name)),
    };
  }

  close(): void {
    this.#questions.close();
  }

  /** @returns 0, which no device has, when there is none. Clients of the API choose names: see `hasDevice`. */
  #indexOf(name: string): number {
    if (!hasDevice(this.#libc, name)) return 0;
    try {
      return this.#libc.interfaceIndex(name);
    } catch (error) {
      if (error instanceof LinuxError) return 0;
      throw error;
    }
  }

  #link(index: number): HostDevice | undefined {
    if (index === 0) return undefined;
    const request = new Uint8Array(LINK_BYTES);
    request[0] = AF_UNSPEC;
    new DataView(request.buffer).setInt32(LINK_INDEX, index, true);
    try {
      return readHostDevice(this.#questions.ask('RTM_GETLINK', RTM_GETLINK, request).body);
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  /** Indices of devices by address. */
  #addresses(): Map<string, number[]> {
    const found = new Map<string, number[]>();
    for (const { bytes, interfaceIndex } of listAddresses(this.#questions)) {
      const key = keyOf(bytes);
      const devices = found.get(key);
      if (devices === undefined) found.set(key, [interfaceIndex]);
      else devices.push(interfaceIndex);
    }
    return found;
  }
}

/** Decodes a link message of rtnetlink. */
export function readHostDevice(body: Uint8Array): HostDevice {
  const found = attributes(body, LINK_BYTES);
  const families = attributes(found.get(IFLA_AF_SPEC) ?? NOTHING, 0);
  const settings = attributes(families.get(AF_INET6) ?? NOTHING, 0).get(IFLA_INET6_CONF);
  const name = found.get(IFLA_IFNAME) ?? NOTHING;
  return {
    name: Buffer.from(name.subarray(0, Math.max(0, name.length - 1))).toString('utf8'),
    mtu: uint32(found.get(IFLA_MTU), 0) ?? 0,
    mtuIpv6: uint32(settings, DEVCONF_MTU6 * 4),
    up: ((uint32(body, LINK_FLAGS) ?? 0) & IFF_UP) !== 0,
  };
}

const NOTHING = new Uint8Array(0);

function keyOf(address: Uint8Array): string {
  return address.join('.');
}

/** @returns undefined when the bytes end before it. */
function uint32(bytes: Uint8Array | undefined, offset: number): number | undefined {
  if (bytes === undefined || bytes.length < offset + 4) return undefined;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}
