/** What GetStatus says of a session, for a row and for the head of its page. */
import type { StatusAmount, StatusSession } from '../../../src/api/traffic-mirror/shape.js';
import { rateOf, type StatusPair, secondsBetween, sumOf } from './rates.js';

/** The counts of both directions of a session together. */
export interface SessionSums {
  readonly matched: StatusAmount;
  readonly mirrored: StatusAmount;
  /** All reasons together. */
  readonly skipped: StatusAmount;
  /** Those that occurred, most packets first. */
  readonly skippedBy: readonly (readonly [reason: string, StatusAmount])[];
  readonly segmented: number;
  readonly segments: number;
  readonly truncated: number;
  readonly cut: number;
  readonly fragmented: number;
}

/** Packets per second of a session, or of a source. */
export interface PacketRates {
  readonly mirrored?: number | undefined;
  readonly skipped?: number | undefined;
}

/** The states as people read them. */
export const STATE_WORDS = { active: 'Active', degraded: 'Degraded', inactive: 'Inactive' } as const;

/** The kind of Cloudscape's StatusIndicator for a state. A session that is about to begin is no error. */
export function indicatorOf({ state, cause }: Pick<StatusSession, 'state' | 'cause'>) {
  if (state === 'active') return 'success';
  if (state === 'degraded') return 'warning';
  return cause === 'starting' ? 'pending' : 'error';
}

/** The sums of a session's counts; undefined when the caller may not see them. */
export function sumsOf({ counts }: Pick<StatusSession, 'counts'>): SessionSums | undefined {
  if (counts === undefined) return undefined;
  const directions = [counts.ingress, counts.egress].filter((one) => one !== undefined);
  const skippedBy = new Map<string, StatusAmount>();
  for (const [reason, amount] of directions.flatMap(({ skipped }) => Object.entries(skipped))) {
    skippedBy.set(reason, sumOf([skippedBy.get(reason), amount]));
  }
  const total = (name: NumberName): number => directions.reduce((sum, one) => sum + one[name], 0);
  return {
    matched: sumOf(directions.map(({ matched }) => matched)),
    mirrored: sumOf(directions.map(({ mirrored }) => mirrored)),
    skipped: sumOf(skippedBy.values()),
    skippedBy: [...skippedBy].sort(([, a], [, b]) => b.packets - a.packets),
    segmented: total('segmented'),
    segments: total('segments'),
    truncated: total('truncated'),
    cut: total('cut'),
    fragmented: total('fragmented'),
  };
}

type NumberName = 'segmented' | 'segments' | 'truncated' | 'cut' | 'fragmented';

/** The rates of all sessions between two statuses, by id. Sessions without counts are left out. */
export function sessionRates(pair: StatusPair): ReadonlyMap<string, PacketRates> {
  const seconds = secondsBetween(pair);
  const rates = new Map<string, PacketRates>();
  if (seconds === undefined) return rates;
  const before = new Map((pair.before.sessions ?? []).map((one) => [one.sessionId, sumsOf(one)]));
  for (const session of pair.after.sessions ?? []) {
    const now = sumsOf(session);
    if (now === undefined) continue;
    const old = before.get(session.sessionId);
    rates.set(session.sessionId, {
      mirrored: rateOf(old?.mirrored.packets, now.mirrored.packets, seconds),
      skipped: rateOf(old?.skipped.packets, now.skipped.packets, seconds),
    });
  }
  return rates;
}
