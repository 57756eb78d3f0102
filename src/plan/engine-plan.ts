/**
 * Divides a plan among engines: workers that have all lanes and share their frames, or an engine for each lane, as the
 * backend needs. Workers run even when there is no lane, so that the first one need not wait for a process.
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

/** The part of every source's frames that one of several engines takes. */
export interface WorkerShare {
  /** From 0. */
  readonly index: number;
  readonly of: number;
}

/** What one engine has to do. */
export interface EnginePlan {
  /** The backend, chosen for the whole daemon. */
  readonly io: BackendName;
  readonly lanes: readonly LanePlan[];
  /** Every target address of the whole plan, other engines' too: none of their copies is mirrored again. */
  readonly targetAddresses: readonly string[];
  readonly engine: EngineOptions;
  /** Absent: all frames. Fixed for the life of an engine. */
  readonly worker?: WorkerShare;
}

/** How many workers share each source. */
export function workersOf({ engine }: Pick<MirrorPlan, 'engine'>, io: BackendName): number {
  return BACKENDS[io].engines === 'workers' ? engine.workers : 1;
}

/** Which of the workers it is for, from 0; 0 where there is one. */
export function workerIndex({ worker }: EnginePlan): number {
  return worker?.index ?? 0;
}

/** The plan of each engine by its key. The same key in two plans is the same engine. */
export function enginePlansOf(plan: MirrorPlan, io: BackendName): Map<string, EnginePlan> {
  const { engine } = plan;
  const sessions = plan.sources.flatMap((source) => source.sessions);
  const targetAddresses = [...new Set(sessions.flatMap((session) => session.targetAddresses))];
  const lanes = lanesOf(plan);
  const shared = { io, targetAddresses, engine };
  if (BACKENDS[io].engines === 'one-per-lane') {
    const shares = shareCounts(lanes);
    return new Map(
      lanes.map((lane) => [
        captureKey(lane),
        {
          ...shared,
          engine: withPart(engine, lanes.length),
          lanes: [withParts(lane, (name) => shares.get(name) ?? 1)],
        },
      ]),
    );
  }
  const of = workersOf(plan, io);
  if (of === 1) return new Map([[io, { ...shared, lanes }]]);
  const part = {
    ...shared,
    engine: withPart(engine, of),
    lanes: lanes.map((lane) => withParts(lane, () => of)),
  };
  return new Map(
    Array.from({ length: of }, (_, index) => [`${io} ${index}`, { ...part, worker: { index, of } }]),
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

/**
 * Engines know nothing of each other: each gets an equal part of every limit that it shares.
 * @param engines how many share a limit, by its name.
 */
function withParts(lane: LanePlan, engines: (name: string) => number): LanePlan {
  const { source } = lane;
  if (source.maximumBitsPerSecond === undefined && limitsOf(source).length === 0) return lane;
  const sessions = source.sessions.map((session) => ({
    ...session,
    ...(session.limits && {
      limits: session.limits.map(({ name, bitsPerSecond }) => ({
        name,
        bitsPerSecond: partOf(bitsPerSecond, engines(name)),
      })),
    }),
  }));
  return { ...lane, source: { ...withPart(source, engines(sourceKey(source))), sessions } };
}

function withPart<Limited extends { readonly maximumBitsPerSecond?: number }>(
  limited: Limited,
  engines: number,
): Limited {
  const { maximumBitsPerSecond } = limited;
  if (maximumBitsPerSecond === undefined) return limited;
  return { ...limited, maximumBitsPerSecond: partOf(maximumBitsPerSecond, engines) };
}

function partOf(bitsPerSecond: number, engines: number): number {
  return Math.max(1, Math.floor(bitsPerSecond / engines));
}

function limitsOf({ sessions }: SourcePlan): readonly RateLimitPlan[] {
  return sessions.flatMap(({ limits }) => limits ?? []);
}

function sourceKey({ id }: SourcePlan): string {
  return `source ${id}`;
}
