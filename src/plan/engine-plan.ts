/**
 * Divides a plan among engines: one engine for all lanes, or one for each, as the backend needs. An engine for all lanes
 * runs even when there is none, so that the first lane need not wait for a process.
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
}

/** The plan of each engine by its key. The same key in two plans is the same engine. */
export function enginePlansOf(plan: MirrorPlan, io: BackendName): Map<string, EnginePlan> {
  const { engine } = plan;
  const sessions = plan.sources.flatMap((source) => source.sessions);
  const targetAddresses = [...new Set(sessions.flatMap((session) => session.targetAddresses))];
  const lanes = lanesOf(plan);
  const shared = { io, targetAddresses, engine };
  return new Map(
    BACKENDS[io].engines === 'one'
      ? [[io, { ...shared, lanes }]]
      : lanes.map((lane) => [captureKey(lane), { ...shared, lanes: [lane] }]),
  );
}
