/**
 * Finds the queues through which copies leave, on the target thread, and sets how fast copies may go where a queue does
 * not know priorities (`giving-way.ts`).
 */

import type { QueueState, Queues } from '../linux/queues.js';
import type { Emit } from '../plan/mirror-plan.js';
import { type CopyBytes, EgressMemory } from './egress-memory.js';
import { GivingWay, UNLIMITED } from './giving-way.js';
import type { TargetWays } from './ways.js';

const SAMPLE_INTERVAL_MS = 10;
/** While no copies are sent, and after how long without any. */
const IDLE_INTERVAL_MS = 100;
const IDLE_MS = 500;
/** Nothing tells that a device has another queue. */
const LOOK_INTERVAL_MS = 1000;
/** A look that took longer, because others had the processor, belongs to no moment. */
const LONGEST_LOOK_MS = 2;
const LOOK_TRIES = 3;
/** Copies may be on their way at every look, or each take long: after so many samples, a look counts all the same. */
const MOST_UNSTEADY = 9;

/**
 * A device with a queue where copies give way, and the targets that are reached through it. With `emit: auto`, one without
 * queue too: to know what others send, copies are counted there.
 */
export interface EgressPlace {
  /** Names the place for as long as this thread lives. */
  readonly number: number;
  /** Of `EgressMemory`. */
  readonly memory: SharedArrayBuffer;
  readonly addresses: readonly string[];
}

/** The way to a target. */
export interface EgressWay {
  /** Index of the device by which packets for it leave. */
  readonly device: number;
  readonly place: Pick<Place, 'device' | 'memory' | 'isStacked' | 'isMixed'>;
}

interface Place {
  readonly number: number;
  /** Index of the one with the queue; without any queue, of the lowest. */
  readonly device: number;
  readonly memory: EgressMemory;
  addresses: string[];
  hasQueue: boolean;
  /** Targets are reached by devices above it: nothing that these send passes its queue by. */
  isStacked: boolean;
  /** Others are not. */
  isMixed: boolean;
  way: GivingWay;
  /** The queue does it by itself. */
  isObeyed: boolean;
  /** The discipline that `way` has seen. */
  queue: string;
  sampledMs: number;
  copyBytes: number;
  /** When `copyBytes` changed last. */
  copiedMs: number;
  unsteady: number;
}

/** A queue, and the copies that had entered it, at one moment. */
interface Look {
  readonly queue: QueueState;
  readonly copies: CopyBytes;
  readonly nowMs: number;
}

export class EgressWatch {
  readonly #queues: Queues;
  readonly #ways: Pick<TargetWays, 'egressDevice'>;
  readonly #onPlaces: (places: readonly EgressPlace[]) => void;
  /** By target, index; undefined: there is no route. */
  #deviceOf = new Map<string, number | undefined>();
  /** By the index of the device with the queue. */
  #places = new Map<number, Place>();
  #placeOf = new Map<string, Place>();
  #emit: Emit = 'routed';
  /** Targets whose copies pass queues by, with `emit: auto`. */
  #direct: ReadonlySet<string> = new Set();
  #workers = 1;
  #made = 0;
  #told = '';
  readonly #looking: NodeJS.Timeout;
  #sampling: NodeJS.Timeout | undefined;

  /** @param onPlaces called whenever places or their targets change. */
  constructor(
    queues: Queues,
    ways: Pick<TargetWays, 'egressDevice'>,
    onPlaces: (places: readonly EgressPlace[]) => void,
  ) {
    this.#queues = queues;
    this.#ways = ways;
    this.#onPlaces = onPlaces;
    this.#looking = setInterval(() => this.#look(), LOOK_INTERVAL_MS);
  }

  /**
   * Watches the ways to these targets and no others.
   * @param emit direct: copies pass queues by. @param workers that share the copies: each is taken to send as many as this one.
   */
  watch(addresses: readonly string[], emit: Emit, workers = 1): void {
    this.#emit = emit;
    this.#workers = workers;
    this.#deviceOf = new Map(addresses.map((address) => [address, undefined]));
    this.routesChanged();
  }

  /** The way to any target may be another. */
  routesChanged(): void {
    for (const address of this.#deviceOf.keys()) {
      this.#deviceOf.set(address, this.#ways.egressDevice(address));
    }
    this.#look();
  }

