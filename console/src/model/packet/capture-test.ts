/**
 * A capture tested against the rules of a source: which session mirrors each packet, by which rule, and how long the copy
 * is. The verdicts are those of `traffic-mirror explain --in FILE --json`, by the same code.
 */
import type { TargetWays } from '../../../../src/explain/copies.js';
import { Explainer, type Explanation } from '../../../../src/explain/explanation.js';
import { Frame } from '../../../../src/io/frame.js';
import { interpretedFilter } from '../../../../src/match/interpret.js';
import type { Direction, MirrorPlan, SourcePlan } from '../../../../src/plan/mirror-plan.js';
import { printFrame } from '../../../../src/print/print-packet.js';
import {
  CaptureFormatError,
  CaptureRecord,
  MemoryWindow,
  type RecordReader,
} from '../../../../src/wire/capture-bytes.js';
import { MAC_LENGTH, sourceMacEquals } from '../../../../src/wire/ethernet.js';
import { readCapture } from '../../../../src/wire/read-capture.js';
import { type OutcomeCount, Outcomes } from './outcomes.js';

/** Packets of a capture that are tested. */
export const MAXIMUM_PACKETS = 100_000;

/** Numbers that are kept of each packet. */
const AT = 0;
const CAPTURED_LENGTH = 1;
const WIRE_LENGTH = 2;
const SECONDS = 3;
const NANOSECONDS = 4;
const OUTCOME = 5;
const KEPT = 6;

/** Which packets are egress: none, all, or those that a MAC address sent (6 bytes). */
export type DirectionRule = Direction | { readonly egressMac: Uint8Array };

/** What a capture is tested against. */
export interface TestSetup {
  /** Its only source is the one that is asked. */
  readonly plan: MirrorPlan;
  readonly source: SourcePlan;
  readonly ways: TargetWays;
}

/** A packet of the list. */
export interface PacketRow {
  /** From 1, as `explain` counts. */
  readonly number: number;
  /** Since 1970. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly direction: Direction;
  /** In tcpdump's words. */
  readonly text: string;
  readonly length: number;
  readonly sessionId?: string;
  /** The rule, or the network service, that decided. */
  readonly rule?: string;
  /** Bytes of the frame in the copy; absent: there is none. */
  readonly copyLength?: number;
  /** Why it is not mirrored. */
  readonly reason?: string;
}

/** How far a test is, or how it ended. */
export interface TestProgress {
  readonly packets: number;
  readonly done: boolean;
  /** True: the capture has more packets than are tested. */
  readonly isCut: boolean;
  /** What is wrong with the capture behind the last packet. */
  readonly problem?: string;
}

/** The test of one capture. */
export class CaptureTest {
  readonly bytes: Uint8Array;
  readonly #direction: DirectionRule;
  readonly #explainers: Readonly<Record<Direction, Explainer>>;
  readonly #maximum: number;
  readonly #outcomes = new Outcomes();
  readonly #record = new CaptureRecord();
  readonly #frame: Frame;
  #kept = new Float64Array(KEPT * 1024);
  #records: RecordReader | undefined;
  #progress: TestProgress = { packets: 0, done: false, isCut: false };

  /** @param bytes of the capture file, pcap or pcapng */
  constructor(
    bytes: Uint8Array,
    { plan, source, ways }: TestSetup,
    direction: DirectionRule,
    maximum = MAXIMUM_PACKETS,
  ) {
    this.bytes = bytes;
    this.#direction = direction;
    this.#maximum = maximum;
    this.#frame = new Frame(bytes);
    const explainerOf = (lane: Direction): Explainer =>
      new Explainer(plan, { source, direction: lane }, ways, interpretedFilter(source, lane));
    this.#explainers = { ingress: explainerOf('ingress'), egress: explainerOf('egress') };
  }

