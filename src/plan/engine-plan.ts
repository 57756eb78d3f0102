/**
 * Divides a plan among engines: workers that have all lanes and share their frames, or an engine for each lane, as the
 * backend needs. Workers run even when there is no lane, so that the first one need not wait for a process.
 */
import { captureKey, type LanePlan, lanesOf } from './lanes.js';
import { BACKENDS, type BackendName, type EngineOptions, type MirrorPlan } from './mirror-plan.js';

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
    return new Map(lanes.map((lane) => [captureKey(lane), { ...shared, lanes: [lane] }]));
  }
  const of = workersOf(plan, io);
  if (of === 1) return new Map([[io, { ...shared, lanes }]]);
  return new Map(
    Array.from({ length: of }, (_, index) => [`${io} ${index}`, { ...shared, lanes, worker: { index, of } }]),
  );
}
