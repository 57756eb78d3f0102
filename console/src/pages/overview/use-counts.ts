/** The counts of the overview. */
import type { StatusDocument } from '../../../../src/api/traffic-mirror/shape.js';
import { FILTERS } from '../../model/filter.js';
import { tallyOf } from '../../model/overview.js';
import { SESSIONS } from '../../model/session.js';
import { TARGETS } from '../../model/target.js';
import { useDescribe } from '../../parts/use-listing.js';

/** How much there is. */
export interface Counts {
  readonly sessions: number;
  readonly inactive: number;
  readonly targets: number;
  readonly filters: number;
}

/**
 * Counts in a status, or in lists where there is none.
 * @param refused GetStatus may not be called
 * @returns undefined until they are known
 */
export function useCounts(status: StatusDocument | undefined, refused: boolean): Counts | undefined {
  const sessions = useDescribe(SESSIONS, { enabled: refused });
  const targets = useDescribe(TARGETS, { enabled: refused });
  const filters = useDescribe(FILTERS, { enabled: refused });
  if (status !== undefined) {
    const { all, inactive } = tallyOf(status.sessions ?? []);
    return {
      sessions: all,
      inactive,
      targets: status.targets?.length ?? 0,
      filters: status.filters?.length ?? 0,
    };
  }
  if (!refused || !sessions.complete || !targets.complete || !filters.complete) return undefined;
  return {
    sessions: sessions.items.length,
    inactive: sessions.items.filter(({ activity }) => activity?.state === 'inactive').length,
    targets: targets.items.length,
    filters: filters.items.length,
  };
}
