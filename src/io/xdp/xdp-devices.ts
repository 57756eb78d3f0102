/**
 * AF_XDP for the devices by which copies leave: one socket for each, all out of one UMEM with the rings of the sources.
 * A UMEM cannot change, so for other rings or devices a new one is made beside it, off the main thread; then the sockets
 * are replaced. Meanwhile, and where AF_XDP is not possible, the packet sockets send.
 */
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Counters } from '../../counters/counters.js';
import { LinuxError } from '../../linux/errors.js';
import type { Libc } from '../../linux/libc.js';
import { bindWhenFree, transmitQueuesOf, XdpSocket } from '../../linux/xdp-socket.js';
import type { WorkerShare } from '../../plan/engine-plan.js';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.js';
import { flushHeld, holdOf, sendersOf, settleAll } from './in-flight.js';
import { Umem, type UmemRing, umemBytes } from './umem.js';
import { DeviceEntry, type XdpDevice } from './xdp-device.js';
import { XdpSender } from './xdp-sender.js';

const { EINVAL } = constants.errno;

/** How often a UMEM is made anew at most. */
const REBUILD_INTERVAL_MS = 10_000;
/** How long a device that no sink has asked for is kept. */
const UNUSED_MS = 30_000;
const COMPLETION_POLL_MS = 1;
/** The memory of a socket is unlocked a moment after it was closed. */
const UNLOCKED_MS = 50;
/** Of rings that were opened before copies were direct, frames have no room for headers. */
const NO_RING =
  'no ring fits into engine.xdpMegabytes, or all were opened before engine.emit was direct: restart the daemon';

/** A ring, and how much is copied out of it. */
export interface CopiedRing extends UmemRing {
  /** Frames read since it was opened. */
  readonly framesRead: number;
}

/** Tells the name and the MTU of a device. */
export interface Links {
  at(index: number): { readonly name: string; readonly mtu: number } | undefined;
}

export class XdpDevices {
  readonly #libc: Libc;
  readonly #counters: Counters;
  readonly #links: Links;
  readonly #maximumBytes: number;
  readonly #queue: number;
  readonly #rings = new Set<CopiedRing>();
  readonly #devices = new Map<number, DeviceEntry>();
  /** Of devices that others replace: the kernel is not done with what they sent. */
  #retiring: readonly XdpSender[] = [];
  #umem: Umem | undefined;
  #rebuiltMs = Number.NEGATIVE_INFINITY;
  #isStale = false;
  #rebuilding: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param links the devices of the engine's namespace. @param maximumBytes of memory, which the kernel locks, over all
   * workers and devices. @param worker absent: no other engine sends. Each has a queue of its own, where there are enough.
   */
  constructor(
    libc: Libc,
    counters: Counters,
    links: Links,
    maximumBytes: number,
    { index, of }: WorkerShare = { index: 0, of: 1 },
  ) {
    this.#queue = index;
    this.#links = links;
    this.#libc = libc;
    this.#counters = counters;
    this.#maximumBytes = maximumBytes / of;
  }

