/** How many packets a second rules accept, from two statuses. */
import type { StatusDocument } from '../../../src/api/traffic-mirror/shape.js';

/** The part of a status that rates are made of. */
export type CountedStatus = Pick<StatusDocument, 'startedAt' | 'countersSeconds' | 'sessions'>;

/** Packets per second by the id of the rule, in all sessions together; undefined while two statuses do not tell. */
export function ruleRates(
  before: CountedStatus | undefined,
  now: CountedStatus | undefined,
): ReadonlyMap<string, number> | undefined {
  if (before === undefined || now === undefined || before.startedAt !== now.startedAt) return undefined;
  const seconds = now.countersSeconds - before.countersSeconds;
  if (seconds <= 0) return undefined;
  const earlier = acceptedBy(before);
  const rates = new Map<string, number>();
  for (const [id, packets] of acceptedBy(now)) {
    // A session that was modified counts from zero again.
    rates.set(id, Math.max(0, packets - (earlier.get(id) ?? 0)) / seconds);
  }
  return rates;
}

function acceptedBy({ sessions = [] }: CountedStatus): Map<string, number> {
  const packets = new Map<string, number>();
  for (const { counts } of sessions) {
    for (const rule of [...(counts?.ingress?.rules ?? []), ...(counts?.egress?.rules ?? [])]) {
      packets.set(rule.ruleId, (packets.get(rule.ruleId) ?? 0) + rule.packets);
    }
  }
  return packets;
}
