/** A capture file through the same stages as live traffic: frames in, outer packets out. */
import type { Frame, FrameConsumer } from '../capture/frame-source.js';
import { type LaneCounts, readLane } from '../counters/snapshot.js';
import { OUTER_HEADER_BYTES } from '../encapsulate/outer-header.js';
import { compile } from '../match/compile.js';
import { DIRECTIONS, type SourcePlan } from '../plan/mirror-plan.js';
import { MemorySink, type PacketListener } from '../transmit/memory.js';
import { MAC_LENGTH, sourceMacEquals } from '../wire/ethernet.js';
import { buildMirror, layOutCounters } from './lane.js';
import type { Mirror } from './mirror.js';

/** Largest IPv4 datagram: no route limits the copies of a replay. */
const MAXIMUM_PACKET_BYTES = 65535;
/** Where no address is configured, one that documentation may use (RFC 5737). */
const NO_SOURCE_ADDRESS = '192.0.2.1';

/** Both directions of one source, fed from one stream of frames. */
export class Replay implements FrameConsumer {
  readonly #ingress: Mirror;
  readonly #egress: Mirror;
  readonly #egressMac: Uint8Array | undefined;
  /** The counts so far. */
  readonly counts: () => LaneCounts[];

  /**
   * @param egressMac frames from this address are egress, all others ingress; 6 bytes.
   * @param onPacket takes every outer packet, from its IP header.
   */
  constructor(source: SourcePlan, egressMac: Uint8Array | undefined, onPacket: PacketListener) {
    const lanes = DIRECTIONS.map((direction) => ({ source, direction }));
    const { counters, bases } = layOutCounters(lanes);
    const sink = new MemorySink(counters, onPacket, MAXIMUM_PACKET_BYTES - OUTER_HEADER_BYTES);
    const [ingress, egress] = lanes.map((lane, index) =>
      buildMirror(
        lane,
        compile(source, lane.direction),
        source.address ?? NO_SOURCE_ADDRESS,
        counters,
        bases[index],
        () => sink,
      ),
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
