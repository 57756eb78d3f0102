/**
 * Devices that lie on each other (rtnetlink(7)): a VLAN, macvlan or ipvlan on the device below it, and the ports of a bond,
 * team, bridge or VRF below their master.
 *
 *     br0  bond0.7  bond0.8          stack of eth0: all of them
 *       \\     |     /                below bond0.7: bond0, eth0, eth1
 *        bond0 ----
 *        /    \\
 *     eth0    eth1
 */
import { AF_UNSPEC, IFLA_IFNAME, IFLA_LINK, LINK_BYTES, RTM_GETLINK, RTM_NEWLINK } from './constants.js';
import { requestSpeed } from './device-requests.js';
import { LinuxError } from './errors.js';
import type { Libc } from './libc.js';
import { attributes, NetlinkSocket } from './netlink.js';

const IFLA_MASTER = 10;
const IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1;
const IFLA_STATS64 = 23;
const IFLA_LINK_NETNSID = 37;
/** struct rtnl_link_stats64: packets received and sent, bytes received and sent. */
const SENT_BYTES = 24;
const LINK_INDEX = 4;
/** Devices that send by the one below them. A veth names its peer in the same attribute. */
const UPPER_KINDS: readonly string[] = ['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap'];

/** A device, and what it lies on. */
export interface StackedDevice {
  readonly index: number;
  readonly name: string;
  /** Of rtnetlink, such as `vlan`; empty for a network card. */
  readonly kind: string;
  /** Index of the device by which it sends; undefined: none of this namespace. */
  readonly lower: number | undefined;
  /** Index of the bond, bridge or the like that it is a port of. */
  readonly master: number | undefined;
}

export class DeviceStacks {
  readonly #libc: Libc;
  readonly #questions: NetlinkSocket;
  readonly #devices = new Map<number, StackedDevice>();
  /** Indices by that of their master, and by that of the device below them. */
  readonly #ports = new Map<number, number[]>();
  readonly #uppers = new Map<number, number[]>();

  /** The devices of the calling thread's namespace. Empty until `refresh`. @throws LinuxError */
  constructor(libc: Libc) {
    this.#libc = libc;
    this.#questions = new NetlinkSocket(libc, 0);
  }

  /** Lists the devices. When it cannot, those of before stay. */
  refresh(): void {
    const listed: StackedDevice[] = [];
    try {
      this.#questions.dump('RTM_GETLINK', RTM_GETLINK, new Uint8Array(LINK_BYTES), ({ type, body }) => {
        if (type === RTM_NEWLINK) listed.push(readStackedDevice(body));
      });
    } catch (error) {
      if (error instanceof LinuxError) return;
      throw error;
    }
    for (const map of [this.#devices, this.#ports, this.#uppers]) map.clear();
    for (const device of listed) this.#devices.set(device.index, device);
    for (const { index, master, lower } of this.#devices.values()) {
      addTo(this.#ports, master, index);
      addTo(this.#uppers, lower, index);
    }
  }

  at(index: number): StackedDevice | undefined {
    return this.#devices.get(index);
  }

  /** The devices by which a device sends, at any depth; with it, as the first. */
  below(index: number): StackedDevice[] {
    return this.#reach(index, (device) => [device.lower, ...(this.#ports.get(device.index) ?? [])]);
  }

  /** All that lie below or above a device, and below or above those; with it, as the first. */
  stackOf(index: number): StackedDevice[] {
    return this.#reach(index, (device) => [
      device.lower,
      device.master,
      ...(this.#ports.get(device.index) ?? []),
      ...(this.#uppers.get(device.index) ?? []),
    ]);
  }

  /** @returns the bytes that a device has sent, with their Ethernet headers; undefined: it is gone. Some drivers count them once in a second or two. */
  sentBytes(index: number): number | undefined {
    const request = new Uint8Array(LINK_BYTES);
    new DataView(request.buffer).setInt32(LINK_INDEX, index, true);
    request[0] = AF_UNSPEC;
    try {
      const { body } = this.#questions.ask('RTM_GETLINK', RTM_GETLINK, request);
      const counts = attributes(body, LINK_BYTES).get(IFLA_STATS64);
      if (counts === undefined) return undefined;
      return Number(new DataView(counts.buffer, counts.byteOffset).getBigUint64(SENT_BYTES, true));
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  /** @returns the speed of a device in bits per second; undefined: not known, as of a device that is gone. */
  speedOf(index: number): number | undefined {
    const device = this.#devices.get(index);
    return device && requestSpeed(this.#libc, device.name);
  }

  close(): void {
    this.#questions.close();
  }

  #reach(index: number, next: (device: StackedDevice) => readonly (number | undefined)[]): StackedDevice[] {
    const found = new Map<number, StackedDevice>();
    const visit = (at: number | undefined): void => {
      const device = at === undefined || found.has(at) ? undefined : this.#devices.get(at);
      if (device === undefined) return;
      found.set(device.index, device);
      for (const other of next(device)) visit(other);
    };
    visit(index);
    return [...found.values()];
  }
}

/** Decodes a link message of rtnetlink. */
export function readStackedDevice(body: Uint8Array): StackedDevice {
  const found = attributes(body, LINK_BYTES);
  const kind = textOf(attributes(found.get(IFLA_LINKINFO) ?? new Uint8Array(0), 0).get(IFLA_INFO_KIND));
  const isUpper = UPPER_KINDS.includes(kind) && !found.has(IFLA_LINK_NETNSID);
  return {
    index: new DataView(body.buffer, body.byteOffset).getInt32(LINK_INDEX, true),
    name: textOf(found.get(IFLA_IFNAME)),
    kind,
    lower: isUpper ? indexOf(found.get(IFLA_LINK)) : undefined,
    master: indexOf(found.get(IFLA_MASTER)),
  };
}

function addTo(map: Map<number, number[]>, key: number | undefined, index: number): void {
  if (key === undefined) return;
  const others = map.get(key);
  if (others === undefined) map.set(key, [index]);
  else others.push(index);
}

function indexOf(value: Uint8Array | undefined): number | undefined {
  return value && new DataView(value.buffer, value.byteOffset).getUint32(0, true);
}

/** Ends with NUL. */
function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes.subarray(0, bytes.length - 1)).toString('latin1');
}
