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
import type { XdpSocket } from '../../linux/xdp-socket.js';
import type { WorkerShare } from '../../plan/engine-plan.js';
import { ETHERNET_HEADER_LENGTH } from '../../wire/ethernet.js';
import { ClosingSenders } from './closing-senders.js';
import { flushHeld, holdOf, sendersOf, settleAll } from './in-flight.js';
import { type CopiedRing, type HeaderSlots, type Umem, umemBytes } from './umem.js';
import { DeviceEntry, type XdpDevice } from './xdp-device.js';
import { type Links, tell, XdpOpening } from './xdp-opening.js';
import { XdpSender } from './xdp-sender.js';

const { EINVAL } = constants.errno;

/** How often a UMEM is made anew at most, and a device is tried that no socket could be bound to. */
const REBUILD_INTERVAL_MS = 10_000;
/** How long a device that no sink has asked for is kept. */
const UNUSED_MS = 30_000;
const UNUSED = 'AF_XDP was closed on the device, since no copies left by it';
const COMPLETION_POLL_MS = 1;
/** Of rings that were opened before copies were direct, frames have no room for headers. */
const NO_RING =
  'no ring fits into engine.xdpMegabytes, or all were opened while engine.emit was routed: restart the daemon';

export class XdpDevices {
  readonly #counters: Counters;
  readonly #links: Links;
  readonly #maximumBytes: number;
  readonly #opening: XdpOpening;
  readonly #rings = new Set<CopiedRing>();
  readonly #devices = new Map<number, DeviceEntry>();
  /** Of devices that others replace: the kernel is not done with what they sent. */
  #retiring: readonly XdpSender[] = [];
  readonly #closing = new ClosingSenders();
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
    this.#links = links;
    this.#opening = new XdpOpening(libc, links, index, () => this.#isClosed);
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

  /** To be called once at the end of each batch, see `holdOf`. */
  hold(): (() => boolean) | undefined {
    return holdOf([...this.#closing.ofBatch(), ...this.#open]);
  }

  /** Tries again what the devices did not take; between batches. @returns whether they still do not take all. */
  flush(): boolean {
    return flushHeld(this.#open);
  }

  /** Counts every copy that was posted, before the layout of the counters changes: what no device takes is skipped. */
  settle(): void {
    settleAll(this.#open);
  }

  /** Makes a new UMEM where that is due. To be called a few times a second, between batches. */
  check(): void {
    const now = performance.now();
    this.#countThrownAway();
    this.#closing.release();
    for (const device of this.#devices.values()) void this.#tryUnbound(device, now);
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
      device.sender?.abandon();
      device.sender = undefined;
    }
    for (const sender of [...this.#closing.all, ...this.#retiring]) sender.abandon();
    this.#umem?.close();
    this.#umem = undefined;
  }

  /** Senders that are not closed. */
  get #open(): readonly XdpSender[] {
    return [...this.#retiring, ...sendersOf(this.#devices.values())];
  }

  /** Copies that the kernel threw away were counted as sent: a way that does that is not to be taken. */
  #countThrownAway(): void {
    let sum = this.#closing.thrownAway;
    for (const sender of [...this.#closing.all, ...this.#open]) {
      const { invalidDescriptors } = sender;
      sum += invalidDescriptors;
      if (invalidDescriptors > 0) sender.fail(EINVAL);
    }
    this.#counters.xdpInvalidDescriptors = sum;
  }

  /** Nothing more is sent by it. */
  #close(sender: XdpSender): void {
    this.#retiring = this.#retiring.filter((other) => other !== sender);
    this.#closing.add(sender, this.#rings);
  }

  /** Tries a device now and then that no socket could be bound to, beside the others, which are not replaced for it. */
  async #tryUnbound(device: DeviceEntry, nowMs: number): Promise<void> {
    const { unboundMs } = device;
    if (unboundMs === undefined || nowMs - unboundMs < REBUILD_INTERVAL_MS) return;
    device.unboundMs = nowMs;
    if (await this.#opening.canBind(device)) this.#isStale = true;
  }

  #longestFrame(interfaceIndex: number): number {
    return ETHERNET_HEADER_LENGTH + (this.#links.at(interfaceIndex)?.mtu ?? 0);
  }

  /** A device that no copies leave by has nothing on its way. */
  #retireAtOnce(index: number): void {
    const device = this.#devices.get(index);
    const sender = device?.sender;
    if (device !== undefined) {
      // A sink may have it still.
      device.sender = undefined;
      device.problem = UNUSED;
    }
    if (sender !== undefined) this.#close(sender);
    this.#devices.delete(index);
    this.#isStale = true;
  }

  async #rebuild(): Promise<void> {
    // Their queues are taken, and their memory is in use.
    while (!this.#closing.release() && !this.#isClosed) await sleep(COMPLETION_POLL_MS);
    const devices = await this.#opening.withQueue(
      [...this.#devices.values()].filter(({ isPausing }) => !isPausing),
    );
    const rings = devices.length === 0 ? [] : this.#chooseRings(devices.length);
    const umem = rings.length === 0 ? undefined : this.#opening.umem(rings, devices);
    if (umem === undefined) {
      for (const device of devices) if (rings.length === 0) device.problem = NO_RING;
      await this.#retire();
      return;
    }
    const beside = await this.#opening.sockets(devices, umem);
    // A mapping would keep rings open that were closed meanwhile.
    for (const ring of rings) if (!this.#rings.has(ring)) umem.forget(ring);
    await this.#retire();
    const sockets = await this.#opening.missing(devices, beside, umem);
    if (this.#isClosed) {
      for (const socket of sockets) socket?.close();
      umem.close();
      return;
    }
    const areSomeOpen = sockets.some((socket) => socket !== undefined);
    for (const [index, device] of devices.entries())
      if (sockets[index] === undefined) device.refused(areSomeOpen);
    await Promise.all(
      devices.map((device, index) => this.#openSender(device, sockets[index], umem.slots[index])),
    );
    for (const ring of rings) if (!this.#rings.has(ring)) umem.forget(ring);
    if (this.#isClosed || devices.every(({ sender }) => sender === undefined)) {
      for (const device of devices) device.sender?.abandon();
      umem.close();
      return;
    }
    this.#umem = umem;
    umem.use();
  }

  /** Has a device send by a socket, once that is bound to it. @param socket undefined: there is none. */
  async #openSender(device: DeviceEntry, socket: XdpSocket | undefined, slots: HeaderSlots): Promise<void> {
    if (socket === undefined) return;
    device.unboundMs = performance.now();
    if (!(await this.#opening.bind(device, socket))) return;
    const fail = (errno: number): void => this.#failed(device, errno);
    const isGone = (): boolean => this.#links.at(device.interfaceIndex) === undefined;
    device.opened(new XdpSender(socket, slots, this.#counters, fail, isGone));
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
      this.#close(sender);
    }
    this.#retiring = [];
    while (!this.#closing.release() && !this.#isClosed) await sleep(COMPLETION_POLL_MS);
    umem?.close();
  }

  #failed(device: DeviceEntry, errno: number): void {
    const { sender } = device;
    device.failed();
    tell(device, new LinuxError('send', errno));
    if (sender !== undefined) this.#close(sender);
  }
}
