/** The devices by which copies leave and others send too, and how much they need them (`direct-rules.ts`). */
import { type DeviceStacks, speedOf } from '../linux/device-stack.js';
import { NO_QUEUE, type Queues } from '../linux/queues.js';
import { Others, type OthersNeed } from './direct-rules.js';
import type { EgressWatch, EgressWay } from './egress-watch.js';

const LOOK_TRIES = 3;

/** A device by which others send too, and what it and the copies had sent at the last look. */
interface SharedDevice {
  way: EgressWay;
  readonly others: Others;
  need: OthersNeed;
  /** In bits a second; undefined: not known. */
  speed: number | undefined;
  /** What counts its bytes: another queue counts from nothing. */
  counter: string;
  sentBytes: number;
  copyBytes: number;
}

interface Sent {
  readonly counter: string;
  readonly bytes: number;
  readonly isQueue: boolean;
}

export class SharedDevices {
  readonly #queues: Queues;
  readonly #stacks: Pick<DeviceStacks, 'at' | 'sentBytes'>;
  readonly #egress: Pick<EgressWatch, 'wayOf'>;
  /** By index. */
  #devices = new Map<number, SharedDevice>();

  constructor(
    queues: Queues,
    stacks: Pick<DeviceStacks, 'at' | 'sentBytes'>,
    egress: Pick<EgressWatch, 'wayOf'>,
  ) {
    this.#queues = queues;
    this.#stacks = stacks;
    this.#egress = egress;
  }

  needOf({ place }: EgressWay): OthersNeed {
    return this.#devices.get(place.device)?.need ?? 'unknown';
  }

  /** Goes over to the devices by which copies for these targets leave now. */
  find(targets: Iterable<string>): void {
    const found = new Map<number, SharedDevice>();
    for (const address of targets) {
      const way = this.#egress.wayOf(address);
      if (way === undefined || found.has(way.place.device)) continue;
      const name = this.#stacks.at(way.place.device)?.name;
      const device = this.#devices.get(way.place.device) ?? newSharedDevice(way);
      device.way = way;
      device.speed = name === undefined ? undefined : speedOf(name);
      found.set(way.place.device, device);
    }
    this.#devices = found;
  }

  /**
   * To be called about ten times a second.
   * @param workers that share the copies. @returns whether others need a device now, or do no more.
   */
  sample(nowMs: number, workers: number): boolean {
    let isOther = false;
    for (const device of this.#devices.values()) {
      const before = device.need;
      this.#sample(device, nowMs, workers);
      if (device.need !== before) isOther = true;
    }
    return isOther;
  }

  #sample(device: SharedDevice, nowMs: number, workers: number): void {
    const { place } = device.way;
    const { memory } = place;
    let sent: Sent | undefined;
    const look = (): void => {
      sent = this.#sentBy(place.device);
    };
    let copies = memory.steadyBytes(look);
    for (let tries = 1; copies === undefined && tries < LOOK_TRIES; tries++)
      copies = memory.steadyBytes(look);
    const { queued, direct } = copies ?? memory.bytes;
    if (sent === undefined) return;
    const { counter, bytes } = sent;
    const passing = sent.isQueue && !place.isStacked ? queued : queued + direct;
    const copyBytes = passing * workers;
    const others = bytes - device.sentBytes - (copyBytes - device.copyBytes);
    const isSame = device.counter === counter && bytes >= device.sentBytes && copyBytes >= device.copyBytes;
    device.need = device.others.add(nowMs, isSame ? others : 0, device.speed);
    Object.assign(device, { counter, sentBytes: bytes, copyBytes });
  }

  /** What entered the queue of a device. Without one, drivers count at once: they are those of software. */
  #sentBy(index: number): Sent | undefined {
    const queue = this.#queues.look(index);
    if (queue === undefined) return undefined;
    const { kind, handle, sentBytes, backlogBytes } = queue;
    if (kind !== NO_QUEUE) {
      return { counter: `${kind} ${handle}`, bytes: sentBytes + backlogBytes, isQueue: true };
    }
    const bytes = this.#stacks.sentBytes(index);
    return bytes === undefined ? undefined : { counter: kind, bytes, isQueue: false };
  }
}

function newSharedDevice(way: EgressWay): SharedDevice {
  return {
    way,
    others: new Others(),
    need: 'unknown',
    speed: undefined,
    counter: '',
    sentBytes: 0,
    copyBytes: 0,
  };
}