  /** With `emit: auto`: copies for these targets pass queues by, and no others. */
  setDirect(addresses: ReadonlySet<string>): void {
    this.#direct = addresses;
    for (const place of this.#places.values()) this.#judge(place);
    this.#sampleWhenNeeded();
  }

  /** @returns undefined: there is no route to it, or with another `emit` than auto, no queue. */
  wayOf(address: string): EgressWay | undefined {
    const device = this.#deviceOf.get(address);
    const place = this.#placeOf.get(address);
    return device === undefined || place === undefined ? undefined : { device, place };
  }

  close(): void {
    clearInterval(this.#looking);
    clearInterval(this.#sampling);
  }

  /** Finds the queue of each way. */
  #look(): void {
    const found = new Map<number, { readonly index: number | undefined; readonly hasQueue: boolean }>();
    const before = this.#places;
    this.#places = new Map();
    this.#placeOf = new Map();
    for (const [address, device] of this.#deviceOf) {
      if (device === undefined) continue;
      const { index, hasQueue } = found.get(device) ?? this.#find(device);
      found.set(device, { index, hasQueue });
      if (index === undefined) continue;
      const known = this.#places.get(index);
      const place = known ?? this.#placeAt(index, before.get(index));
      place.addresses.push(address);
      this.#placeOf.set(address, place);
      place.hasQueue = hasQueue;
      const isStacked = device !== index;
      place.isMixed = known !== undefined && (place.isMixed || place.isStacked !== isStacked);
      place.isStacked = isStacked;
    }
    for (const place of this.#places.values()) this.#judge(place);
    this.#tell();
    this.#sampleWhenNeeded();
  }

  /** The device where copies leave a queue; with `emit: auto`, the lowest one where there is no queue. */
  #find(device: number): { readonly index: number | undefined; readonly hasQueue: boolean } {
    const index = this.#queues.queueing(device);
    const hasQueue = index !== undefined;
    return { index: hasQueue || this.#emit !== 'auto' ? index : this.#queues.lowest(device), hasQueue };
  }

  #placeAt(device: number, before: Place | undefined): Place {
    const place = before ?? this.#newPlace(device);
    place.addresses = [];
    this.#places.set(device, place);
    return place;
  }

  #newPlace(device: number): Place {
    this.#made += 1;
    return {
      number: this.#made,
      device,
      memory: new EgressMemory(),
      addresses: [],
      hasQueue: true,
      isStacked: false,
      isMixed: false,
      way: new GivingWay(),
      isObeyed: false,
      queue: '',
      sampledMs: 0,
      copyBytes: 0,
      copiedMs: Number.NEGATIVE_INFINITY,
      unsteady: 0,
    };
  }

  #judge(place: Place): void {
    place.isObeyed =
      !place.hasQueue || (!this.#isPassedBy(place) && this.#queues.obeysPriority(place.device));
    if (place.isObeyed) place.memory.limit = 0;
  }

  #isPassedBy({ addresses }: Place): boolean {
    return this.#emit === 'direct' || addresses.some((address) => this.#direct.has(address));
  }

  #tell(): void {
    const places = [...this.#places.values()].map(({ number, memory: { memory }, addresses }) => ({
      number,
      memory,
      addresses,
    }));
    const told = JSON.stringify(places.map(({ number, addresses }) => [number, addresses]));
    if (told === this.#told) return;
    this.#told = told;
    this.#onPlaces(places);
  }

  #sampleWhenNeeded(): void {
    const isNeeded = [...this.#places.values()].some(({ isObeyed }) => !isObeyed);
    if (isNeeded) this.#sampling ??= setInterval(() => this.#sampleAll(), SAMPLE_INTERVAL_MS);
    else {
      clearInterval(this.#sampling);
      this.#sampling = undefined;
    }
  }

  #sampleAll(): void {
    const nowMs = performance.now();
    for (const place of this.#places.values()) {
      if (place.isObeyed || this.#isIdle(place, nowMs)) continue;
      this.#sample(place);
    }
  }

  /** Nothing has to give way while no copies are sent: the queue need not be asked often. */
  #isIdle(place: Place, nowMs: number): boolean {
    const { queued, direct } = place.memory.bytes;
    if (queued + direct !== place.copyBytes) place.copiedMs = nowMs;
    place.copyBytes = queued + direct;
    return nowMs - place.copiedMs > IDLE_MS && nowMs - place.sampledMs < IDLE_INTERVAL_MS;
  }

  #sample(place: Place): void {
    const look = this.#lookSharply(place) ?? this.#lookAtLast(place);
    if (look === undefined) return;
    place.unsteady = 0;
    const { queue, nowMs } = look;
    const { queued, direct } = passing(place, look.copies);
    const { kind, handle, sentBytes, backlogBytes, drops } = queue;
    // Another queue counts from nothing.
    if (place.queue !== `${kind} ${handle}`) place.way = new GivingWay();
    place.queue = `${kind} ${handle}`;
    place.sampledMs = nowMs;
    const allowed = place.way.sample({
      nowMs,
      sentBytes,
      backlogBytes,
      drops,
      queuedCopyBytes: queued * this.#workers,
      directCopyBytes: direct * this.#workers,
    });
    place.memory.limit = allowed === UNLIMITED ? 0 : allowed / this.#workers;
  }

  /** @returns undefined: copies were being sent at each try, or it took too long to belong to one moment. */
  #lookSharply(place: Place): Look | undefined {
    for (let tries = 0; tries < LOOK_TRIES; tries++) {
      let queue: QueueState | undefined;
      const startedMs = performance.now();
      const copies = place.memory.steadyBytes(() => {
        queue = this.#queues.look(place.device);
      });
      const nowMs = performance.now();
      const isSharp = copies !== undefined && nowMs - startedMs <= LONGEST_LOOK_MS;
      if (queue !== undefined && isSharp) return { queue, copies, nowMs };
    }
    return undefined;
  }

  /** After so many that failed, one that may be wrong by what is being sent. */
  #lookAtLast(place: Place): Look | undefined {
    place.unsteady += 1;
    if (place.unsteady <= MOST_UNSTEADY) return undefined;
    const queue = this.#queues.look(place.device);
    return queue && { queue, copies: place.memory.bytes, nowMs: performance.now() };
  }
}

/** What a device above sends straight to its own driver enters the queue below all the same. */
function passing({ isStacked, isMixed }: Place, { queued, direct }: CopyBytes): CopyBytes {
  return isStacked && !isMixed ? { queued: queued + direct, direct: 0 } : { queued, direct };
}
