/**
 * Takes copies for those who peek, beside the loop over frames: puts them into shared memory, and counts those that it
 * leaves out. It is there only while somebody peeks, and no frame ever waits for it.
 */
import type { Frame } from '../io/frame.js';
import type { Outcome } from '../match/verdict.js';
import type { LanePlan } from '../plan/lanes.js';
import {
  BEGIN_LENGTH,
  COPY_BYTES,
  type CopyOrigin,
  copyRecordLength,
  emitCopyFields,
  emitLeftOut,
  emitText,
  LEFT_OUT_LENGTH,
  MAXIMUM_TEXT_BYTES,
  RECORD_BEGIN,
  RECORD_ORIGIN,
  startRecord,
  textRecordLength,
  UNTOLD_ORIGIN,
} from './copy-records.js';
import { CopyRing } from './copy-ring.js';
import { type PeekOrder, wantsLane, wantsOrigin } from './peek-order.js';

/** Origins that are told apart: with their texts, some megabytes here and in the daemon. */
export const MAXIMUM_ORIGINS = 65536;
/** How much of a second may come at once. */
const BURST_SECONDS = 0.25;

/** In `LaneTap.numbers`: nobody wants it, and: not looked up yet. */
const UNWANTED = -1;
const UNKNOWN = -2;

/** The tap of one lane: what a mirror calls for each copy. */
export class LaneTap {
  readonly #taps: CopyTaps;
  readonly #lane: LanePlan;
  readonly #outcomes: readonly Outcome[];
  /** Of the taps: numbers are of one generation. */
  readonly #generation: number;
  /** The number of the origin, by verdict. */
  readonly #numbers: Int32Array;

  constructor(taps: CopyTaps, lane: LanePlan, outcomes: readonly Outcome[]) {
    this.#taps = taps;
    this.#lane = lane;
    this.#outcomes = outcomes;
    this.#generation = taps.generation;
    this.#numbers = new Int32Array(outcomes.length).fill(UNKNOWN);
  }

  /**
   * Takes a copy if somebody wants it. To be called before it is sent, since a sender may overwrite the frame.
   * @param captured the frame as it was captured, which has the time. @param frame the same, or a segment of it.
   * @param length bytes that the target gets of `frame`. @param verdict of the lane's filter, at least 0.
   */
  take(captured: Frame, frame: Frame, length: number, verdict: number): void {
    if (this.#generation !== this.#taps.generation) return;
    let number = this.#numbers[verdict];
    if (number === UNKNOWN) {
      number = this.#taps.numberOf(this.#lane, this.#outcomes[verdict]);
      this.#numbers[verdict] = number;
    }
    if (number !== UNWANTED) this.#taps.add(number, captured, frame, length);
  }
}

export class CopyTaps {
  /** Counts how often peeking began and ended. */
  generation = 0;
  readonly #share: (memory: SharedArrayBuffer | undefined) => void;
  readonly #now: () => number;
  #order: PeekOrder | undefined;
  /** Made at the first peek and used by all: no garbage collector knows how large shared memory is. */
  #memory: CopyRing | undefined;
  /** The same while copies can be put there: BEGIN has been written. */
  #ring: CopyRing | undefined;
  /** Numbers of origins by their JSON, from 1. */
  readonly #numbers = new Map<string, number>();
  /** By number: the JSON in UTF-8, until it is written. */
  #untold: (Uint8Array | undefined)[] = [];
  /** By number: copies that were left out and not told. */
  #leftOut: number[] = [];
  /** The numbers of those. */
  #leavers: number[] = [];
  /** What may still be taken now. */
  #copies = 0;
  #bytes = 0;
  #filledMs = 0;
  /** Time of day less the monotonic clock, in milliseconds. */
  #clockOffsetMs = 0;

  /**
   * @param share gives the control thread the memory that it is to read; undefined: none any more.
   * @param now monotonic, in milliseconds.
   */
  constructor(share: (memory: SharedArrayBuffer | undefined) => void, now = () => performance.now()) {
    this.#share = share;
    this.#now = now;
  }

  /** Sets what is wanted; the taps of lanes are to be made anew then. @param order undefined: nobody peeks. */
  set(order: PeekOrder | undefined): void {
    const wasOn = this.#order !== undefined;
    this.#order = order;
    if (order !== undefined && !wasOn) this.#begin();
    else if (order === undefined && wasOn) this.#forget();
  }

  /** The tap of a lane; undefined while nobody wants its copies. */
  of(lane: LanePlan, outcomes: readonly Outcome[]): LaneTap | undefined {
    const name = { sourceId: lane.source.id, direction: lane.direction };
    const isWanted = this.#order?.filters.some((filter) => wantsLane(filter, name)) ?? false;
    return isWanted ? new LaneTap(this, lane, outcomes) : undefined;
  }

