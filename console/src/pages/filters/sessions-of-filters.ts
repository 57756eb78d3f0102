/** The sessions that use filters. */
import type { Client } from '../../aws/client.js';
import { listAll } from '../../aws/ec2.js';
import { SESSIONS, type Session } from '../../model/session.js';

/** The filter of DescribeTrafficMirrorSessions for the sessions of filters. */
export function filterIdFilter(filterIds: readonly string[]) {
  // Ids of declared filters may hold what a filter takes as a wildcard.
  return { Name: 'traffic-mirror-filter-id', Value: filterIds.map((id) => id.replace(/[\\*?]/g, '\\$&')) };
}

/** The sessions that use one of the filters. @throws ApiError */
export function sessionsOfFilters(
  client: Client,
  filterIds: readonly string[],
  signal: AbortSignal,
): Promise<Session[]> {
  return listAll(client, SESSIONS, { filters: [filterIdFilter(filterIds)], signal });
}
