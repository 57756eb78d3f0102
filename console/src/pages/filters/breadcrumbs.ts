/** Breadcrumbs of the pages of a filter. */
import { KINDS } from '../../model/kinds.js';
import type { Breadcrumb } from '../../parts/page.js';

/** The way to the page of a filter. @param pages below it */
export function filterBreadcrumbs(filterId: string, ...pages: readonly Breadcrumb[]): Breadcrumb[] {
  const { listHref, hrefOf } = KINDS.filter;
  return [{ text: 'Mirror filters', href: listHref }, { text: filterId, href: hrefOf(filterId) }, ...pages];
}
