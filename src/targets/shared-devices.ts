/** The devices by which copies leave and others send too: what others send by each, which is all that is sent less the copies. */
import type { DeviceStacks } from '../linux/device-stack.js';
import { NO_QUEUE, type Queues } from '../linux/queues.js';
import { Others, type OthersNeed } from './direct-rules.js';
import type { EgressWay } from './egress-watch.js';

const LOOK_TRIES = 3;

interface SharedDevice {
  way: EgressWay;
  readonly others: Others;
  need: OthersNeed;
  /** In bits a second; undefined: not known. */
  speed: number | undefined;
  /** What counts its bytes: another queue counts from nothing. */
  counter: string;
  /** At the last look, as the two below. */
  sentBytes: number;
  copyBytes: number;
}

interface Sent {
  readonly counter: string;
  readonly bytes: number;
  readonly isQueue: boolean;
}

export class SharedDevices {
  /** Engines that share the copies: each is taken to send as many as this one. */
  workers = 1;
  readonly #queues: Pick<Queues, 'look'>;
  readonly #stacks: Pick<DeviceStacks, 'speedOf' | 'sentBytes'>;
  /** By index. */
  #devices = new Map<number, SharedDevice>();
  /** Of direct copies so far. */
  #directBytes = 0;

  constructor(queues: Pick<Queues, 'look'>, stacks: Pick<DeviceStacks, 'speedOf' | 'sentBytes'>) {
    this.#queues = queues;
    this.#stacks = stacks;
  }

  /** Looks at the devices of these ways and no others, whose speed may be another now. */
  keepOnly(ways: readonly EgressWay[]): void {
    const found = new Map<number, SharedDevice>();
    for (const way of ways) {
      const index = way.place.device;
      if (found.has(index)) continue;
      const device = this.#devices.get(index) ?? newSharedDevice(way);
      device.way = way;
      device.speed = this.#stacks.speedOf(index);
      found.set(index, device);
    }
    this.#devices = found;
  }

  needOf({ place }: EgressWay): OthersNeed {
    return this.#devices.get(place.device)?.need ?? 'unknown';
  }

  /** @returns whether direct copies have left since the last call. Costs no system call. */
  haveDirectLeft(): boolean {
    let bytes = 0;
    for (const { way } of this.#devices.values()) bytes += way.place.memory.bytes.direct;
    const isMore = bytes !== this.#directBytes;
    this.#directBytes = bytes;
    return isMore;
  }

  /** To be called at least once in a second. @returns whether others need a device now, or one of them no more. */
  sample(nowMs: number): boolean {
    let isOther = false;
    for (const device of this.#devices.values()) {
      const before = device.need;
      this.#sample(device, nowMs);
      if (device.need !== before) isOther = true;
    }
    return isOther;
  }

  #sample(device: SharedDevice, nowMs: number): void {
    const { place } = device.way;
    const { memory, isStacked } = place;
    let sent: Sent | undefined;
    const look = (): void => {
      sent = this.#sentBy(place.device);
    };
    let copies = memory.steadyBytes(look);
    for (let tries = 1; copies === undefined && tries < LOOK_TRIES; tries++)
      copies = memory.steadyBytes(look);
    const { queued, direct } = copies ?? memory.bytes;
    if (sent === undefined) return;
    const { bytes } = sent;
    const counter = `${sent.counter} ${isStacked}`;
    const copyBytes = (sent.isQueue && !isStacked ? queued : queued + direct) * this.workers;
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
