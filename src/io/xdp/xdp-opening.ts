/** Opens what `XdpDevices` sends by: the UMEM, and a socket for each device. What takes the kernel long is done off the main thread. */
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestTransmitQueues } from '../../linux/device-requests.js';
import { LinuxError } from '../../linux/errors.js';
import type { Libc } from '../../linux/libc.js';
import { bindWhenFree, PAGE_BYTES, XdpSocket } from '../../linux/xdp-socket.js';
import { Umem, type UmemRing } from './umem.js';
import type { DeviceEntry } from './xdp-device.js';

const { ENOBUFS } = constants.errno;

/** The memory of a socket is unlocked a moment after it was closed. */
const UNLOCKED_MS = 50;

/** Tells the name and the MTU of a device. */
export interface Links {
  at(index: number): { readonly name: string; readonly mtu: number } | undefined;
}

export class XdpOpening {
  readonly #libc: Libc;
  readonly #links: Links;
  readonly #queue: number;
  readonly #isOver: () => boolean;

  /** @param queue of every device. @param isOver ends all waiting. */
  constructor(libc: Libc, links: Links, queue: number, isOver: () => boolean) {
    this.#libc = libc;
    this.#links = links;
    this.#queue = queue;
    this.#isOver = isOver;
  }

  /** A worker behind the first has a queue of its own, or none: then it is said. @returns the devices that have one. */
  async withQueue(devices: readonly DeviceEntry[]): Promise<DeviceEntry[]> {
    if (this.#queue === 0) return [...devices];
    const queues = await Promise.all(devices.map((device) => this.#queuesOf(device)));
    const without = devices.filter((_, index) => this.#queue >= (queues[index] ?? 0));
    for (const device of without)
      device.problem = `the device has no transmit queue for worker ${this.#queue + 1}`;
    return devices.filter((device) => !without.includes(device));
  }

  /** @returns undefined when there is no memory for it; each device then says so. */
  umem(rings: readonly UmemRing[], devices: readonly DeviceEntry[]): Umem | undefined {
    try {
      return new Umem(this.#libc, rings, devices.length);
    } catch (error) {
      for (const device of devices) tell(device, error);
      return undefined;
    }
  }

  /** @returns a socket for each device; undefined where it cannot be opened. */
  sockets(devices: readonly DeviceEntry[], umem: Umem): Promise<readonly (XdpSocket | undefined)[]> {
    return Promise.all(devices.map((device) => this.#open(device, umem)));
  }

  /** Opens those again that could not be: beside the sockets before them they would have locked too much memory. */
  async missing(
    devices: readonly DeviceEntry[],
    sockets: readonly (XdpSocket | undefined)[],
    umem: Umem,
  ): Promise<readonly (XdpSocket | undefined)[]> {
    if (!sockets.includes(undefined) || this.#isOver()) return sockets;
    await sleep(UNLOCKED_MS);
    return Promise.all(devices.map((device, index) => sockets[index] ?? this.#open(device, umem)));
  }

  /** @returns false when it cannot be bound; it is closed then. */
  async bind(device: DeviceEntry, socket: XdpSocket): Promise<boolean> {
    try {
      await bindWhenFree(socket, device.interfaceIndex, this.#queue, this.#isOver);
      return true;
    } catch (error) {
      socket.close();
      tell(device, error);
      return false;
    }
  }

  /** Tries with a page of memory. @returns whether a socket can be bound to the device; it is not kept. */
  async canBind({ interfaceIndex }: DeviceEntry): Promise<boolean> {
    let address: number | undefined;
    try {
      ({ address } = this.#libc.mapMemory(PAGE_BYTES));
      const socket = await XdpSocket.open(this.#libc, { address, length: PAGE_BYTES });
      const isBound = await socket.bindAside(interfaceIndex, this.#queue);
      socket.close();
      return isBound;
    } catch (error) {
      if (error instanceof LinuxError) return false;
      throw error;
    } finally {
      if (address !== undefined) this.#libc.unmap(address, PAGE_BYTES);
    }
  }

  async #queuesOf({ interfaceIndex }: DeviceEntry): Promise<number> {
    const name = this.#links.at(interfaceIndex)?.name;
    return name === undefined ? 0 : requestTransmitQueues(this.#libc, name, interfaceIndex);
  }

  async #open(device: DeviceEntry, umem: Umem): Promise<XdpSocket | undefined> {
    try {
      return await XdpSocket.open(this.#libc, umem);
    } catch (error) {
      tell(device, error);
      return undefined;
    }
  }
}

/** Has a device say why there is no sender. */
export function tell(device: DeviceEntry, error: unknown): void {
  if (!(error instanceof LinuxError)) throw error;
  const isLocked = error.errno === ENOBUFS;
  device.problem = isLocked
    ? `${error.message}: RLIMIT_MEMLOCK lets no more memory be locked`
    : error.message;
}
