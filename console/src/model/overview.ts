/** The overview: what each source mirrors now. */
import type {
  StatusDocument,
  StatusLane,
  StatusSession,
  StatusSource,
} from '../../../src/api/traffic-mirror/shape.js';
import { rateOf, secondsBetween, sumOf } from './rates.js';
import { sumsOf } from './session-status.js';

/** A row of the table Sources. Rates are packets per second; undefined where they are not known. */
export interface SourceRow {
  readonly sourceId: string;
  readonly device: string;
  readonly ingress: StatusLane | undefined;
  readonly egress: StatusLane | undefined;
  /** By ascending session number. */
  readonly sessions: readonly StatusSession[];
  readonly received: number | undefined;
  readonly mirrored: number | undefined;
  /** Those above 0, highest first. */
  readonly skipped: readonly (readonly [reason: string, perSecond: number])[] | undefined;
  /** Frames that were lost since the daemon started because the kernel ring was full. */
  readonly ringDropped: number | undefined;
}

/** How many sessions are in which state. */
export interface SessionTally {
  readonly all: number;
  readonly inactive: number;
  readonly degraded: number;
}

/** The rows, by source id as the status has them. @param before an earlier status, for the rates */
export function sourceRows(after: StatusDocument, before?: StatusDocument): readonly SourceRow[] {
  const seconds = before && secondsBetween({ before, after });
  const now = bySource(after.sessions);
  const then = bySource(before?.sessions);
  const oldSources = new Map((before?.sources ?? []).map((one) => [one.sourceId, one]));
  return (after.sources ?? []).map((source) => {
    const sessions = now.get(source.sourceId) ?? [];
    const old = then.get(source.sourceId) ?? [];
    return {
      sourceId: source.sourceId,
      device: source.device,
      ingress: source.lanes.find(({ direction }) => direction === 'ingress'),
      egress: source.lanes.find(({ direction }) => direction === 'egress'),
      sessions,
      ringDropped: source.ringDropped,
      ...ratesOf(seconds, {
        source: [oldSources.get(source.sourceId), source],
        sessions: [old, sessions],
      }),
    };
  });
}

/** The states of the sessions. */
export function tallyOf(sessions: readonly StatusSession[]): SessionTally {
  return {
    all: sessions.length,
    inactive: sessions.filter(({ state }) => state === 'inactive').length,
    degraded: sessions.filter(({ state }) => state === 'degraded').length,
  };
}

interface Both {
  readonly source: readonly [StatusSource | undefined, StatusSource];
  readonly sessions: readonly [readonly StatusSession[], readonly StatusSession[]];
}

function ratesOf(seconds: number | undefined, { source, sessions }: Both) {
  if (seconds === undefined) return { received: undefined, mirrored: undefined, skipped: undefined };
  const [old, now] = sessions.map(countsOf) as [SourceCounts, SourceCounts];
  const skipped = [...now.skipped].map(([reason, count]) => {
    return [reason, rateOf(old.skipped.get(reason), count, seconds) ?? 0] as const;
  });
  return {
    received: rateOf(readOf(source[0]), readOf(source[1]), seconds),
    mirrored: rateOf(old.mirrored, now.mirrored, seconds),
    skipped: skipped.filter(([, rate]) => rate > 0).sort(([, a], [, b]) => b - a),
  };
}

interface SourceCounts {
  readonly mirrored: number;
  readonly skipped: ReadonlyMap<string, number>;
}

function countsOf(sessions: readonly StatusSession[]): SourceCounts {
  const skipped = new Map<string, number>();
  let mirrored = 0;
  for (const sums of sessions.map(sumsOf)) {
    mirrored += sums?.mirrored.packets ?? 0;
    for (const [reason, { packets }] of sums?.skippedBy ?? []) {
      skipped.set(reason, (skipped.get(reason) ?? 0) + packets);
    }
  }
  return { mirrored, skipped };
}

/** Frames that were read in both directions; undefined when the caller may not see them. */
function readOf(source: StatusSource | undefined): number | undefined {
  const counts = (source?.lanes ?? []).map((lane) => lane.counts).filter((one) => one !== undefined);
  return counts.length === 0 ? undefined : sumOf(counts.map(({ read }) => read)).packets;
}

function bySource(sessions: readonly StatusSession[] = []): ReadonlyMap<string, readonly StatusSession[]> {
  const groups = new Map<string, StatusSession[]>();
  for (const session of sessions) {
    const group = groups.get(session.sourceId) ?? [];
    group.push(session);
    groups.set(session.sourceId, group);
  }
  for (const group of groups.values()) group.sort((a, b) => a.sessionNumber - b.sessionNumber);
  return groups;
}
