/** What is known of filters beyond DescribeTrafficMirrorFilters: number of sessions, and whether they are declared. */
import { useMemo } from 'react';
import { lockedReason } from '../../model/locked.js';
import { countSessionsBy, SESSIONS } from '../../model/session.js';
import { useSession } from '../../parts/session.js';
import { useDescribe } from '../../parts/use-listing.js';
import { useStatus } from '../../parts/use-status.js';

/** What is undefined is not known: a read was refused, or is not done. */
export interface FilterFacts {
  readonly sessionsOf: (filterId: string) => number | undefined;
  /** Why the filter and its rules cannot be changed. */
  readonly lockedOf: (filterId: string) => string | undefined;
  readonly refresh: () => void;
}

/** Reads the facts. */
export function useFilterFacts(): FilterFacts {
  const { account } = useSession().identity;
  const { data, refresh: refreshStatus } = useStatus(['filters']);
  const { items, complete, error, refresh: refreshSessions } = useDescribe(SESSIONS);
  const counts = useMemo(() => countSessionsBy(items, 'trafficMirrorFilterId'), [items]);
  const owners = useMemo(() => new Map(data?.filters?.map((one) => [one.filterId, one])), [data]);
  const countsKnown = items.length > 0 || (complete && error === undefined);
  return useMemo(
    () => ({
      sessionsOf: (id) => (countsKnown ? (counts.get(id) ?? 0) : undefined),
      lockedOf: (id) => {
        const { ownerId = account, declared } = owners.get(id) ?? {};
        return lockedReason({ ownerId }, account, declared);
      },
      refresh: () => {
        refreshSessions();
        refreshStatus();
      },
    }),
    [counts, countsKnown, owners, account, refreshSessions, refreshStatus],
  );
}
