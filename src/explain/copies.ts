/** What becomes of a matched frame: the mirror of the data path sends it to a sink that only takes notes. */
import { type CountedBlock, layOutCounters } from '../counters/lane-bases.js';
import { readLane } from '../counters/snapshot.js';
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { innerLengthWithin, longestInnerLength, packetLength } from '../encapsulate/outer-header.js';
import type { TunnelHeader } from '../encapsulate/tunnel-header.js';
import type { Frame } from '../io/frame.js';
import type { PacketSink } from '../io/sink.js';
import type { FrameFilter } from '../match/verdict.js';
import { buildMirror } from '../mirror/build-mirror.js';
import { LoopGuard } from '../mirror/loop-guard.js';
import type { Mirror } from '../mirror/mirror.js';
import { avoidAddresses } from '../mirror/session-target.js';
import type { LanePlan } from '../plan/lanes.js';
import type { CopyOptions, EncapsulationOption } from '../plan/mirror-plan.js';

/** What the running daemon says of the way to a target address. */
interface TargetWay {
  /** Most bytes of a frame that fit into one packet; 0 without a route. */
  readonly maximumInnerLength: number;
  /** MTU of that device; absent: the daemon does not tell. */
  readonly mtu?: number;
  /** Egress device; empty without a route. */
  readonly device: string;
  readonly state: string;
  /** Why it is not reachable. */
  readonly reason: string;
}

/** Ways by target address; addresses without one are not known. */
export type TargetWays = ReadonlyMap<string, TargetWay>;

/** The ways that a status tells of. */
export function waysTo(targets: readonly (TargetWay & { readonly address: string })[]): TargetWays {
  return new Map(
    targets.map(({ address, mtu, maximumInnerLength, device, state, reason }) => [
      address,
      { maximumInnerLength, device, state, reason, ...(mtu !== undefined && { mtu }) },
    ]),
  );
}

/** A copy as it would be sent. */
export interface Copy {
  readonly address: string;
  /** Addresses of the target, one of which the flow hash chose. */
  readonly addresses: readonly string[];
  readonly encapsulation: string;
  /** What it tells of the copy beside the frame; absent: nothing. */
  readonly encapsulationOptions?: readonly EncapsulationOption[];
  /** UDP destination port; absent where copies are not UDP. */
  readonly port?: number;
  /** Outer UDP source port, from the flow hash. */
  readonly sourcePort: number;
  /** Bytes of the frame in it. */
  readonly frameLength: number;
  /** Bytes of the outer IP packet. */
  readonly packetLength: number;
  /** It holds fewer bytes for PacketLength. */
  readonly isTruncated: boolean;
  /** It holds fewer bytes for the path MTU, or for the longest IP packet. */
  readonly isCut: boolean;
  /** True: longer than the path MTU, so that it leaves in fragments. */
  readonly isFragmented: boolean;
  /** Absent: not known. */
  readonly way?: TargetWay;
}

/** What the mirror does with a frame. */
export interface CopyOutcome {
  /** Frames that the lane counted as matched: 0 or 1. */
  readonly matched: number;
  readonly copy?: Copy;
  /** Why there is no copy, as counters name it. */
  readonly skipped?: string;
}

/** What a sink is told. */
type Sent = Omit<Copy, 'addresses' | 'isTruncated' | 'isCut' | 'encapsulationOptions'>;

/** A sink that notes what it is given. */
class NotingSink implements PacketSink {
  readonly isOpen = true;
  readonly maximumInnerLength: number;
  readonly address: string;
  readonly #note: (sink: NotingSink, innerLength: number, header: TunnelHeader, sourcePort: number) => void;

  constructor(
    address: string,
    maximumInnerLength: number,
    note: (sink: NotingSink, innerLength: number, header: TunnelHeader, sourcePort: number) => void,
  ) {
    this.address = address;
    this.maximumInnerLength = maximumInnerLength;
    this.#note = note;
  }

