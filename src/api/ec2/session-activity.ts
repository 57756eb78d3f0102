/**
 * The activity of a session in responses. EC2 has none: these are elements that its clients pass over, and filters, which
 * they send as they are given. A response tells the cause in general words: what stands in the way may be another account's.
 */
import type { InactiveCause, SessionActivity } from '../../plan/session-activity.js';
import type { Entry, ResourceKinds } from './kinds.js';
import type { Fields } from './lists.js';
import type { Structure } from './response.js';

type Session = Entry<ResourceKinds['sessions']>;

type Activity = SessionActivity | undefined;

/** Why a session is inactive, in words that tell nothing of other accounts. */
export const ACTIVITY_MESSAGES: Readonly<Record<InactiveCause, string>> = {
  starting: 'The session is about to begin',
  source: 'The source is not captured',
  filter: 'The filter accepts nothing',
  listener: 'The load balancer has no UDP listener on the port of the copies',
  zone: 'The load balancer has no address in the Availability Zone of the source, and cross-zone is off',
  target: 'No address of the target can be reached',
  resource: 'What the session needs is gone, not shared, or in use',
};

/** The filters `state` (active, inactive) and `state-reason-code` of DescribeTrafficMirrorSessions. */
export function activityFields(activityOf: (session: Session) => Activity): Fields<Session> {
  return {
    state: (session) => stateOf(activityOf(session)),
    'state-reason-code': (session) => causeOf(activityOf(session)),
  };
}

/** The elements `state`, `stateReason` and `stateTransitionTime` of a session. */
export function activityContent(activity: Activity): Structure {
  const code = causeOf(activity);
  return {
    state: stateOf(activity),
    ...(code !== undefined && { stateReason: { code, message: ACTIVITY_MESSAGES[code] } }),
    ...(activity !== undefined && { stateTransitionTime: activity.since }),
  };
}

/** A session that no plan has yet is about to begin. */
function stateOf(activity: Activity): 'active' | 'inactive' {
  return activity?.active === true ? 'active' : 'inactive';
}

function causeOf(activity: Activity): InactiveCause | undefined {
  if (activity === undefined) return 'starting';
  return activity.active ? undefined : activity.cause;
}
