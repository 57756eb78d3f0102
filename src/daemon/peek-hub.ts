/**
 * Between the engines, which send copies, and those who peek. Tells the engines what is wanted, and how much of it: all who
 * peek share one rate, so that copies never take much of the daemon's time.
 */
import type { EngineOrder } from '../engine/messages.js';
import {
  copyFields,
  leftOutCount,
  RECORD_BEGIN,
  RECORD_COPY,
  RECORD_LEFT_OUT,
  RECORD_ORIGIN,
  RecordStream,
  recordNumber,
  recordText,
  recordType,
  setRecordNumber,
  UNTOLD_ORIGIN,
} from '../peek/copy-records.js';
import { MAXIMUM_ORIGINS } from '../peek/copy-taps.js';
import { CopyRate, type OrderedRate } from './copy-rate.js';
import { PeekOrigins } from './peek-origins.js';
import type { KnownOrigin, Peeker } from './peeker.js';

/** Who can peek at the same time, on the socket and through the control API. */
export const MAXIMUM_PEEKERS = 8;

/** Of all engines, for all who peek: a few hundredths of a processor in the daemon. */
const COPIES_PER_SECOND = 20_000;
const BYTES_PER_SECOND = 32 << 20;
/** Of one engine, however many there are. */
const LEAST_COPIES_PER_SECOND = 500;
const LEAST_BYTES_PER_SECOND = 1 << 20;

/** Engines look at all their lanes at each order, so whoever begins and ends peeks in a loop must not decide how often. */
const ORDER_INTERVAL_MS = 200;

export type PeekOrderMessage = Extract<EngineOrder, { type: 'peek' }>;

/** Takes what one engine process sends of copies. */
export interface CopyReceiver {
  /** @throws RangeError for what no engine sends. */
  push(bytes: Uint8Array): void;
  /** The engine has ended. */
  end(): void;
}

/** The engines of a daemon. */
export interface PeekedEngines {
  readonly count: () => number;
  /** Gives an order to all of them, and to those that are started later. */
  readonly order: (order: PeekOrderMessage) => void;
}

export class PeekHub {
  /** Counts how often engines were told that nobody peeks: numbers of origins are of one generation. */
  generation = 0;
  readonly #engines: PeekedEngines;
  readonly #peekers = new Set<Peeker>();
  readonly #origins = new PeekOrigins();
  readonly #intervalMs: number;
  /** The last order. */
  #ordered: PeekOrderMessage = { type: 'peek' };
  #orderedMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  /** @param intervalMs between two orders; 0: each is given at once. */
  constructor(engines: PeekedEngines, intervalMs = ORDER_INTERVAL_MS) {
    this.#engines = engines;
    this.#intervalMs = intervalMs;
  }

  get peekers(): ReadonlySet<Peeker> {
    return this.#peekers;
  }

  /** What each engine was asked for last; undefined: nothing. */
  get rate(): OrderedRate | undefined {
    return this.#ordered.wanted;
  }

  add(peeker: Peeker): void {
    this.#peekers.add(peeker);
    this.#orderSoon();
  }

