/** Where the copies of a session go: to which addresses, in which encapsulation, and how much of each frame. */
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import { TunnelHeader } from '../encapsulate/tunnel-header.js';
import type { PacketSink } from '../io/sink.js';
import type { Direction, SessionPlan } from '../plan/mirror-plan.js';
import { addressSeed } from './rendezvous.js';
import { StampingSink } from './stamping-sink.js';

/** Stands for "no PacketLength": longer than any frame. */
const WHOLE_FRAME = 0x7fffffff;

/** One per session and direction; `addresses` and `sinks` have the order of the target's addresses. */
export interface SessionTarget {
  /** Bytes of the frame to keep. */
  readonly packetLength: number;
  readonly addresses: readonly string[];
  readonly header: TunnelHeader;
  readonly sinks: readonly PacketSink[];
  /** Seeds of the addresses that take flows now; `avoidAddresses` changes them. */
  seeds: Int32Array;
  /** The index in `addresses` of each address of `seeds`. */
  indexes: Int32Array;
  /** Index of the session's counters. */
  readonly base: number;
}

/** The sink of a target address for copies of a session in an encapsulation. */
export type SinkOf = (address: string, encapsulation: Encapsulation, session: SessionPlan) => PacketSink;

/** @param base index of the session's counters. @param direction of the lane. */
export function buildSessionTarget(
  session: SessionPlan,
  direction: Direction,
  base: number,
  sinkOf: SinkOf,
): SessionTarget {
  const addresses = session.targetAddresses;
  const { sessionNumber, vni } = session;
  const encapsulation = encapsulationOf(session.encapsulation);
  const tellsOfFrames = encapsulation.frameFields !== undefined;
  return {
    packetLength: session.packetLength ?? WHOLE_FRAME,
    addresses,
    header: new TunnelHeader(encapsulation, vni, { sessionNumber, direction }),
    sinks: addresses.map((address) => {
      const sink = sinkOf(address, encapsulation, session);
      return tellsOfFrames ? new StampingSink(sink) : sink;
    }),
    seeds: Int32Array.from(addresses, addressSeed),
    indexes: Int32Array.from(addresses.keys()),
    base,
  };
}

/** Moves the flows of dead addresses to the others, between frames; when all are dead, all take flows. */
export function avoidAddresses(target: SessionTarget, dead: ReadonlySet<string>): void {
  const all = [...target.addresses.keys()];
  const alive = all.filter((index) => !dead.has(target.addresses[index]));
  target.indexes = Int32Array.from(alive.length > 0 ? alive : all);
  target.seeds = Int32Array.from(target.indexes, (index) => addressSeed(target.addresses[index]));
}
