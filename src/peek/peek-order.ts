/** What the daemon tells engines to copy, for all who peek together. Plain data. */
import type { LaneName } from '../plan/lanes.js';
import { DIRECTIONS, type Direction } from '../plan/mirror-plan.js';
import type { CopyOrigin } from './copy-records.js';

/** Which copies somebody wants. What is absent is not asked for. */
export interface CopyFilter {
  readonly sessionIds?: readonly string[];
  readonly sourceIds?: readonly string[];
  readonly direction?: Direction;
}

export interface PeekOrder {
  /** A copy is wanted when one of them wants it. */
  readonly filters: readonly CopyFilter[];
  /** Most bytes of a copy. */
  readonly snapshotLength: number;
  /** Of this engine. */
  readonly copiesPerSecond: number;
  readonly bytesPerSecond: number;
}

/** True when a copy of this origin is wanted. */
export function wantsOrigin(filter: CopyFilter, origin: Omit<CopyOrigin, 'rule' | 'device'>): boolean {
  return wantsLane(filter, origin) && (filter.sessionIds?.includes(origin.sessionId) ?? true);
}

/** True when a copy of this lane may be wanted. */
export function wantsLane({ sourceIds, direction }: CopyFilter, lane: LaneName): boolean {
  return (sourceIds?.includes(lane.sourceId) ?? true) && (direction ?? lane.direction) === lane.direction;
}

/** Most ids of one kind in a filter. */
const MAXIMUM_FILTER_IDS = 32;

/** Reads a filter out of a request. @returns undefined when it is none. */
export function parseCopyFilter(value: unknown): CopyFilter | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { sessionIds, sourceIds, direction } = value as Readonly<Record<string, unknown>>;
  if (!isIds(sessionIds) || !isIds(sourceIds) || !isDirection(direction)) return undefined;
  return {
    ...(sessionIds !== undefined && { sessionIds }),
    ...(sourceIds !== undefined && { sourceIds }),
    ...(direction !== undefined && { direction }),
  };
}

function isIds(value: unknown): value is readonly string[] | undefined {
  if (value === undefined) return true;
  return (
    Array.isArray(value) && value.length <= MAXIMUM_FILTER_IDS && value.every((id) => typeof id === 'string')
  );
}

function isDirection(value: unknown): value is Direction | undefined {
  return value === undefined || DIRECTIONS.some((direction) => direction === value);
}