  remove(peeker: Peeker): void {
    if (!this.#peekers.delete(peeker)) return;
    this.#orderSoon();
  }

  /** For a new engine process. */
  openEngine(): CopyReceiver {
    return new EngineCopies(this);
  }

  /** The origin of a text that an engine sent; undefined when there are too many. @throws RangeError */
  originOf(text: string): KnownOrigin | undefined {
    return this.#origins.of(text);
  }

  /** The first order is given at once; of those that follow soon, only the last one, and none that changes nothing. */
  #orderSoon(): void {
    if (this.#timer !== undefined) return;
    const wait = this.#orderedMs + this.#intervalMs - performance.now();
    if (wait <= 0) return void this.#order();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#order();
    }, wait).unref();
  }

  #order(): void {
    const order = this.#wantedNow();
    if (JSON.stringify(order) === JSON.stringify(this.#ordered)) return;
    if (order.wanted === undefined) {
      this.generation += 1;
      this.#origins.clear();
    }
    this.#ordered = order;
    this.#orderedMs = performance.now();
    this.#engines.order(order);
  }

  #wantedNow(): PeekOrderMessage {
    const peekers = [...this.#peekers];
    if (peekers.length === 0) return { type: 'peek' };
    const parts = peekers.length * Math.max(1, this.#engines.count());
    return {
      type: 'peek',
      wanted: {
        filters: peekers.map(({ filter }) => filter),
        snapshotLength: Math.max(...peekers.map(({ snapshotLength }) => snapshotLength)),
        copiesPerSecond: Math.max(LEAST_COPIES_PER_SECOND, Math.floor(COPIES_PER_SECOND / parts)),
        bytesPerSecond: Math.max(LEAST_BYTES_PER_SECOND, Math.floor(BYTES_PER_SECOND / parts)),
      },
    };
  }
}

/** The copies of one engine process. It reads packets of strangers, so nothing that it sends is taken as it is. */
class EngineCopies implements CopyReceiver {
  readonly #hub: PeekHub;
  readonly #stream = new RecordStream();
  readonly #rate = new CopyRate();
  /** By the engine's number; undefined: not told apart. */
  readonly #origins = new Map<number, KnownOrigin | undefined>([[UNTOLD_ORIGIN, undefined]]);
  /** Of the hub, when the engine began. */
  #generation = -1;

  constructor(hub: PeekHub) {
    this.#hub = hub;
  }

  push(bytes: Uint8Array): void {
    this.#rate.turn(this.#hub.rate);
    this.#stream.push(bytes, (piece, offset, length) => this.#take(piece, offset, length));
    for (const peeker of this.#hub.peekers) peeker.flush();
  }

  end(): void {
    if (this.#generation !== this.#hub.generation) return;
    for (const peeker of this.#hub.peekers) {
      peeker.note({ kind: 'engine-ended' });
      peeker.flush();
    }
  }

  #take(bytes: Uint8Array, offset: number, length: number): void {
    const type = recordType(bytes, offset);
    if (type === RECORD_BEGIN) return void this.#begin();
    if (type === RECORD_COPY) this.#rate.copy(length);
    else if (type === RECORD_ORIGIN) this.#rate.tellOrigin();
    // Of a peek that has ended.
    if (this.#generation !== this.#hub.generation) return;
    const number = length > 12 ? recordNumber(bytes, offset) : -1;
    if (type === RECORD_ORIGIN) {
      if (number < 1 || number > MAXIMUM_ORIGINS) throw new RangeError(`an origin with number ${number}`);
      this.#origins.set(number, this.#hub.originOf(recordText(bytes, offset)));
      return;
    }
    if (!this.#origins.has(number)) throw new RangeError(`a copy of the unknown origin ${number}`);
    const known = this.#origins.get(number);
    if (type === RECORD_LEFT_OUT) this.#leaveOut(known, leftOutCount(bytes, offset));
    else if (type === RECORD_COPY) this.#handOn(known, bytes, offset, length);
    else throw new RangeError(`a record of type ${type}`);
  }

  #begin(): void {
    this.#rate.begin();
    this.#generation = this.#hub.rate !== undefined ? this.#hub.generation : -1;
    this.#origins.clear();
    this.#origins.set(UNTOLD_ORIGIN, undefined);
  }

  #handOn(known: KnownOrigin | undefined, bytes: Uint8Array, offset: number, length: number): void {
    const { keptLength } = copyFields(bytes, offset);
    if (known === undefined) return void this.#leaveOut(known, 1);
    setRecordNumber(bytes, offset, known.number);
    for (const peeker of this.#hub.peekers) peeker.take(known, bytes, offset, length, keptLength);
  }

  #leaveOut(known: KnownOrigin | undefined, count: number): void {
    for (const peeker of this.#hub.peekers) peeker.leaveOut(known, count);
  }
}
