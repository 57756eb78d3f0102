/**
 * Which engine does what. Rings share one engine, which runs without lanes too: the first lane need not wait for a
 * process. On libpcap I/O every lane has an engine of its own: npm cap keeps a process busy with one handle for as long
 * as that handle has frames, so a busy direction would starve the others; and it ends its process with its device.
 */
import { captureKey, type LanePlan, lanesOf } from './lanes.js';
import type { EngineOptions, MirrorPlan } from './mirror-plan.js';

/** What one engine has to do. */
export interface EnginePlan {
  /** The backend, chosen for the whole daemon. */
  readonly io: 'ring' | 'libpcap';
  readonly lanes: readonly LanePlan[];
  /** Every target address of the whole plan, other engines' too: none of their copies is mirrored again. */
  readonly targetAddresses: readonly string[];
  readonly engine: EngineOptions;
}

/** The plans by engine; a key that was there before stands for the same engine. */
export function enginePlansOf(plan: MirrorPlan, io: EnginePlan['io']): Map<string, EnginePlan> {
  const { engine } = plan;
  const sessions = plan.sources.flatMap((source) => source.sessions);
  const targetAddresses = [...new Set(sessions.flatMap((session) => session.targetAddresses))];
  const lanes = lanesOf(plan);
  const shared = { io, targetAddresses, engine };
  return new Map(
    io === 'ring'
      ? [['ring', { ...shared, lanes }]]
      : lanes.map((lane) => [captureKey(lane), { ...shared, lanes: [lane] }]),
  );
}
