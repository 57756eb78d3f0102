/** Forms that begin with what a filter is: they are shown once it is read. */
import type { ReactNode } from 'react';
import { FILTERS, type Filter } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { DetailsPage } from '../../parts/details.js';
import { useDescribe } from '../../parts/use-listing.js';
import { filterBreadcrumbs } from './breadcrumbs.js';

interface WithFilterProps {
  readonly id: string;
  /** The heading while there is no filter. */
  readonly title: string;
  readonly children: (filter: Filter) => ReactNode;
}

/** Reads a filter once, and shows what is made of it; or why there is none. */
export function WithFilter({ id, title, children }: WithFilterProps) {
  const { items, loading, error, refresh } = useDescribe(FILTERS, { ids: [id] });
  const filter = items.find((one) => one.trafficMirrorFilterId === id);
  if (filter !== undefined) return children(filter);
  return (
    <DetailsPage
      title={title}
      one="filter"
      listHref={KINDS.filter.listHref}
      breadcrumbs={filterBreadcrumbs(id)}
      item={undefined}
      loading={loading}
      error={error}
      onRetry={refresh}
    >
      {() => null}
    </DetailsPage>
  );
}
