/**
 * How fast copies may leave a device whose queue does not know priorities, so that what others send goes first. The law
 * sees the queue and how much of what entered it was copies, and nothing else: the rest is what others sent.
 *
 *     a queue stands, or dropped      copies fall geometrically, at least to nine tenths of what others left,
 *                                     until the queue falls by itself, others slow down no more, or the floor is reached
 *     no queue                        copies grow: quickly to nine tenths of what others leave, then slowly beyond
 *     others send next to nothing     copies have no limit
 */

/** What a device has sent since some time, and what waits, at one moment. Bytes have their Ethernet headers. */
export interface DeviceSample {
  readonly nowMs: number;
  /** Bytes that left the queue. */
  readonly sentBytes: number;
  readonly backlogBytes: number;
  /** Packets that the queue dropped; may wrap. */
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
/** How long a queue stands before copies give way: bursts that fit make queues too. */
const STANDING_MS = 50;
/** In what time it is seen whether a queue falls. */
const FALLING_MS = 20;
/** How long no queue stood before copies grow quickly. */
const CLEAR_MS = 60;
/** How long no queue stood, and which part of their limit copies take, until they have none. */
const FIT_MS = 2000;
const FIT_PART = 0.8;
/** Others are looked for in windows of that length: two without them, and there is no limit. */
const WINDOW_MS = 100;
/** Less than that part of the device's rate is next to nothing. */
const OTHERS_PART = 0.01;
/** The floor, as a part of the device's rate and in bits per second: a few packets. */
const FLOOR_PART = 0.01;
const FLOOR_BITS = 40_000;
/** How much of what others leave the copies take. */
const SHARE = 0.9;
/** What the first step leaves of the limit, and what each further one leaves, by 10 ms. */
const FIRST_FALL = 0.95;
const FALL = 0.82;
/** By 10 ms: the part of what is missing to that share, and the growth beyond. */
const RETURN = 0.1;
const GROWTH = 0.005;
/** It grows with the time in which no queue stood: by itself in that time, and up to a most. */
const GROWTH_MS = 250;
const GROWTH_MOST = 0.03;
const STEP_MS = 10;
const MOST_STEP_MS = 20;
/** Time constants of rates, and of the device's rate when it rises and when it falls. */
const SMOOTH_MS = 100;
const RISE_MS = 100;
const SINK_MS = 1000;
/** A device that sends less than that part of its rate while packets wait had time for more in between. */
const BUSY_PART = 0.93;

/** A rate in bits per second, smoothed. */
class Rate {
  value = 0;
  #hasValue = false;

  /** @param ms in which the bits came. @param riseMs time constant of a rise, @param sinkMs of a fall. */
  add(bits: number, ms: number, riseMs = SMOOTH_MS, sinkMs = SMOOTH_MS): void {
    const rate = (bits * 1000) / ms;
    // The first one as it is: it need not rise from nothing.
    const weight = this.#hasValue
      ? 1 - Math.exp(-Math.min(ms, STEP_MS) / (rate > this.value ? riseMs : sinkMs))
      : 1;
    this.#hasValue = true;
    this.value += (rate - this.value) * weight;
  }
}

export class GivingWay {
  /** What copies may take, in bits per second of packets with their Ethernet headers. */
  allowed = UNLIMITED;
  /** The device's rate while packets waited, or the most that was seen of it. */
  readonly #capacity = new Rate();
  readonly #sent = new Rate();
  readonly #others = new Rate();
  readonly #copies = new Rate();
  #last: DeviceSample | undefined;
  /** The samples since more waits than STANDING_BYTES, as far back as is looked. */
  #standing: DeviceSample[] = [];
  #stoodMs = Number.NEGATIVE_INFINITY;
  /** Copies have begun to give way to the queue that stands. */
  #isFalling = false;
  /** Others in this window: since when, and their bytes. */
  #windowMs = 0;
  #windowBytes = 0;
  #areThereOthers = false;
  #wereThereOthers = false;

