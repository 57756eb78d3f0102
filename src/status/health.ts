/** Health of the daemon: never ok while a source is not captured, mirrored in part, or a target is not reachable. */
import { isAbsence } from '../io/lane-condition.js';
import { isStarting } from './session-condition.js';

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
  /** The selector that found its source; absent: the source is declared. */
  readonly selectorId?: string;
}

interface Target {
  readonly address: string;
  readonly state: string;
  readonly reason: string;
}

/** A daemon without sessions is ok. */
export function healthOf({ engines, lanes, targets, troubles = [], notes = [] }: HealthInput): Health {
  const passing = lanes.filter(isPassing);
  const lasting = lanes.filter((lane) => !isPassing(lane));
  const blind = [...engines.flatMap(engineProblem), ...lasting.flatMap(laneProblem)];
  const allLost = targets.length > 0 && targets.every(({ state }) => state === 'unreachable');
  const reasons = [...blind, ...troubles, ...targets.flatMap(targetProblem)];
  const allNotes = [...notes, ...passing.flatMap(laneProblem)];
  if (blind.length > 0 || allLost) return { state: 'failing', reasons, notes: allNotes };
  return { state: reasons.length > 0 ? 'degraded' : 'ok', reasons, notes: allNotes };
}

/**
 * True for a lane that waits because a selector's match comes or goes: it starts, or its device or namespace is not there
 * any more. Whoever starts containers causes that, so it is no fault of the daemon.
 */
export function isPassing({ selectorId, state, reason }: Omit<Lane, 'sourceId' | 'direction'>): boolean {
  return selectorId !== undefined && state !== 'capturing' && (isStarting(reason) || isAbsence(reason));
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
