/**
 * The sink of a session whose encapsulation tells something of each frame, such as when it was captured. A session that
 * does without has the sink behind it, and pays nothing.
 */
import type { TunnelHeader } from '../encapsulate/tunnel-header.js';
import type { Frame } from '../io/frame.js';
import type { PacketSink } from '../io/sink.js';

const MILLISECONDS_PER_SECOND = 1000;
const NANOSECONDS_PER_MILLISECOND = 1e6;
/** The time of day has whole milliseconds: from one more on, it was set. */
const CLOCK_STEP_MS = 2;
/** Looks at two clocks that are no further apart than this are one look. */
const ONE_LOOK_MS = 0.1;
const MOST_LOOKS = 5;

/** The time of day in fractions of a millisecond. */
export class FineClock {
  readonly #timeOfDay: () => number;
  readonly #monotonic: () => number;
  /** Time of day less the monotonic clock. */
  #offsetMs = Number.NEGATIVE_INFINITY;

  /** Both in milliseconds. */
  constructor(timeOfDay = () => Date.now(), monotonic = () => performance.now()) {
    this.#timeOfDay = timeOfDay;
    this.#monotonic = monotonic;
  }

  /** Milliseconds since 1970: at most two of them off the time of day. */
  now(): number {
    const now = this.#monotonic() + this.#offsetMs;
    if (Math.abs(now - this.#timeOfDay()) <= CLOCK_STEP_MS) return now;
    this.#compare();
    return this.#monotonic() + this.#offsetMs;
  }

  /** Sets it by the time of day, unless this process stood still between the two looks. */
  #compare(): void {
    for (let look = 1; look <= MOST_LOOKS; look++) {
      const before = this.#monotonic();
      const timeOfDay = this.#timeOfDay();
      const isOneLook = this.#monotonic() - before <= ONE_LOOK_MS;
      const isSet = Math.abs(before + this.#offsetMs - timeOfDay) <= CLOCK_STEP_MS;
      if (isSet) return;
      if (!isOneLook && look < MOST_LOOKS) continue;
      this.#offsetMs = timeOfDay - before;
      return;
    }
  }
}

export class StampingSink implements PacketSink {
  readonly #sink: PacketSink;
  readonly #clock: Pick<FineClock, 'now'>;

  /** @param clock for frames whose source does not tell when they passed the device. */
  constructor(sink: PacketSink, clock: Pick<FineClock, 'now'> = new FineClock()) {
    this.#sink = sink;
    this.#clock = clock;
  }

  get maximumInnerLength(): number {
    return this.#sink.maximumInnerLength;
  }

  get isOpen(): boolean {
    return this.#sink.isOpen;
  }

  send(frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number, base: number): void {
    const { words, timeWord, wireLength } = frame;
    if (words !== undefined && timeWord >= 0) {
      header.setFrame(words[timeWord] >>> 0, words[timeWord + 1], wireLength);
    } else {
      const milliseconds = this.#clock.now();
      const seconds = Math.floor(milliseconds / MILLISECONDS_PER_SECOND);
      const rest = milliseconds - seconds * MILLISECONDS_PER_SECOND;
      header.setFrame(seconds, Math.floor(rest * NANOSECONDS_PER_MILLISECOND), wireLength);
    }
    this.#sink.send(frame, innerLength, header, sourcePort, base);
  }

  flush(): void {
    this.#sink.flush();
  }
}