  /** To be called about every 10 ms. @returns what copies may take from now on. */
  sample(sample: DeviceSample): number {
    const last = this.#last;
    const ms = sample.nowMs - (last?.nowMs ?? Number.NEGATIVE_INFINITY);
    if (last === undefined || ms <= 0) {
      this.#last = sample;
      this.#windowMs = sample.nowMs;
      return this.allowed;
    }
    this.#last = sample;
    this.#measure(last, sample, ms);
    const dropped = sample.drops !== last.drops;
    const stands = this.#isBusy(sample) || dropped;
    if (stands) this.#stoodMs = sample.nowMs;
    if (!this.#areThereOthers && !this.#wereThereOthers) this.allowed = UNLIMITED;
    else if (stands) this.#fall(sample, dropped, ms);
    else if (this.allowed !== UNLIMITED) this.#grow(sample, ms);
    this.#isFalling = stands;
    return this.allowed;
  }

  #measure(last: DeviceSample, sample: DeviceSample, ms: number): void {
    const direct = sample.directCopyBytes - last.directCopyBytes;
    const queued = sample.queuedCopyBytes - last.queuedCopyBytes;
    const sent = sample.sentBytes - last.sentBytes;
    // What entered the queue has left it or waits, so others are known exactly, however long the queue is.
    const others = sent + sample.backlogBytes - last.backlogBytes - queued;
    this.#others.add(others * BITS_PER_BYTE, ms);
    this.#sent.add((sent + direct) * BITS_PER_BYTE, ms);
    this.#capacity.value = Math.max(this.#capacity.value, this.#sent.value);
    this.#copies.add((queued + direct) * BITS_PER_BYTE, ms);
    this.#lookForOthers(sample.nowMs, others);
  }

  #lookForOthers(nowMs: number, bytes: number): void {
    this.#windowBytes += bytes;
    const ms = Math.max(nowMs - this.#windowMs, WINDOW_MS);
    const isThere = this.#windowBytes * BITS_PER_BYTE * 1000 > ms * this.#capacity.value * OTHERS_PART;
    if (nowMs - this.#windowMs < WINDOW_MS) {
      this.#areThereOthers ||= isThere;
      return;
    }
    this.#wereThereOthers = isThere;
    this.#areThereOthers = false;
    this.#windowMs = nowMs;
    this.#windowBytes = 0;
  }

  /** Whether packets wait for long, and the device has had no time for more since then. */
  #isBusy(sample: DeviceSample): boolean {
    if (sample.backlogBytes <= STANDING_BYTES) {
      this.#standing = [];
      return false;
    }
    this.#standing.push(sample);
    while (this.#standing.length > 1 && sample.nowMs - this.#standing[1].nowMs >= STANDING_MS)
      this.#standing.shift();
    const [first] = this.#standing;
    const ms = sample.nowMs - first.nowMs;
    if (ms < STANDING_MS) return false;
    const bits = (leftBytes(sample) - leftBytes(first)) * BITS_PER_BYTE;
    const isBusy = bits * 1000 >= ms * this.#capacity.value * BUSY_PART;
    this.#capacity.add(bits, ms, RISE_MS, SINK_MS);
    return isBusy;
  }

  #fall({ nowMs, backlogBytes }: DeviceSample, dropped: boolean, ms: number): void {
    const room = this.#capacity.value - this.#others.value;
    const left = SHARE * room;
    if (this.allowed === UNLIMITED) {
      // Copies that fit keep their rate: whoever has filled the queue may have done so for a moment only.
      this.allowed = Math.max(this.#floor, left);
      return;
    }
    const earlier = this.#standing.findLast((sample) => nowMs - sample.nowMs >= FALLING_MS);
    const fallen = ((earlier?.backlogBytes ?? 0) - backlogBytes) * BITS_PER_BYTE * 1000;
    const due = (nowMs - (earlier?.nowMs ?? nowMs)) * (room - this.allowed);
    // Copies leave room already: the queue takes its time.
    if (this.#isFalling && !dropped && due > 0 && fallen > due / 2) return;
    const step = this.#isFalling ? FALL ** (Math.min(ms, MOST_STEP_MS) / STEP_MS) : FIRST_FALL;
    this.allowed = Math.max(this.#floor, Math.min(this.allowed * step, left));
  }

  #grow({ nowMs }: DeviceSample, ms: number): void {
    const left = SHARE * (this.#capacity.value - this.#others.value);
    const clearMs = nowMs - this.#stoodMs;
    // Copies fit: bursts of them need not be cut.
    if (clearMs >= FIT_MS && this.#copies.value < FIT_PART * this.allowed) {
      this.allowed = UNLIMITED;
      return;
    }
    // Beyond what copies want there is nothing to find out.
    if (this.#copies.value < this.allowed / 2 && this.allowed >= left) return;
    // Of a sample that comes late nothing is known but its ends.
    const steps = Math.min(ms, MOST_STEP_MS) / STEP_MS;
    if (clearMs >= CLEAR_MS && this.allowed < left) this.allowed += (left - this.allowed) * RETURN * steps;
    this.allowed *= (1 + Math.min(GROWTH_MOST, GROWTH * (1 + clearMs / GROWTH_MS))) ** steps;
  }

  get #floor(): number {
    return Math.max(FLOOR_BITS, FLOOR_PART * this.#capacity.value);
  }
}

function leftBytes({ sentBytes, directCopyBytes }: DeviceSample): number {
  return sentBytes + directCopyBytes;
}
