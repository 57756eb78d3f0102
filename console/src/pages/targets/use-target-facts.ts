/** What is known of targets beyond DescribeTrafficMirrorTargets: state, number of sessions, sharing. */
import { useMemo } from 'react';
import type { StatusTarget } from '../../../../src/api/traffic-mirror/shape.js';
import { isRefused } from '../../aws/errors.js';
import { listRam } from '../../aws/ram.js';
import { lockedReason } from '../../model/locked.js';
import { countSessionsBy, SESSIONS } from '../../model/session.js';
import { SHARED_TYPE, type SharedResource, targetArn } from '../../model/share.js';
import type { Target } from '../../model/target.js';
import { policyAction } from '../../parts/refusal.js';
import { useSession } from '../../parts/session.js';
import { useDescribe } from '../../parts/use-listing.js';
import { useRead } from '../../parts/use-read.js';
import { useStatus } from '../../parts/use-status.js';

/** What is undefined is not known: a read was refused, or is not done. */
export interface TargetFacts {
  readonly stateOf: (target: Target) => StatusTarget | undefined;
  readonly sessionsOf: (target: Target) => number | undefined;
  readonly sharingOf: (target: Target) => string | undefined;
  /** Why the target cannot be changed. */
  readonly lockedOf: (target: Target) => string | undefined;
  /** Why the target cannot be shared. One of the configuration file can. */
  readonly unsharableOf: (target: Target) => string | undefined;
  /** Why there are no states. */
  readonly notice: string | undefined;
  readonly refresh: () => void;
}

/** Reads the facts. */
export function useTargetFacts(): TargetFacts {
  const { identity, region } = useSession();
  const { account } = identity;
  const status = useStatus(['targets']);
  const sessions = useDescribe(SESSIONS);
  const shared = useRead(
    (client, signal) =>
      listRam<SharedResource>(
        client,
        'ListResources',
        { resourceOwner: 'SELF', resourceType: SHARED_TYPE },
        signal,
      ),
    'shared targets',
  );
  const states = useMemo(
    () => new Map(status.data?.targets?.map((one) => [one.targetId, one])),
    [status.data],
  );
  const counts = useMemo(() => countSessionsBy(sessions.items, 'trafficMirrorTargetId'), [sessions.items]);
  const sharedArns = useMemo(
    () => (shared.data === undefined ? undefined : new Set(shared.data.map(({ arn }) => arn))),
    [shared.data],
  );
  const countsKnown = sessions.items.length > 0 || (sessions.complete && sessions.error === undefined);
  const { error } = status;
  const notice =
    error !== undefined && isRefused(error)
      ? `States are not shown: you have no permission for ${policyAction(error)}.`
      : undefined;
  const { refresh: refreshSessions } = sessions;
  const { refresh: refreshShared } = shared;
  const { refresh: refreshStatus } = status;
  return useMemo(() => {
    const stateOf: TargetFacts['stateOf'] = ({ trafficMirrorTargetId }) => states.get(trafficMirrorTargetId);
    return {
      stateOf,
      sessionsOf: ({ trafficMirrorTargetId }) =>
        countsKnown ? (counts.get(trafficMirrorTargetId) ?? 0) : undefined,
      sharingOf: ({ ownerId, trafficMirrorTargetId }) => {
        if (ownerId !== account) return 'Shared with me';
        if (sharedArns === undefined) return undefined;
        return sharedArns.has(targetArn(region, account, trafficMirrorTargetId))
          ? 'Shared by me'
          : 'Not shared';
      },
      lockedOf: (target) => lockedReason(target, account, stateOf(target)?.declared),
      notice,
      unsharableOf: (target) => lockedReason(target, account),
      refresh: () => {
        refreshSessions();
        refreshShared();
        refreshStatus();
      },
    };
  }, [
    states,
    notice,
    counts,
    countsKnown,
    sharedArns,
    account,
    region,
    refreshSessions,
    refreshShared,
    refreshStatus,
  ]);
}
