/**
 * How fast copies may leave a device whose queue does not know priorities, so that what others send goes first. The law
 * sees the queue and how much of what entered it was copies, and nothing else: the rest is what others sent.
 *
 *     the link is busy, a queue stands     copies fall to nine tenths of what others left, then geometrically, until the
 *                                          queue goes down fast enough or the floor is reached
 *     else                                 copies grow: quickly to nine tenths of what others leave, then slowly beyond
 *     others send next to nothing          copies have no limit
 *
 * Whether the link is busy is seen over a window: a burst that fits into it makes a queue, and even drops, of which the
 * link is done with soon.
 */

/** What a device has sent since some time, and what waits, at one moment. Bytes have their Ethernet headers. */
export interface DeviceSample {
  readonly nowMs: number;
  /** Bytes that left the queue. */
  readonly sentBytes: number;
  readonly backlogBytes: number;
  /** Packets that the queue dropped; 32 bits, which wrap. */
  readonly drops: number;
  /** Bytes of copies that entered the queue. */
  readonly queuedCopyBytes: number;
  /** Bytes of copies that passed the queue by. */
  readonly directCopyBytes: number;
}

/** Copies have no limit. */
export const UNLIMITED = Number.POSITIVE_INFINITY;

const BITS_PER_BYTE = 8;
/** A queue of two full packets and less is no queue: a device that sends at leisure has them too. */
const STANDING_BYTES = 3100;
/** How long a queue stands before it counts. One that drops may be seen empty for so long: it is short. */
const STANDING_MS = 50;
const DROPPED_MS = 20;
/** Over what time the link is busy or not, and others' rate is taken: longer than production that was held up catches up. */
const WINDOW_MS = 200;
/** The same where copies have no limit yet, and nothing was dropped. */
const FIRST_WINDOW_MS = 400;
/** Over what time it is seen whether the queue goes down, and in what time it shall be empty. */
const SHORT_MS = 50;
const EMPTY_MS = 250;
/** A link to which more is brought than that part of its rate is busy. */
const BUSY_PART = 0.95;
/** What a packet that was dropped is taken for. */
const DROPPED_BYTES = 1514;
/** For how long the link was not busy before copies grow quickly: longer where others take all that copies leave. */
const CLEAR_MS = 60;
const GREEDY_CLEAR_MS = 200;
/** Others take all when a fall leaves less than that part of what it began with. */
const GREEDY_PART = 0.45;
/** And no more when a fall ends that left so much of the device's rate. */
const MODEST_PART = 0.1;
/**
 * For how long the link was not busy, and which part of their limit copies take, until they have none. Then it is
 * forgotten, too, that others took all.
 */
const FIT_MS = 2000;
const FIT_PART = 0.8;
/** Others are looked for in times of that length: two without them, and there is no limit. */
const OTHERS_MS = 100;
/** Less than that part of the device's rate is next to nothing. */
const OTHERS_PART = 0.01;
/** The floor, as a part of the device's rate and in bits per second: a few packets. */
const FLOOR_PART = 0.01;
const FLOOR_BITS = 40_000;
/** How much of what others leave the copies take. */
const SHARE = 0.9;
/** What each step of a fall leaves of the limit, by 10 ms; the second waits that long for what the first does. */
const FALL = 0.82;
const FIRST_STEP_MS = 20;
/** By 10 ms: the part of what is missing to that share, and the growth beyond. */
const RETURN = 0.15;
const GROWTH = 0.005;
/** It grows with the time in which no queue stood: by itself in that time, and up to a most. */
const GROWTH_MS = 250;
const GROWTH_MOST = 0.03;
const STEP_MS = 10;
const MOST_STEP_MS = 20;
/** Time constant of the device's rate when it falls. */
const SINK_MS = 1000;

/** What happened between two samples, in bits per second. */
interface Rates {
  readonly ms: number;
  /** What left the device. */
  readonly sent: number;
  /** What was brought to the queue, dropped or not. */
  readonly brought: number;
  /** Of it, and of what passed the queue by. */
  readonly copies: number;
  readonly others: number;
  readonly drops: number;
}