  /** Allows for more copies, and tells what was left out; to be called every few milliseconds, between frames. */
  turn(): void {
    const order = this.#order;
    if (order === undefined) return;
    this.#ring ??= this.#announced();
    const now = this.#now();
    const seconds = (now - this.#filledMs) / 1000;
    this.#filledMs = now;
    this.#clockOffsetMs = Date.now() - now;
    this.#copies = filled(this.#copies, order.copiesPerSecond, seconds);
    this.#bytes = filled(this.#bytes, order.bytesPerSecond, seconds);
    while (this.#leavers.length > 0 && this.#tellLeftOut(this.#leavers[this.#leavers.length - 1])) {
      this.#leavers.pop();
    }
  }

  /** The number of an origin; -1: nobody wants its copies. */
  numberOf({ source, direction }: LanePlan, outcome: Outcome): number {
    const origin: CopyOrigin = {
      sourceId: source.id,
      device: source.device,
      direction,
      sessionId: source.sessions[outcome.sessionIndex]?.id ?? '',
      rule: outcome.kind === 'rule' ? outcome.ruleId : outcome.service,
    };
    if (!this.#order?.filters.some((filter) => wantsOrigin(filter, origin))) return UNWANTED;
    const text = JSON.stringify(origin);
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const encoded = new TextEncoder().encode(text);
    const number = this.#untold.length;
    if (number > MAXIMUM_ORIGINS || encoded.length > MAXIMUM_TEXT_BYTES) return UNTOLD_ORIGIN;
    this.#numbers.set(text, number);
    this.#untold.push(encoded);
    this.#leftOut.push(0);
    return number;
  }

  /** Puts a copy into shared memory, or counts it as left out. */
  add(number: number, captured: Frame, frame: Frame, length: number): void {
    const snapshotLength = this.#order?.snapshotLength ?? 0;
    const kept = Math.min(length, snapshotLength);
    const ring = this.#ring;
    if (ring === undefined || this.#copies < 1 || this.#bytes < 1 || !this.#isTold(number)) {
      this.#leaveOut(number);
      return;
    }
    const recordLength = copyRecordLength(kept);
    const at = ring.reserve(recordLength);
    if (at < 0) {
      this.#leaveOut(number);
      return;
    }
    this.#copies -= 1;
    this.#bytes -= recordLength;
    this.#writeCopy(ring.bytes, at, number, captured, frame, length, kept);
    ring.publish(recordLength);
  }

  #writeCopy(
    bytes: Uint8Array,
    at: number,
    number: number,
    captured: Frame,
    frame: Frame,
    length: number,
    kept: number,
  ): void {
    const { words, timeWord } = captured;
    let seconds = 0;
    let nanoseconds = 0;
    if (words !== undefined && timeWord >= 0) {
      seconds = words[timeWord] >>> 0;
      nanoseconds = words[timeWord + 1];
    } else {
      const milliseconds = this.#now() + this.#clockOffsetMs;
      seconds = Math.floor(milliseconds / 1000);
      nanoseconds = Math.floor((milliseconds - seconds * 1000) * 1e6);
    }
    emitCopyFields(bytes, at, number, seconds, nanoseconds, frame.wireLength, length, kept);
    const header = Math.min(frame.segmentHeaderLength, kept);
    const to = at + COPY_BYTES;
    for (let index = 0; index < header; index++) bytes[to + index] = frame.segmentHeader[index];
    bytes.set(frame.bytes.subarray(frame.offset, frame.offset + kept - header), to + header);
  }

  /** Tells what a number stands for, once. @returns false when there is no room for that now. */
  #isTold(number: number): boolean {
    if (number === UNTOLD_ORIGIN) return false;
    const text = this.#untold[number];
    const ring = this.#ring;
    if (text === undefined) return true;
    if (ring === undefined) return false;
    const length = textRecordLength(text.length);
    const at = ring.reserve(length);
    if (at < 0) return false;
    emitText(ring.bytes, at, RECORD_ORIGIN, number, text);
    ring.publish(length);
    this.#untold[number] = undefined;
    return true;
  }

  #leaveOut(number: number): void {
    if (this.#leftOut[number] === 0) this.#leavers.push(number);
    this.#leftOut[number] += 1;
  }

  #tellLeftOut(number: number): boolean {
    const ring = this.#ring;
    if (ring === undefined || (number !== UNTOLD_ORIGIN && !this.#isTold(number))) return false;
    const at = ring.reserve(LEFT_OUT_LENGTH);
    if (at < 0) return false;
    emitLeftOut(ring.bytes, at, number, this.#leftOut[number]);
    ring.publish(LEFT_OUT_LENGTH);
    this.#leftOut[number] = 0;
    return true;
  }

  #begin(): void {
    this.#memory ??= CopyRing.create();
    this.generation += 1;
    // The place of UNTOLD_ORIGIN.
    this.#untold = [undefined];
    this.#leftOut = [0];
    this.#filledMs = this.#now() - 1000 * BURST_SECONDS;
    this.#share(this.#memory.memory);
    this.turn();
  }

  /** The ring with its BEGIN; undefined while it is full of what an earlier peek left there. */
  #announced(): CopyRing | undefined {
    const ring = this.#memory;
    const at = ring?.reserve(BEGIN_LENGTH) ?? -1;
    if (ring === undefined || at < 0) return undefined;
    startRecord(ring.bytes, at, BEGIN_LENGTH, RECORD_BEGIN);
    ring.publish(BEGIN_LENGTH);
    return ring;
  }

  #forget(): void {
    this.generation += 1;
    this.#ring = undefined;
    this.#numbers.clear();
    this.#untold = [];
    this.#leftOut = [];
    this.#leavers = [];
    this.#copies = 0;
    this.#bytes = 0;
    this.#share(undefined);
  }
}

function filled(left: number, perSecond: number, seconds: number): number {
  return Math.min(left + perSecond * seconds, perSecond * BURST_SECONDS);
}
