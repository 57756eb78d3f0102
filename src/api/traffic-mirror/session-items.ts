/** Sessions as an account sees them: what each does, why not, and its counts. */
import type { SessionCounts } from '../../counters/snapshot.js';
import type { EncapsulationPlan } from '../../plan/mirror-plan.js';
import { type Entry, isDeclared, type ResourceKinds } from '../ec2/kinds.js';
import { ACTIVITY_MESSAGES } from '../ec2/session-activity.js';
import type { AccountView } from './account-view.js';
import type { StatusSession, StatusSessionCounts } from './shape.js';

const SOURCE_DEGRADED = 'The source is mirrored in part, or late';
const TARGET_DEGRADED = 'Not every address of the target can be reached';

type Session = Entry<ResourceKinds['sessions']>;

/** What a session does, and why not. */
type Condition = Pick<StatusSession, 'state' | 'active' | 'cause' | 'reason'>;

const WELL: Condition = { state: 'active', active: true, cause: '', reason: '' };

export function sessionItem(view: AccountView, entry: Session): StatusSession {
  const { resource, ownerId } = entry;
  const { trafficMirrorSessionId: sessionId, trafficMirrorTargetId: targetId, packetLength } = resource;
  const running = view.reading.session(sessionId);
  const isOwn = view.owns(entry);
  const encapsulation = running?.encapsulation;
  const addresses = running?.targetAddresses;
  return {
    sessionId,
    ownerId,
    declared: isDeclared(entry),
    sourceId: view.sourceOf(entry),
    sessionNumber: resource.sessionNumber,
    virtualNetworkId: resource.virtualNetworkId,
    targetId,
    filterId: resource.trafficMirrorFilterId,
    ...(packetLength !== undefined && { packetLength }),
    ...(encapsulation !== undefined && { encapsulation: encapsulationItem(encapsulation) }),
    ...sessionCondition(view, entry),
    ...(running?.since !== undefined && { since: running.since }),
    ...(addresses !== undefined && view.ownsTarget(targetId) && { targetAddresses: addresses }),
    ...(isOwn && { counts: countsItem(view.reading.countsOf(sessionId)) }),
  };
}

/** Without the counts of its rules, which it says. */
export function withoutRules({ counts, ...session }: StatusSession): StatusSession {
  if (counts === undefined) return session;
  const { ingress, egress } = counts;
  return {
    ...session,
    counts: {
      ...(ingress !== undefined && { ingress: { ...ingress, rules: [], areRulesLeftOut: true } }),
      ...(egress !== undefined && { egress: { ...egress, rules: [], areRulesLeftOut: true } }),
    },
  };
}

function encapsulationItem({
  name,
  options,
}: EncapsulationPlan): NonNullable<StatusSession['encapsulation']> {
  return { name, ...(options !== undefined && { options }) };
}

/** What a session does. Words that name what is not the account's are replaced by general ones. */
export function sessionCondition(view: AccountView, entry: Session): Condition {
  const running = view.reading.session(entry.resource.trafficMirrorSessionId);
  // A session that no plan has yet is about to begin.
  const { active = false, cause = 'starting', reason = '' } = running ?? {};
  if (active) return runningCondition(view, entry);
  const known = cause === '' ? 'starting' : cause;
  const isTold = view.owns(entry) && (view.isHost || (known === 'target' && ownsTarget(view, entry)));
  const words = isTold && reason !== '' ? reason : ACTIVITY_MESSAGES[known];
  return { state: 'inactive', active: false, cause: known, reason: words };
}

/** Of a session that mirrors. */
function runningCondition(view: AccountView, entry: Session): Condition {
  const degraded = (cause: 'source' | 'target', reason: string): Condition => ({
    state: 'degraded',
    active: true,
    cause,
    reason,
  });
  const { sourceId, targetAddresses = [] } =
    view.reading.session(entry.resource.trafficMirrorSessionId) ?? {};
  const { troubles = [] } = view.reading.source(sourceId ?? '') ?? {};
  if (troubles.length > 0) {
    return degraded('source', view.isHost ? `source ${sourceId}: ${troubles.join(', ')}` : SOURCE_DEGRADED);
  }
  for (const address of targetAddresses) {
    const report = view.reading.target(address);
    if (report === undefined || report.state === 'reachable') continue;
    const words = `target ${address} ${report.state}: ${report.reason}`;
    return degraded('target', ownsTarget(view, entry) ? words : TARGET_DEGRADED);
  }
  return WELL;
}

function ownsTarget(view: AccountView, { resource }: Session): boolean {
  return view.ownsTarget(resource.trafficMirrorTargetId);
}

function countsItem({
  ingress,
  egress,
}: ReturnType<AccountView['reading']['countsOf']>): StatusSession['counts'] & object {
  return {
    ...(ingress !== undefined && { ingress: sessionCounts(ingress) }),
    ...(egress !== undefined && { egress: sessionCounts(egress) }),
  };
}

function sessionCounts({ sessionId, removedSessionIds, ...counts }: SessionCounts): StatusSessionCounts {
  return counts;
}
