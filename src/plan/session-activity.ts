/** Whether a session mirrors, and why not. */

/** Why a session mirrors nothing. */
export const INACTIVE_CAUSES = [
  /** Its engine has not begun to capture. */
  'starting',
  /** Its source is not captured. */
  'source',
  /** Its filter accepts nothing. */
  'filter',
  /** The load balancer has no listener for the copies. */
  'listener',
  /** The load balancer has no address in the zone of the source. */
  'zone',
  /** No address of its target can be reached. */
  'target',
  /** What it needs is gone, not shared, or in use by another. */
  'resource',
] as const;

export type InactiveCause = (typeof INACTIVE_CAUSES)[number];

/** What a session does now. */
export type SessionCondition =
  | { readonly active: true }
  | { readonly active: false; readonly cause: InactiveCause; readonly reason: string };

/** The condition, and since when the session has been active or not, in the life of the daemon: ISO 8601. */
export type SessionActivity = SessionCondition & { readonly since: string };
