/**
 * The first cut of every back end: six classes of IP frames, told apart by the family and, where the ports are
 * known, the protocol. Within a class those tests need not be made again.
 */
import type { PROTOCOL_TCP, PROTOCOL_UDP } from '../wire/transport.js';
import type { Entry, Family, Stage } from './ir.js';

/** A set of frames; `protocol` is the known protocol of frames with ports, or 'portless' for all others. */
export interface FrameClass {
  readonly family: Family;
  readonly protocol: typeof PROTOCOL_TCP | typeof PROTOCOL_UDP | 'portless';
}

/** The entries that can match frames of one class, without the tests that all its frames pass. */
export function restrict(stages: readonly Stage[], frameClass: FrameClass): readonly Stage[] {
  return stages.map((stage) => ({
    label: stage.label,
    entries: stage.entries.flatMap((entry) => restrictEntry(entry, frameClass)),
  }));
}

function restrictEntry(entry: Entry, { family, protocol }: FrameClass): readonly Entry[] {
  const { match } = entry;
  if (match.family !== family) return [];
  if (protocol === 'portless') return match.needsPorts ? [] : [entry];
  if (match.protocol !== 'any' && match.protocol !== protocol) return [];
  return [{ ...entry, match: { ...match, protocol: 'any', needsPorts: false } }];
}
