/**
 * What a compiled filter says of a frame, as one integer, so that nothing is allocated per frame:
 *
 *     >= 0   matched: the index of an outcome (an accept rule, or a session's amazon-dns)
 *     -1     unmatched: no session wants it
 *     -2     unparsable
 *     <= -3  unmirrored: -3 - (index in UNMIRRORED_TYPES)
 */
import { UNMIRRORED_TYPES, type UnmirroredType } from '../plan/mirror-plan.js';

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

export function unmirroredVerdict(type: UnmirroredType): number {
  return UNMIRRORED_BASE - UNMIRRORED_TYPES.indexOf(type);
}
