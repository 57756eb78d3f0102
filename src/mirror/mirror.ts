/**
 * The hot loop's body: what happens to one frame of one source and direction.
 *
 *     frame -> decode -> evaluate -> session -> loop? -> choose address -> segment -> truncate
 *           -> complete checksum -> (tap) -> sink
 *
 * Allocates nothing and throws nothing per frame; every frame ends in exactly one counter of `layout.ts`.
 */
import type { Counters } from '../counters/counters.js';
import type { LaneBases } from '../counters/lane-bases.js';
import * as layout from '../counters/layout.js';
import { SKIP_INDEX } from '../counters/skip-reason.js';
import * as decoding from '../decode/decode.js';
import { Decoded } from '../decode/decoded.js';
import * as flows from '../encapsulate/flow-hash.js';
import { Frame, type FrameConsumer } from '../io/frame.js';
import type { PacketSink } from '../io/sink.js';
import * as verdicts from '../match/verdict.js';
import { completeChecksum } from '../offload/complete-checksum.js';
import { Segmenter } from '../offload/segmenter.js';
import type { LaneTap } from '../peek/copy-taps.js';
import * as virtioNet from '../wire/virtio-net.js';
import type { LoopGuard } from './loop-guard.js';
import * as loops from './loop-guard.js';
import { chooseAddress } from './rendezvous.js';
import type { SessionTarget } from './session-target.js';

// As in decode/: V8 folds constants of this module into the code, but loads an imported binding at every use.
const {
  LANE_READ_BYTES,
  LANE_READ_PACKETS,
  LANE_UNMATCHED,
  LANE_UNMIRRORED,
  LANE_UNPARSABLE,
  SESSION_CUT,
  SESSION_MATCHED_BYTES,
  SESSION_MATCHED_PACKETS,
  SESSION_SEGMENTED,
  SESSION_SEGMENTS,
  SESSION_TRUNCATED,
  SESSION_UNSEGMENTED,
} = layout;
const { decode } = decoding;
const { flowHash, flowSourcePort } = flows;
const { UNMATCHED, UNMIRRORED_BASE, UNPARSABLE } = verdicts;
const { GSO_NONE } = virtioNet;
const { mayBeMirrorLoop } = loops;
const LOOP = SKIP_INDEX.loop;

export class Mirror implements FrameConsumer {
  readonly targets: readonly SessionTarget[];
  /**
   * Takes copies for those who peek; undefined while nobody does. May be set between frames. It is one object or none, and
   * not another sink, so that every call here goes on to have one receiver.
   */
  tap: LaneTap | undefined = undefined;
  readonly #evaluate: verdicts.FrameFilter['evaluate'];
  readonly #targetOf: readonly SessionTarget[];
  readonly #sinks: readonly PacketSink[];
  readonly #counters: Counters;
  readonly #base: number;
  readonly #loopGuard: LoopGuard;
  readonly #outcomesBase: number;
  readonly #decoded = new Decoded();
  readonly #segmenter = new Segmenter();
  readonly #segment = new Frame(this.#segmenter.header);

  /**
   * @param filter of this source and direction.
   * @param targets one per session of the plan.
   * @param sinks every sink of the targets, each once.
   * @param loopGuard built from the targets of all sources.
   * @param bases of the lane's counters.
   */
  constructor(
    filter: verdicts.FrameFilter,
    targets: readonly SessionTarget[],
    sinks: readonly PacketSink[],
    loopGuard: LoopGuard,
    counters: Counters,
    { base, outcomesBase }: LaneBases,
  ) {
    this.targets = targets;
    this.#evaluate = filter.evaluate;
    this.#targetOf = filter.outcomes.map((outcome) => targets[outcome.sessionIndex]);
    this.#sinks = sinks;
    this.#loopGuard = loopGuard;
    this.#counters = counters;
    this.#base = base;
    this.#outcomesBase = outcomesBase;
  }

