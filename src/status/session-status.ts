/** What the status says of the activity of sessions. */
import type { SessionActivity } from '../plan/session-activity.js';
import type { SessionStatus } from './status.js';

/** Sessions that are noted one by one. */
const NOTED = 10;

/** The members of a session that tell what it does. @param activity undefined: the watch does not have it yet */
export function activityStatus(
  activity: SessionActivity | undefined,
): Pick<SessionStatus, 'active' | 'since' | 'cause' | 'reason'> {
  if (activity === undefined) return {};
  const { active, since } = activity;
  return activity.active
    ? { active, since, cause: '', reason: '' }
    : { active, since, cause: activity.cause, reason: activity.reason };
}

/** Sessions that mirror nothing though all engines, sources and targets do what they are to do. */
export function inactivityNotes(sessions: readonly SessionStatus[]): string[] {
  const inactive = sessions.filter(
    ({ active, cause }) =>
      active === false && cause !== 'starting' && cause !== 'source' && cause !== 'target',
  );
  const left = inactive.length - NOTED;
  return [
    ...inactive.slice(0, NOTED).map(({ sessionId, reason }) => `session ${sessionId} is inactive: ${reason}`),
    ...(left > 0 ? [`${left} more sessions are inactive`] : []),
  ];
}
