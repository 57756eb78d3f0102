/** The rates that the configuration allows copies. One that finds no room is skipped; none ever waits. */
import type { Counters } from '../counters/counters.js';
import { SKIP_INDEX } from '../counters/skip-reason.js';
import type { TunnelHeader } from '../encapsulate/tunnel-header.js';
import type { EngineOptions, RateLimitPlan, SessionPlan, SourcePlan } from '../plan/mirror-plan.js';
import { TokenBucket } from './egress-share.js';
import type { Frame } from './frame.js';
import type { PacketSink } from './sink.js';

const BITS_PER_BYTE = 8;
/** Of a rate that is configured. */
const RATE_BURST_MS = 10;

/** The limits of a session's copies: those of the engine, of the source, and of the target and its receiver. */
export function limitsOf(
  { maximumBitsPerSecond: ofEngine }: EngineOptions,
  { id, maximumBitsPerSecond: ofSource }: SourcePlan,
  { limits = [] }: SessionPlan,
): RateLimitPlan[] {
  return [
    ...(ofEngine === undefined ? [] : [{ name: 'engine', bitsPerSecond: ofEngine }]),
    ...(ofSource === undefined ? [] : [{ name: `source ${id}`, bitsPerSecond: ofSource }]),
    ...limits,
  ];
}

/** The buckets of an engine. One lives as long as a source has a limit of its name. */
export class RateLimits {
  readonly #counters: Counters;
  readonly #buckets = new Map<string, TokenBucket>();
  /** The names of the limits of each source, by its id. */
  readonly #namesOf = new Map<string, ReadonlySet<string>>();
  /** How many sources have a limit, by its name. */
  readonly #uses = new Map<string, number>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** The limits of a change that is being made: nothing changes before its `commit`. @param touched ids of its sources. */
  next(touched: ReadonlySet<string>): PlannedLimits {
    return new PlannedLimits(this.#counters, this.#buckets, (buckets, namesOf) => {
      for (const [name, bucket] of buckets) this.#buckets.set(name, bucket);
      for (const names of namesOf.values()) for (const name of names) this.#use(name, 1);
      for (const id of touched) for (const name of this.#namesOf.get(id) ?? []) this.#use(name, -1);
      for (const id of touched) this.#namesOf.delete(id);
      for (const [id, names] of namesOf) this.#namesOf.set(id, names);
    });
  }

  #use(name: string, change: 1 | -1): void {
    const uses = (this.#uses.get(name) ?? 0) + change;
    this.#uses.set(name, uses);
    if (uses > 0) return;
    this.#uses.delete(name);
    this.#buckets.delete(name);
  }
}

type OnCommit = (
  buckets: ReadonlyMap<string, TokenBucket>,
  namesOf: ReadonlyMap<string, ReadonlySet<string>>,
) => void;

export class PlannedLimits {
  readonly #counters: Counters;
  readonly #before: ReadonlyMap<string, TokenBucket>;
  readonly #onCommit: OnCommit;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #namesOf = new Map<string, Set<string>>();
  readonly #rates = new Map<TokenBucket, number>();

  constructor(counters: Counters, before: ReadonlyMap<string, TokenBucket>, onCommit: OnCommit) {
    this.#counters = counters;
    this.#before = before;
    this.#onCommit = onCommit;
  }

  /**
   * @param sourceId of the copies. @param headerBytes of an outer IP packet, without the frame.
   * @returns the sink behind the limits.
   */
  limit(
    sink: PacketSink,
    sourceId: string,
    limits: readonly RateLimitPlan[],
    headerBytes: number,
  ): PacketSink {
    if (limits.length === 0) return sink;
    const names = this.#namesOf.get(sourceId) ?? new Set();
    this.#namesOf.set(sourceId, names);
    const buckets = limits.map((plan) => this.#bucketOf(plan));
    for (const { name } of limits) names.add(name);
    return new RatedSink(sink, buckets, headerBytes, this.#counters);
  }

  /** Goes over to the rates of the change. A bucket that stays keeps what is in it. */
  commit(): void {
    for (const [bucket, rate] of this.#rates) bucket.bitsPerSecond = rate;
    this.#onCommit(this.#buckets, this.#namesOf);
  }

  #bucketOf({ name, bitsPerSecond }: RateLimitPlan): TokenBucket {
    const known = this.#buckets.get(name) ?? this.#before.get(name);
    const bucket = known ?? new TokenBucket(bitsPerSecond, RATE_BURST_MS);
    this.#buckets.set(name, bucket);
    this.#rates.set(bucket, bitsPerSecond);
    return bucket;
  }
}

/** A sink behind limits. A copy needs a token of each, or takes none. */
class RatedSink implements PacketSink {
  readonly #sink: PacketSink;
  readonly #buckets: readonly TokenBucket[];
  readonly #headerBytes: number;
  readonly #counters: Counters;
  /** The buckets were filled in this batch: to ask the clock for every copy would cost too much. */
  #isFilled = false;

  constructor(sink: PacketSink, buckets: readonly TokenBucket[], headerBytes: number, counters: Counters) {
    this.#sink = sink;
    this.#buckets = buckets;
    this.#headerBytes = headerBytes;
    this.#counters = counters;
  }

  get maximumInnerLength(): number {
    return this.#sink.maximumInnerLength;
  }

  get isOpen(): boolean {
    return this.#sink.isOpen;
  }

  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void {
    // What is skipped for another reason takes nothing of others that share a limit.
    if (this.#sink.isOpen && !this.#take((this.#headerBytes + innerLength) * BITS_PER_BYTE)) {
      this.#counters.skipped(base, SKIP_INDEX.rate, frame.wireLength);
      return;
    }
    this.#sink.send(frame, innerLength, header, sourcePort, base);
  }

  flush(): void {
    this.#isFilled = false;
    this.#sink.flush();
  }

  #take(bits: number): boolean {
    const buckets = this.#buckets;
    if (!this.#isFilled) this.#fill();
    for (let index = 0; index < buckets.length; index++) if (buckets[index].isEmpty) return false;
    for (let index = 0; index < buckets.length; index++) buckets[index].take(bits);
    return true;
  }

  #fill(): void {
    const now = performance.now();
    for (const bucket of this.#buckets) bucket.fill(now);
    this.#isFilled = true;
  }
}
