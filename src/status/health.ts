/** Health of the daemon: never ok while a source is not captured, mirrored in part, or a target is not reachable. */

/** An engine reports its rounds four times a second. The daemon kills it a little after this limit. */
const STILL_LIMIT_MS = 2000;

/**
 * degraded: every source is captured, but some in part, or some targets are not reachable. failing: a source is not
 * captured, or no target is reachable.
 */
export const HEALTH_STATES = ['ok', 'degraded', 'failing'] as const;

type HealthState = (typeof HEALTH_STATES)[number];

export interface Health {
  readonly state: HealthState;
  /** One per problem. */
  readonly reasons: readonly string[];
  /** What is as it was asked for, and worth knowing: copies that give way to others. They do not change the state. */
  readonly notes: readonly string[];
}

/** The parts of the status that health depends on. */
export interface HealthInput {
  readonly engines: readonly Engine[];
  readonly lanes: readonly Lane[];
  readonly targets: readonly Target[];
  /** Of sources that are mirrored in part: one sentence each. */
  readonly troubles?: readonly string[];
  readonly notes?: readonly string[];
}

interface Engine {
  readonly pid: number | null;
  readonly beatAgeMs: number;
}

interface Lane {
  readonly sourceId: string;
  readonly direction: string;
  readonly state: string;
  readonly reason: string;
}

interface Target {
  readonly address: string;
  readonly state: string;
  readonly reason: string;
}

/** A daemon without sessions is ok. */
export function healthOf({ engines, lanes, targets, troubles = [], notes = [] }: HealthInput): Health {
  const blind = [...engines.flatMap(engineProblem), ...lanes.flatMap(laneProblem)];
  const allLost = targets.length > 0 && targets.every(({ state }) => state === 'unreachable');
  const reasons = [...blind, ...troubles, ...targets.flatMap(targetProblem)];
  if (blind.length > 0 || allLost) return { state: 'failing', reasons, notes };
  return { state: reasons.length > 0 ? 'degraded' : 'ok', reasons, notes };
}

/** @returns why an engine mirrors nothing; none: it does. */
export function engineProblem({ pid, beatAgeMs }: Engine): string[] {
  if (pid === null) return ['an engine is not running'];
  if (beatAgeMs <= STILL_LIMIT_MS) return [];
  return [`engine ${pid} has stood still for ${Math.round(beatAgeMs / 1000)} s`];
}

function laneProblem({ sourceId, direction, state, reason }: Lane): string[] {
  return state === 'capturing' ? [] : [`source ${sourceId} ${direction}: ${reason}`];
}

function targetProblem({ address, state, reason }: Target): string[] {
  return state === 'reachable' ? [] : [`target ${address} ${state}: ${reason}`];
}
