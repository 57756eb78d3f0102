/**
 * The verdict of a compiled filter on a frame, as one integer, so that nothing is allocated per frame:
 *
 *     >= 0   matched: the index of an outcome (an accept rule, or a session's amazon-dns)
 *     -1     unmatched: no session wants it
 *     -2     unparsable
 *     <= -3  unmirrored: -3 - (index in UNMIRRORED_TYPES)
 */
import type { Decoded } from '../decode/decoded.js';
import {
  type Direction,
  type SessionPlan,
  type SourcePlan,
  UNMIRRORED_TYPES,
  type UnmirroredType,
} from '../plan/mirror-plan.js';

export const UNMATCHED = -1;
export const UNPARSABLE = -2;
export const UNMIRRORED_BASE = -3;

/** Why a session mirrors a frame: an accept rule, or a network service that its filter lists. */
export type Outcome = {
  /** Index in the source plan's sessions. */
  readonly sessionIndex: number;
} & (
  | { readonly kind: 'rule'; readonly ruleId: string }
  | { readonly kind: 'service'; readonly service: 'amazon-dns' }
);

/** What decides the frames of one source and direction: a compiled filter, or the interpreter. */
export interface FrameFilter {
  /** Decides one frame: a verdict of this file. */
  readonly evaluate: (decoded: Decoded) => number;
  /** The meaning of each verdict >= 0. */
  readonly outcomes: readonly Outcome[];
}

/** The meaning of the verdicts >= 0 of a filter: the outcomes of its sessions, session by session. */
export function outcomesOf(source: SourcePlan, direction: Direction): Outcome[] {
  return source.sessions.flatMap((session, index) => sessionOutcomes(session, index, direction));
}

/**
 * The outcomes of one session: amazon-dns, if its filter lists the service, then its accept rules in order. Rules that
 * can never match keep their index.
 */
export function sessionOutcomes(
  { amazonDns, rules }: SessionPlan,
  sessionIndex: number,
  direction: Direction,
): Outcome[] {
  const services: Outcome[] = amazonDns ? [{ sessionIndex, kind: 'service', service: 'amazon-dns' }] : [];
  const accepts = rules[direction].filter(({ action }) => action === 'accept');
  return [...services, ...accepts.map(({ id }): Outcome => ({ sessionIndex, kind: 'rule', ruleId: id }))];
}

/** The verdict of traffic of a type that is never mirrored. */
export function unmirroredVerdict(type: UnmirroredType): number {
  return UNMIRRORED_BASE - UNMIRRORED_TYPES.indexOf(type);
}