  /** The device with this index. It has no sender at first. */
  deviceOf(interfaceIndex: number): XdpDevice {
    let device = this.#devices.get(interfaceIndex);
    if (device === undefined) {
      device = new DeviceEntry(interfaceIndex, this.#longestFrame(interfaceIndex));
      this.#devices.set(interfaceIndex, device);
      this.#isStale = true;
    }
    device.usedMs = performance.now();
    return device;
  }

  /** To be called between batches, when links changed. */
  readMtus(): void {
    for (const device of this.#devices.values())
      device.maximumLength = this.#longestFrame(device.interfaceIndex);
  }

  addRing(ring: CopiedRing): void {
    this.#rings.add(ring);
    this.#isStale = true;
  }

  /** To be called before a ring is closed, between batches. */
  removeRing(ring: CopiedRing): void {
    if (!this.#rings.delete(ring)) return;
    this.#umem?.forget(ring);
    this.#isStale = true;
  }

  /** See `holdOf`. */
  hold(): (() => boolean) | undefined {
    return holdOf(this.#senders);
  }

  /** Tries again what the devices did not take; between batches. @returns whether they still do not take all. */
  flush(): boolean {
    return flushHeld(this.#senders);
  }

  /** Counts every copy that was posted, before the layout of the counters changes: what no device takes is skipped. */
  settle(): void {
    settleAll(this.#senders);
  }

  /** Makes a new UMEM where that is due. To be called a few times a second, between batches. */
  check(): void {
    const now = performance.now();
    // Copies that the kernel threw away were counted as sent: a way that does that is not to be taken.
    for (const sender of this.#senders) if (sender.invalidDescriptors > 0) sender.fail(EINVAL);
    for (const [index, { usedMs }] of this.#devices) {
      if (now - usedMs < UNUSED_MS || this.#rebuilding !== undefined) continue;
      this.#retireAtOnce(index);
    }
    for (const device of this.#devices.values()) if (device.resume(now)) this.#isStale = true;
    const isDue = this.#isStale && now - this.#rebuiltMs >= REBUILD_INTERVAL_MS;
    if (this.#rebuilding !== undefined || this.#isClosed || !isDue || this.#devices.size === 0) return;
    this.#isStale = false;
    this.#rebuiltMs = now;
    this.#rebuilding = this.#rebuild().finally(() => {
      this.#rebuilding = undefined;
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const device of this.#devices.values()) {
      device.sender?.flush();
      device.sender?.close();
      device.sender = undefined;
    }
    this.#umem?.close();
    this.#umem = undefined;
  }

  get #senders(): readonly XdpSender[] {
    return [...this.#retiring, ...sendersOf(this.#devices.values())];
  }

  #longestFrame(interfaceIndex: number): number {
    return ETHERNET_HEADER_LENGTH + (this.#links.at(interfaceIndex)?.mtu ?? 0);
  }

  /** A device that no copies leave by has nothing on its way. */
  #retireAtOnce(index: number): void {
    this.#devices.get(index)?.sender?.close();
    this.#devices.delete(index);
    this.#isStale = true;
  }

  async #rebuild(): Promise<void> {
    const devices = [...this.#devices.values()].filter((one) => !one.isPausing && this.#hasQueue(one));
    const rings = devices.length === 0 ? [] : this.#chooseRings(devices.length);
    const umem = rings.length === 0 ? undefined : this.#openUmem(rings, devices);
    if (umem === undefined) {
      for (const device of devices) if (rings.length === 0) device.problem = NO_RING;
      await this.#retire();
      return;
    }
    const beside = await Promise.all(devices.map((device) => this.#open(device, umem)));
    // A mapping would keep rings open that were closed meanwhile.
    for (const ring of rings) if (!this.#rings.has(ring as CopiedRing)) umem.forget(ring);
    await this.#retire();
    const sockets = await this.#openMissing(devices, beside, umem);
    if (this.#isClosed) {
      for (const socket of sockets) socket?.close();
      umem.close();
      return;
    }
    await Promise.all(
      devices.map(async (device, index) => {
        const socket = sockets[index];
        if (socket !== undefined && (await this.#bind(device, socket))) {
          const fail = (errno: number): void => this.#failed(device, errno);
          device.opened(new XdpSender(socket, umem.slots[index], this.#counters, fail));
        }
      }),
    );
    for (const ring of rings) if (!this.#rings.has(ring as CopiedRing)) umem.forget(ring);
    if (this.#isClosed || devices.every(({ sender }) => sender === undefined)) {
      for (const device of devices) device.sender?.close();
      umem.close();
      return;
    }
    this.#umem = umem;
    umem.use();
  }

  /** @returns undefined when there is no memory for it. */
  #openUmem(rings: readonly UmemRing[], devices: readonly DeviceEntry[]): Umem | undefined {
    try {
      return new Umem(this.#libc, rings, devices.length);
    } catch (error) {
      for (const device of devices) this.#tell(device, error);
      return undefined;
    }
  }

  /** Those that are copied from most, as far as there is memory. */
  #chooseRings(devices: number): CopiedRing[] {
    const chosen: CopiedRing[] = [];
    const byUse = [...this.#rings].sort((a, b) => b.framesRead - a.framesRead);
    for (const ring of byUse) {
      if (umemBytes([...chosen, ring], devices) * devices <= this.#maximumBytes) chosen.push(ring);
    }
    return chosen;
  }

  async #open(device: DeviceEntry, umem: Umem): Promise<XdpSocket | undefined> {
    try {
      return await XdpSocket.open(this.#libc, umem);
    } catch (error) {
      this.#tell(device, error);
      return undefined;
    }
  }

  /** Opens those again that could not be: beside the sockets before them they would have locked too much memory. */
  async #openMissing(
    devices: readonly DeviceEntry[],
    sockets: readonly (XdpSocket | undefined)[],
    umem: Umem,
  ): Promise<readonly (XdpSocket | undefined)[]> {
    if (!sockets.includes(undefined) || this.#isClosed) return sockets;
    await sleep(UNLOCKED_MS);
    return Promise.all(devices.map((device, index) => sockets[index] ?? this.#open(device, umem)));
  }

  /** @returns false when it cannot be bound; it is closed then. */
  async #bind(device: DeviceEntry, socket: XdpSocket): Promise<boolean> {
    try {
      await bindWhenFree(socket, device.interfaceIndex, this.#queue, () => this.#isClosed);
      return true;
    } catch (error) {
      socket.close();
      this.#tell(device, error);
      return false;
    }
  }

  /** A worker behind the first has a queue of its own, or none: then it is said. */
  #hasQueue(device: DeviceEntry): boolean {
    const name = this.#links.at(device.interfaceIndex)?.name;
    if (this.#queue === 0 || (name !== undefined && this.#queue < transmitQueuesOf(name))) return true;
    device.problem = `the device has no transmit queue for worker ${this.#queue + 1}`;
    return false;
  }

  /** Closes the sockets of now, once the kernel is done with what they sent. From here on the packet sockets send. */
  async #retire(): Promise<void> {
    const senders = sendersOf(this.#devices.values());
    this.#retiring = senders;
    for (const device of this.#devices.values()) device.sender = undefined;
    const umem = this.#umem;
    this.#umem = undefined;
    umem?.leave();
    for (const sender of senders) {
      sender.flush();
      const mark = sender.mark();
      while ((sender.isHolding || !sender.isPast(mark)) && sender.isOpen) {
        await sleep(COMPLETION_POLL_MS);
        sender.flush();
      }
      sender.close();
    }
    this.#retiring = [];
    umem?.close();
  }

  #failed(device: DeviceEntry, errno: number): void {
    device.failed();
    this.#tell(device, new LinuxError('send', errno));
  }

  #tell(device: DeviceEntry, error: unknown): void {
    if (!(error instanceof LinuxError)) throw error;
    device.problem = error.message;
  }
}
