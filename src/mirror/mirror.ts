/**
 * The hot loop's body: what happens to one frame of one source and direction.
 *
 *     frame -> decode -> evaluate -> session -> truncate -> choose address -> sink
 *
 * Allocates nothing and throws nothing per frame; every frame ends in exactly one counter of `layout.ts`.
 */
import type { Frame, FrameConsumer } from '../capture/frame-source.js';
import type { Counters } from '../counters/counters.js';
import {
  LANE_READ_BYTES,
  LANE_READ_PACKETS,
  LANE_UNMATCHED,
  LANE_UNMIRRORED,
  LANE_UNPARSABLE,
  SESSION_CUT,
  SESSION_MATCHED_BYTES,
  SESSION_MATCHED_PACKETS,
  SESSION_TRUNCATED,
} from '../counters/layout.js';
import { decode } from '../decode/decode.js';
import { Decoded } from '../decode/decoded.js';
import { flowHash, flowSourcePort } from '../encapsulate/flow-hash.js';
import { chooseAddress } from '../encapsulate/rendezvous.js';
import type { CompiledFilter } from '../match/compile.js';
import { UNMATCHED, UNMIRRORED_BASE, UNPARSABLE } from '../match/verdict.js';
import type { PacketSink } from '../transmit/packet-sink.js';
import type { SessionPath } from './session-path.js';

export class Mirror implements FrameConsumer {
  readonly #evaluate: CompiledFilter['evaluate'];
  readonly #pathOf: readonly SessionPath[];
  readonly #sinks: readonly PacketSink[];
  readonly #counters: Counters;
  readonly #base: number;
  readonly #decoded = new Decoded();

  /**
   * @param filter of this source and direction.
   * @param paths one per session of the plan.
   * @param sinks every sink of the paths, once.
   * @param base of the lane's counters.
   */
  constructor(
    filter: CompiledFilter,
    paths: readonly SessionPath[],
    sinks: readonly PacketSink[],
    counters: Counters,
    base: number,
  ) {
    this.#evaluate = filter.evaluate;
    this.#pathOf = filter.outcomes.map((outcome) => paths[outcome.sessionIndex]);
    this.#sinks = sinks;
    this.#counters = counters;
    this.#base = base;
  }

  consume(frame: Frame): void {
    const values = this.#counters.values;
    values[this.#base + LANE_READ_PACKETS] += 1;
    values[this.#base + LANE_READ_BYTES] += frame.wireLength;
    decode(frame.bytes, frame.offset, frame.capturedLength, this.#decoded);
    const verdict = this.#evaluate(this.#decoded);
    if (verdict >= 0) this.#copy(frame, this.#pathOf[verdict]);
    else if (verdict === UNMATCHED) values[this.#base + LANE_UNMATCHED] += 1;
    else if (verdict === UNPARSABLE) values[this.#base + LANE_UNPARSABLE] += 1;
    else values[this.#base + LANE_UNMIRRORED + (UNMIRRORED_BASE - verdict)] += 1;
  }

  endBatch(): void {
    const sinks = this.#sinks;
    for (let index = 0; index < sinks.length; index++) sinks[index].flush();
  }

  #copy(frame: Frame, path: SessionPath): void {
    const values = this.#counters.values;
    const base = path.base;
    values[base + SESSION_MATCHED_PACKETS] += 1;
    values[base + SESSION_MATCHED_BYTES] += frame.wireLength;
    const hash = flowHash(this.#decoded);
    const choice = path.seeds.length === 1 ? 0 : chooseAddress(hash, path.seeds);
    const sink = path.sinks[choice];
    let length = frame.capturedLength;
    if (frame.wireLength > path.packetLength) {
      values[base + SESSION_TRUNCATED] += 1;
      if (length > path.packetLength) length = path.packetLength;
    }
    if (length > sink.maximumInnerLength) {
      values[base + SESSION_CUT] += 1;
      length = sink.maximumInnerLength;
    }
    sink.send(frame, length, path.headers[choice], flowSourcePort(hash), base);
  }
}