export class GivingWay {
  /** What copies may take, in bits per second of packets with their Ethernet headers. */
  allowed = UNLIMITED;
  /** The device's rate while packets waited, or the most that was seen of it. */
  #capacity = 0;
  /** The samples of the longer window, the first of them as old as it or older. */
  #samples: DeviceSample[] = [];
  /** Since when more waits than STANDING_BYTES. */
  #waitingMs: number | undefined;
  /** Since when packets wait or are dropped, and when the last was dropped. */
  #queueingMs: number | undefined;
  #droppedMs = Number.NEGATIVE_INFINITY;
  /** When the link was busy last. */
  #busyMs = Number.NEGATIVE_INFINITY;
  #wasBusy = false;
  /** When the link became busy, what copies had then, and whether others have taken most of it since. */
  #fellMs = 0;
  #beforeFall = 0;
  #areOthersGreedy = false;
  /** Others in this time: since when, and their bytes. */
  #othersMs = 0;
  #othersBytes = 0;
  #areThereOthers = false;
  #wereThereOthers = false;

  /** To be called about every 10 ms. @returns what copies may take from now on. */
  sample(sample: DeviceSample): number {
    const last = this.#samples.at(-1);
    const ms = sample.nowMs - (last?.nowMs ?? Number.NEGATIVE_INFINITY);
    if (last === undefined || ms <= 0) {
      this.#samples = [sample];
      this.#othersMs = sample.nowMs;
      return this.allowed;
    }
    this.#samples.push(sample);
    while (sample.nowMs - this.#samples[1].nowMs >= FIRST_WINDOW_MS) this.#samples.shift();
    const now = rates(last, sample);
    this.#lookForOthers(sample.nowMs, (now.others * ms) / BITS_PER_BYTE / 1000);
    const window = this.#over(WINDOW_MS);
    this.#measure(sample, window);
    const isBusy = this.#isBusy(sample, now, window);
    if (isBusy) this.#busyMs = sample.nowMs;
    if (!this.#areThereOthers && !this.#wereThereOthers) this.allowed = UNLIMITED;
    else if (isBusy) this.#fall(sample, window, ms);
    else if (this.allowed !== UNLIMITED) this.#grow(sample, window, ms);
    this.#wasBusy = isBusy;
    return this.allowed;
  }

  /** @returns the rates of the last `ms`, or somewhat more. */
  #over(ms: number): Rates {
    const last = this.#samples[this.#samples.length - 1];
    const first = this.#samples.findLast(({ nowMs }) => last.nowMs - nowMs >= ms) ?? this.#samples[0];
    return rates(first, last);
  }

  /** The device has shown its rate: all of it while packets waited, else that it has so much. */
  #measure(sample: DeviceSample, window: Rates): void {
    if (window.ms >= WINDOW_MS) this.#capacity = Math.max(this.#capacity, window.sent);
    if (sample.backlogBytes <= STANDING_BYTES) {
      this.#waitingMs = undefined;
      return;
    }
    this.#waitingMs ??= sample.nowMs;
    const since = this.#waitingMs;
    // From when packets waited: what a shaper lets through at once, after a pause, has left then.
    const first = this.#samples.find(({ nowMs }) => nowMs >= since) ?? sample;
    if (sample.nowMs - first.nowMs < STANDING_MS) return;
    const { sent } = rates(first, sample);
    if (sent >= this.#capacity) this.#capacity = sent;
    else this.#capacity += (sent - this.#capacity) * (1 - Math.exp(-STEP_MS / SINK_MS));
  }

  #isBusy({ nowMs, backlogBytes }: DeviceSample, now: Rates, window: Rates): boolean {
    if (now.drops > 0) this.#droppedMs = nowMs;
    const isQueueing = backlogBytes > STANDING_BYTES || nowMs - this.#droppedMs <= DROPPED_MS;
    this.#queueingMs = isQueueing ? (this.#queueingMs ?? nowMs) : undefined;
    const stands = nowMs - (this.#queueingMs ?? nowMs) >= STANDING_MS;
    const isBusy = ({ brought }: Rates): boolean => brought >= BUSY_PART * this.#capacity;
    if (!stands || window.ms < WINDOW_MS) return false;
    // Production that took all before, and was held up since, needs the link at once.
    if (this.#areOthersGreedy) return isBusy(this.#over(SHORT_MS));
    const isFirst = this.allowed === UNLIMITED && window.drops === 0;
    return isBusy(window) && (!isFirst || isBusy(this.#over(FIRST_WINDOW_MS)));
  }

  #lookForOthers(nowMs: number, bytes: number): void {
    this.#othersBytes += bytes;
    const ms = Math.max(nowMs - this.#othersMs, OTHERS_MS);
    const isThere = this.#othersBytes * BITS_PER_BYTE * 1000 > ms * this.#capacity * OTHERS_PART;
    if (nowMs - this.#othersMs < OTHERS_MS) {
      this.#areThereOthers ||= isThere;
      return;
    }
    this.#wereThereOthers = isThere;
    this.#areThereOthers = false;
    this.#othersMs = nowMs;
    this.#othersBytes = 0;
  }

  #fall({ nowMs, backlogBytes }: DeviceSample, { others }: Rates, ms: number): void {
    const left = SHARE * (this.#capacity - others);
    if (!this.#wasBusy) {
      this.allowed = Math.max(this.#floor, Math.min(this.allowed, left));
      this.#fellMs = nowMs;
      this.#beforeFall = this.allowed;
      return;
    }
    // What the first step does is not seen at once.
    if (!this.#areOthersGreedy && nowMs - this.#fellMs < FIRST_STEP_MS) return;
    const goesDown = this.#capacity - this.#over(SHORT_MS).brought;
    if (backlogBytes * BITS_PER_BYTE * 1000 <= goesDown * EMPTY_MS) return;
    const step = FALL ** (Math.min(ms, MOST_STEP_MS) / STEP_MS);
    this.allowed = Math.max(this.#floor, Math.min(this.allowed * step, left));
    if (this.allowed < this.#beforeFall * GREEDY_PART) this.#areOthersGreedy = true;
  }

  #grow({ nowMs }: DeviceSample, { others, copies }: Rates, ms: number): void {
    const left = SHARE * (this.#capacity - others);
    const clearMs = nowMs - this.#busyMs;
    // A fall has ended that left copies their part.
    if (this.#wasBusy && this.allowed >= MODEST_PART * this.#capacity) this.#areOthersGreedy = false;
    if (clearMs >= FIT_MS) this.#areOthersGreedy = false;
    // Copies fit: bursts of them need not be cut.
    if (clearMs >= FIT_MS && copies < FIT_PART * this.allowed) {
      this.allowed = UNLIMITED;
      return;
    }
    // Beyond what copies want there is nothing to find out.
    if (copies < this.allowed / 2 && this.allowed >= left) return;
    // Of a sample that comes late nothing is known but its ends.
    const steps = Math.min(ms, MOST_STEP_MS) / STEP_MS;
    if (clearMs >= (this.#areOthersGreedy ? GREEDY_CLEAR_MS : CLEAR_MS) && this.allowed < left)
      this.allowed += (left - this.allowed) * RETURN * steps;
    this.allowed *= (1 + Math.min(GROWTH_MOST, GROWTH * (1 + clearMs / GROWTH_MS))) ** steps;
  }

  get #floor(): number {
    return Math.max(FLOOR_BITS, FLOOR_PART * this.#capacity);
  }
}

function rates(from: DeviceSample, to: DeviceSample): Rates {
  const ms = to.nowMs - from.nowMs;
  const rate = (bytes: number): number => (bytes * BITS_PER_BYTE * 1000) / ms;
  const direct = to.directCopyBytes - from.directCopyBytes;
  const queued = to.queuedCopyBytes - from.queuedCopyBytes;
  const sent = to.sentBytes - from.sentBytes;
  const drops = (to.drops - from.drops) >>> 0;
  // What entered the queue has left it or waits, so others are known exactly, however long the queue is.
  const entered = sent + to.backlogBytes - from.backlogBytes;
  // Of what was dropped nobody tells whose it was: as large a part of others' as of copies.
  const brought = entered + drops * DROPPED_BYTES;
  const others = entered > 0 ? ((entered - queued) * brought) / entered : 0;
  return {
    ms,
    sent: rate(sent + direct),
    brought: rate(brought + direct),
    copies: rate(queued + direct),
    others: rate(others),
    drops,
  };
}
