/** Why a daemon does not run, or not a new plan. */
import type { PlanRefusedError } from './engine-watch.js';

/** No engine can work, and a restart would not help. */
export class EngineFailedError extends Error {
  readonly code: PlanRefusedError['code'];

  constructor(code: PlanRefusedError['code'], reason: string) {
    super(reason);
    this.code = code;
  }
}

/** A plan cannot run. The plan before goes on. */
export class ApplyError extends Error {
  readonly code = 'not-applied';
}
