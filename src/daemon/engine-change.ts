/** The part of one engine in a change of plan: given to it, or undone. */
import type { Logger } from 'pino';
import type { EnginePlan } from '../plan/engine-plan.js';
import { planChange } from '../plan/plan-change.js';
import type { EngineSupervisor } from './engine-supervisor.js';
import type { PlanRefusedError } from './engine-watch.js';

export interface EngineChange {
  readonly key: string;
  readonly supervisor: EngineSupervisor;
  /** Rejects with a PlanRefusedError. */
  readonly done: Promise<void>;
  /** @param wasDone true: the engine ran the new plan. */
  readonly undo: (wasDone: boolean) => Promise<void>;
}

/** A change of an engine that runs. @param generations of its plan, and of the new one. */
export function changeEngine(
  key: string,
  supervisor: EngineSupervisor,
  plan: EnginePlan,
  generations: { readonly before: number; readonly after: number },
  log: Logger,
): EngineChange {
  const before = supervisor.plan;
  const change = planChange(before, plan);
  if (change === undefined) return { key, supervisor, done: Promise.resolve(), undo: async () => {} };
  return {
    key,
    supervisor,
    done: supervisor.apply(generations.after, plan, change),
    undo: async (wasDone) => {
      if (!wasDone) return;
      await supervisor.apply(generations.before, before).catch((error: PlanRefusedError) => {
        log.error({ reason: error.message }, 'engine does not go back: starting it again');
        supervisor.force(generations.before, before);
      });
    },
  };
}

/** A change for which an engine was started. */
export function startedEngine(key: string, supervisor: EngineSupervisor): EngineChange {
  return { key, supervisor, done: supervisor.started, undo: () => supervisor.stop() };
}