  consume(frame: Frame): void {
    const values = this.#counters.values;
    values[this.#base + LANE_READ_PACKETS] += 1;
    values[this.#base + LANE_READ_BYTES] += frame.wireLength;
    decode(frame.bytes, frame.offset, frame.capturedLength, this.#decoded);
    const verdict = this.#evaluate(this.#decoded);
    if (verdict >= 0) {
      values[this.#outcomesBase + verdict] += 1;
      this.#copy(frame, this.#targetOf[verdict], verdict);
    } else if (verdict === UNMATCHED) values[this.#base + LANE_UNMATCHED] += 1;
    else if (verdict === UNPARSABLE) values[this.#base + LANE_UNPARSABLE] += 1;
    else values[this.#base + LANE_UNMIRRORED + (UNMIRRORED_BASE - verdict)] += 1;
  }

  endBatch(): void {
    const sinks = this.#sinks;
    for (let index = 0; index < sinks.length; index++) sinks[index].flush();
  }

  #copy(frame: Frame, target: SessionTarget, verdict: number): void {
    const values = this.#counters.values;
    const base = target.base;
    values[base + SESSION_MATCHED_PACKETS] += 1;
    values[base + SESSION_MATCHED_BYTES] += frame.wireLength;
    if (mayBeMirrorLoop(this.#decoded) && this.#loopGuard.isMirrorLoop(frame, this.#decoded)) {
      this.#counters.skipped(base, LOOP, frame.wireLength);
      return;
    }
    const hash = flowHash(this.#decoded);
    const choice = target.seeds.length === 1 ? 0 : chooseAddress(hash, target.seeds);
    const addressIndex = target.indexes[choice];
    const sourcePort = flowSourcePort(hash);
    if (frame.gsoType === GSO_NONE) {
      this.#send(frame, target, addressIndex, sourcePort, verdict);
    } else if (this.#segmenter.begin(frame, this.#decoded)) {
      values[base + SESSION_SEGMENTED] += 1;
      values[base + SESSION_SEGMENTS] += this.#segmenter.count;
      this.#sendSegments(frame, target, addressIndex, sourcePort, verdict);
    } else {
      values[base + SESSION_UNSEGMENTED] += 1;
      this.#send(frame, target, addressIndex, sourcePort, verdict);
    }
  }

  /** Sends a frame as the network card would have sent it. */
  #send(
    frame: Frame,
    target: SessionTarget,
    addressIndex: number,
    sourcePort: number,
    verdict: number,
  ): void {
    const sink = target.sinks[addressIndex];
    const length = this.#fit(frame, target, sink);
    // A copy that is cut keeps the checksum that is there.
    const isUnfinished = frame.checksumStart !== 0 && frame.gsoType === GSO_NONE;
    if (isUnfinished && length === frame.wireLength) completeChecksum(frame, this.#decoded);
    if (this.tap !== undefined) this.tap.take(frame, frame, length, verdict);
    sink.send(frame, length, target.header, sourcePort, target.base);
  }

  #sendSegments(
    frame: Frame,
    target: SessionTarget,
    addressIndex: number,
    sourcePort: number,
    verdict: number,
  ): void {
    const segmenter = this.#segmenter;
    const segment = this.#segment;
    const sink = target.sinks[addressIndex];
    const { headerLength, payloadOffset } = segmenter;
    const payload = frame.offset + payloadOffset;
    const captured = frame.capturedLength - payloadOffset;
    segment.bytes = frame.bytes;
    segment.address = frame.address;
    segment.umemOffset = frame.umemOffset;
    // The time alone is in them: what lies at `offset` belongs to the segment.
    segment.words = frame.words;
    segment.timeWord = frame.timeWord;
    segment.segmentHeader = segmenter.header;
    segment.segmentHeaderLength = headerLength;
    // The pre-filter, or the ring, may have kept less than the GSO frame.
    const isShort = frame.capturedLength < frame.wireLength;
    for (let index = 0; index < segmenter.count; index++) {
      const start = segmenter.payloadStart(index);
      const length = segmenter.payloadLength(index);
      const from = Math.min(start, captured);
      segment.offset = payload + from;
      segment.wireLength = headerLength + length;
      segment.capturedLength = headerLength + Math.min(length, captured - from);
      const kept = this.#fit(segment, target, sink);
      if (isShort && kept < Math.min(segment.wireLength, target.packetLength, sink.maximumInnerLength)) {
        this.#counters.values[target.base + SESSION_CUT] += 1;
      }
      segmenter.writeHeader(index, segment.offset, kept === segment.wireLength);
      if (this.tap !== undefined) this.tap.take(frame, segment, kept, verdict);
      sink.send(segment, kept, target.header, sourcePort, target.base);
    }
  }

  /** @returns how many bytes of a frame are to be sent: at most PacketLength, and what fits the path MTU. */
  #fit(frame: Frame, target: SessionTarget, sink: PacketSink): number {
    const values = this.#counters.values;
    let length = frame.capturedLength;
    if (frame.wireLength > target.packetLength) {
      values[target.base + SESSION_TRUNCATED] += 1;
      if (length > target.packetLength) length = target.packetLength;
    }
    if (length > sink.maximumInnerLength) {
      values[target.base + SESSION_CUT] += 1;
      length = sink.maximumInnerLength;
    }
    return length;
  }
}
