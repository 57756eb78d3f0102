/** Runs a capture file through the same stages as live traffic: frames in, outer packets out. */
import { layOutCounters } from '../counters/lane-bases.js';
import { type LaneCounts, readLane } from '../counters/snapshot.js';
import type { Frame, FrameConsumer } from '../io/frame.js';
import type { PacketListener } from '../io/memory.js';
import { compile } from '../match/compile.js';
import { type CopyOptions, DIRECTIONS, type SourcePlan } from '../plan/mirror-plan.js';
import { MAC_LENGTH, sourceMacEquals } from '../wire/ethernet.js';
import { buildMirror } from './build-mirror.js';
import { memorySinks } from './memory-sinks.js';
import type { Mirror } from './mirror.js';

/** Both directions of one source, fed from one stream of frames. */
export class Replay implements FrameConsumer {
  readonly #ingress: Mirror;
  readonly #egress: Mirror;
  readonly #egressMac: Uint8Array | undefined;
  /** The counts so far. */
  readonly counts: () => LaneCounts[];

  /**
   * @param options `oversize` decides on the don't-fragment bit; a replay has no path MTU.
   * @param egressMac frames from this address are egress, all others ingress; 6 bytes.
   * @param onPacket takes every outer packet, from its IP header.
   */
  constructor(
    source: SourcePlan,
    options: CopyOptions,
    egressMac: Uint8Array | undefined,
    onPacket: PacketListener,
  ) {
    const lanes = DIRECTIONS.map((direction) => ({ source, direction }));
    const { counters, bases } = layOutCounters(lanes);
    const sinkOf = memorySinks(source, options, counters, onPacket);
    const [ingress, egress] = lanes.map((lane, index) =>
      buildMirror(lane, compile(source, lane.direction), counters, bases[index], sinkOf),
    );
    this.#ingress = ingress;
    this.#egress = egress;
    this.#egressMac = egressMac;
    this.counts = () => bases.map((lane) => readLane(counters.values, lane));
  }

  consume(frame: Frame): void {
    const mac = this.#egressMac;
    const isEgress =
      mac !== undefined &&
      frame.capturedLength >= 2 * MAC_LENGTH &&
      sourceMacEquals(frame.bytes, frame.offset, mac);
    (isEgress ? this.#egress : this.#ingress).consume(frame);
  }

  endBatch(): void {
    this.#ingress.endBatch();
    this.#egress.endBatch();
  }
}
