/**
 * Divides a plan among engines: one engine for all lanes, or one for each, as the backend needs. An engine for all lanes
 * runs even when there is none, so that the first lane need not wait for a process.
 */
import { captureKey, type LanePlan, lanesOf } from './lanes.js';
import {
  BACKENDS,
  type BackendName,
  type EngineOptions,
  type MirrorPlan,
  type RateLimitPlan,
  type SourcePlan,
} from './mirror-plan.js';

/** What one engine has to do. */
export interface EnginePlan {
  /** The backend, chosen for the whole daemon. */
  readonly io: BackendName;
  readonly lanes: readonly LanePlan[];
  /** Every target address of the whole plan, other engines' too: none of their copies is mirrored again. */
  readonly targetAddresses: readonly string[];
  readonly engine: EngineOptions;
}

/** The plan of each engine by its key. The same key in two plans is the same engine. */
export function enginePlansOf(plan: MirrorPlan, io: BackendName): Map<string, EnginePlan> {
  const { engine } = plan;
  const sessions = plan.sources.flatMap((source) => source.sessions);
  const targetAddresses = [...new Set(sessions.flatMap((session) => session.targetAddresses))];
  const lanes = lanesOf(plan);
  const shared = { io, targetAddresses, engine };
  if (BACKENDS[io].engines === 'one') return new Map([[io, { ...shared, lanes }]]);
  const shares = shareCounts(lanes);
  return new Map(
    lanes.map((lane) => [
      captureKey(lane),
      { ...shared, engine: withPart(engine, lanes.length), lanes: [withParts(lane, shares)] },
    ]),
  );
}

/** How many lanes each limit is for, by the source's id and by the limit's name. */
function shareCounts(lanes: readonly LanePlan[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { source } of lanes) {
    count(sourceKey(source));
    for (const name of new Set(limitsOf(source).map((limit) => limit.name))) count(name);
  }
  return counts;
}

/** Engines know nothing of each other: each gets an equal part of every limit that it shares. */
function withParts(lane: LanePlan, counts: ReadonlyMap<string, number>): LanePlan {
  const { source } = lane;
  if (source.maximumBitsPerSecond === undefined && limitsOf(source).length === 0) return lane;
  const sessions = source.sessions.map((session) => ({
    ...session,
    ...(session.limits && {
      limits: session.limits.map(({ name, bitsPerSecond }) => ({
        name,
        bitsPerSecond: partOf(bitsPerSecond, counts.get(name)),
      })),
    }),
  }));
  return { ...lane, source: { ...withPart(source, counts.get(sourceKey(source))), sessions } };
}

function withPart<Limited extends { readonly maximumBitsPerSecond?: number }>(
  limited: Limited,
  count: number | undefined,
): Limited {
  const { maximumBitsPerSecond } = limited;
  if (maximumBitsPerSecond === undefined) return limited;
  return { ...limited, maximumBitsPerSecond: partOf(maximumBitsPerSecond, count) };
}

function partOf(bitsPerSecond: number, count = 1): number {
  return Math.max(1, Math.floor(bitsPerSecond / count));
}

function limitsOf({ sessions }: SourcePlan): readonly RateLimitPlan[] {
  return sessions.flatMap(({ limits }) => limits ?? []);
}

function sourceKey({ id }: SourcePlan): string {
  return `source ${id}`;
}
