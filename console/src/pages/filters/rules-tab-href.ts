/** The tab of a filter that holds the rules of a direction. */
import { KINDS } from '../../model/kinds.js';
import type { Direction } from '../../model/rule.js';

/** Its address. */
export function rulesTabHref(filterId: string, direction: Direction): string {
  return `${KINDS.filter.hrefOf(filterId)}?tab=${direction === 'ingress' ? 'inbound' : 'outbound'}`;
}