  send(_frame: Frame, innerLength: number, header: TunnelHeader, sourcePort: number): void {
    this.#note(this, innerLength, header, sourcePort);
  }

  flush(): void {}
}

/** The mirror of one lane. */
export class CopyNotes {
  readonly #mirror: Mirror;
  readonly #counted: CountedBlock;
  readonly #lane: LanePlan;
  readonly #options: CopyOptions;
  readonly #ways: TargetWays;
  #sent: Sent | undefined;

  /** @param targetAddresses all that copies go to, those of other sources too. */
  constructor(
    lane: LanePlan,
    filter: FrameFilter,
    options: CopyOptions,
    ways: TargetWays,
    targetAddresses: readonly string[],
  ) {
    const { counters, bases } = layOutCounters([lane]);
    this.#counted = { values: counters.values, lanes: bases };
    this.#lane = lane;
    this.#options = options;
    this.#ways = ways;
    const sinkOf = (address: string, encapsulation: Encapsulation): NotingSink =>
      new NotingSink(address, this.#maximumInnerLength(address, encapsulation), (...sent) =>
        this.#note(...sent),
      );
    this.#mirror = buildMirror(lane, filter, counters, bases[0], sinkOf, new LoopGuard(targetAddresses));
    // As the engine does with targets that have other addresses.
    const dead = new Set(
      [...ways].flatMap(([address, { state }]) => (state === 'unreachable' ? [address] : [])),
    );
    for (const target of this.#mirror.targets) {
      if (target.addresses.length > 1) avoidAddresses(target, dead);
    }
  }

  /** Mirrors one frame. */
  mirror(frame: Frame): CopyOutcome {
    const { values, lanes } = this.#counted;
    values.fill(0);
    this.#mirror.consume(frame);
    this.#mirror.endBatch();
    const sent = this.#takeSent();
    const { sessions } = readLane(values, lanes[0]);
    const index = sessions.findIndex(({ matched }) => matched.packets > 0);
    if (index < 0) return { matched: 0 };
    const { skipped, truncated, cut } = sessions[index];
    const [reason] = Object.keys(skipped);
    const { targetAddresses: addresses, encapsulation } = this.#lane.source.sessions[index];
    const copy = sent && {
      ...sent,
      ...(encapsulation?.options && { encapsulationOptions: encapsulation.options }),
      addresses,
      isTruncated: truncated > 0,
      isCut: cut > 0,
    };
    return { matched: 1, ...(copy && { copy }), ...(reason !== undefined && { skipped: reason }) };
  }

  #takeSent(): Sent | undefined {
    const sent = this.#sent;
    this.#sent = undefined;
    return sent;
  }

  /** A way that is known bounds copies, unless they may leave in fragments. */
  #maximumInnerLength(address: string, encapsulation: Encapsulation): number {
    const longest = longestInnerLength(encapsulation, address);
    const way = this.#wayOf(address, encapsulation);
    const isBounded = way !== undefined && way.device !== '' && this.#options.oversize === 'truncate';
    return isBounded ? Math.min(longest, way.maximumInnerLength) : longest;
  }

  /** What the daemon tells holds for the longest encapsulation that goes there. */
  #wayOf(address: string, encapsulation: Encapsulation): TargetWay | undefined {
    const way = this.#ways.get(address);
    if (way?.mtu === undefined || way.device === '') return way;
    return { ...way, maximumInnerLength: innerLengthWithin(encapsulation, address, way.mtu) };
  }

  #note(
    { address }: NotingSink,
    frameLength: number,
    { encapsulation }: TunnelHeader,
    sourcePort: number,
  ): void {
    const { name, port } = encapsulation;
    const way = this.#wayOf(address, encapsulation);
    this.#sent = {
      address,
      encapsulation: name,
      ...(port !== undefined && { port }),
      sourcePort,
      frameLength,
      packetLength: packetLength(encapsulation, address, frameLength),
      isFragmented: way !== undefined && way.device !== '' && frameLength > way.maximumInnerLength,
      ...(way !== undefined && { way }),
    };
  }
}