  /** Tests some packets more. */
  run(count: number): TestProgress {
    for (let left = count; left > 0 && !this.#progress.done; left--) this.#next();
    return this.#progress;
  }

  /** Packets by what becomes of them, the most frequent first. */
  counts(): OutcomeCount[] {
    return this.#outcomes.counts();
  }

  /**
   * Packets in their order.
   * @param only what became of them: indexes of `counts`; absent: all
   * @returns those of the list from `start` on, and how many the list has
   */
  rows(start: number, count: number, only?: readonly number[]): { rows: PacketRow[]; total: number } {
    const { packets } = this.#progress;
    if (only === undefined) {
      const numbers = Array.from(
        { length: Math.max(0, Math.min(count, packets - start)) },
        (_, at) => start + at,
      );
      return { rows: numbers.map((index) => this.#row(index)), total: packets };
    }
    const wanted = new Set(only);
    const rows: PacketRow[] = [];
    let total = 0;
    for (let index = 0; index < packets; index++) {
      if (!wanted.has(this.#kept[index * KEPT + OUTCOME] ?? -1)) continue;
      if (total >= start && rows.length < count) rows.push(this.#row(index));
      total += 1;
    }
    return { rows, total };
  }

  /** What becomes of a packet, and why. @param number from 1 */
  explain(number: number): Explanation {
    const frame = this.frame(number);
    return this.#explainers[this.#directionOf(frame)].explain(frame);
  }

  /** A packet, valid until the next call. @param number from 1 */
  frame(number: number): Frame {
    const at = (number - 1) * KEPT;
    const frame = this.#frame;
    frame.offset = this.#kept[at + AT] ?? 0;
    frame.capturedLength = this.#kept[at + CAPTURED_LENGTH] ?? 0;
    frame.wireLength = this.#kept[at + WIRE_LENGTH] ?? 0;
    return frame;
  }

  /** When the device saw a packet, since 1970. @param number from 1 */
  timeOf(number: number): { seconds: number; nanoseconds: number } {
    const at = (number - 1) * KEPT;
    return { seconds: this.#kept[at + SECONDS] ?? 0, nanoseconds: this.#kept[at + NANOSECONDS] ?? 0 };
  }

  #next(): void {
    const { packets } = this.#progress;
    try {
      this.#records ??= readCapture(new MemoryWindow(this.bytes));
      const hasNext = this.#records.next(this.#record);
      const isCut = hasNext && packets >= this.#maximum;
      if (!hasNext || isCut) {
        this.#end({ isCut });
        return;
      }
    } catch (error) {
      if (!(error instanceof CaptureFormatError)) throw error;
      this.#end({ problem: textOf(error) });
      return;
    }
    this.#keep(packets);
    this.#progress = { packets: packets + 1, done: false, isCut: false };
    const outcome = this.#outcomes.add(this.explain(packets + 1));
    this.#kept[packets * KEPT + OUTCOME] = outcome;
  }

  #end(how: Partial<TestProgress>): void {
    this.#progress = { ...this.#progress, ...how, done: true };
  }

  #keep(index: number): void {
    const at = index * KEPT;
    if (at + KEPT > this.#kept.length) {
      const larger = new Float64Array(2 * this.#kept.length);
      larger.set(this.#kept);
      this.#kept = larger;
    }
    this.#kept[at + AT] = this.#record.at;
    this.#kept[at + CAPTURED_LENGTH] = this.#record.capturedLength;
    this.#kept[at + WIRE_LENGTH] = this.#record.wireLength;
    this.#kept[at + SECONDS] = this.#record.seconds;
    this.#kept[at + NANOSECONDS] = this.#record.nanoseconds;
  }

  #directionOf({ bytes, offset, capturedLength }: Frame): Direction {
    const rule = this.#direction;
    if (typeof rule === 'string') return rule;
    const isEgress = capturedLength >= 2 * MAC_LENGTH && sourceMacEquals(bytes, offset, rule.egressMac);
    return isEgress ? 'egress' : 'ingress';
  }

  #row(index: number): PacketRow {
    const number = index + 1;
    const { direction, copy } = this.explain(number);
    const { bytes, offset, capturedLength, wireLength } = this.frame(number);
    const { sessionId, rule, reason } = this.#outcomes.of(this.#kept[index * KEPT + OUTCOME] ?? 0);
    return {
      number,
      ...this.timeOf(number),
      direction,
      text: printFrame(bytes, offset, capturedLength, wireLength),
      length: wireLength,
      ...(sessionId !== undefined && { sessionId }),
      ...(rule !== undefined && { rule }),
      ...(copy !== undefined && { copyLength: copy.frameLength }),
      ...(reason !== undefined && { reason }),
    };
  }
}

function textOf({ message, byteOffset }: CaptureFormatError): string {
  return byteOffset === undefined ? message : `${message} (at byte ${byteOffset})`;
}
