/** The way of a session's copies: how much of a frame, under which headers, to which addresses. */
import { OuterHeader } from '../encapsulate/outer-header.js';
import { addressSeed } from '../encapsulate/rendezvous.js';
import type { SessionPlan } from '../plan/mirror-plan.js';
import type { PacketSink } from '../transmit/packet-sink.js';

/** Longer than any frame. */
const WHOLE = 0x7fffffff;

/** One per session and direction; the three arrays run alongside the target's addresses. */
export interface SessionPath {
  /** Bytes of the frame to keep. */
  readonly packetLength: number;
  readonly headers: readonly OuterHeader[];
  readonly sinks: readonly PacketSink[];
  readonly seeds: Int32Array;
  /** Of the session's counters. */
  readonly base: number;
}

/**
 * @param sourceAddress outer source, dotted; 0.0.0.0 lets the kernel choose by route (raw(7)).
 * @param sinkOf gives the sink of a target address.
 */
export function buildSessionPath(
  session: SessionPlan,
  sourceAddress: string,
  base: number,
  sinkOf: (address: string) => PacketSink,
): SessionPath {
  return {
    packetLength: session.packetLength ?? WHOLE,
    headers: session.targetAddresses.map((address) => new OuterHeader(sourceAddress, address, session.vni)),
    sinks: session.targetAddresses.map(sinkOf),
    seeds: Int32Array.from(session.targetAddresses, addressSeed),
    base,
  };
}
