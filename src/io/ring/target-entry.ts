/** The sinks of one way to a target, and what is known of it. */
import type { Encapsulation } from '../../encapsulate/encapsulation.js';
import type { Emission } from '../../targets/target-states.js';
import type { NextHop } from '../../targets/ways.js';
import type { PacketSink, TargetSink } from '../sink.js';
import type { BatchSink } from './batch-sink.js';

/** What is not known yet of a new one. */
export const NEW = { nextHop: undefined, forbiddenMs: Number.NEGATIVE_INFINITY };

export interface TargetEntry {
  readonly source: string | undefined;
  readonly target: string;
  /** What the mirror sends to. */
  readonly sink: PacketSink;
  /** The batches behind it. */
  readonly batches: readonly BatchSink[];
  /** Those that tell of send errors: of the batches too. */
  readonly telling: readonly Pick<TargetSink, 'takeSendError'>[];
  /** That of them by which direct copies leave; absent: all are routed. */
  readonly direct?: Pick<TargetSink, 'takeSendError'>;
  readonly emission: () => Omit<Emission, 'address'>;
  /** Undefined: routed. */
  nextHop: NextHop | undefined;
  /** When the host's firewall forbade a routed copy last, of a target to which copies are direct. */
  forbiddenMs: number;
}

/** Has its batches look for their way anew. */
export function reconnect({ batches }: TargetEntry): void {
  for (const batch of batches) batch.reconnect();
}

/** Equal for copies that can share the sinks. */
export function entryKey(
  { name, overhead }: Encapsulation,
  source: string | undefined,
  target: string,
): string {
  return `${name} ${overhead} ${source ?? ''} ${target}`;
}
