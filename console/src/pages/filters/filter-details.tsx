/** The page of one filter. */
import { FILTERS } from '../../model/filter.js';
import { KINDS } from '../../model/kinds.js';
import { DetailsPage } from '../../parts/details.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useDescribe } from '../../parts/use-listing.js';
import { filterBreadcrumbs } from './breadcrumbs.js';
import { FilterActions } from './filter-actions.js';
import { FilterTabs } from './filter-tabs.js';
import { useFilterFacts } from './use-filter-facts.js';

const { listHref } = KINDS.filter;

/** The page. Its route has the parameter `id`. */
export function FilterDetails() {
  const { id = '' } = useRoute().params;
  const navigate = useNavigate();
  const { items, loading, error, refresh } = useDescribe(FILTERS, { ids: [id] });
  const facts = useFilterFacts();
  const filter = items.find((one) => one.trafficMirrorFilterId === id);
  return (
    <DetailsPage
      title={id}
      one="filter"
      listHref={listHref}
      breadcrumbs={filterBreadcrumbs(id)}
      item={filter}
      loading={loading}
      error={error}
      onRetry={refresh}
      actions={
        filter && (
          <FilterActions filters={[filter]} facts={facts} onDeleted={() => navigate(listHref, true)} />
        )
      }
    >
      {(found) => <FilterTabs filter={found} facts={facts} loading={loading} refresh={refresh} inUrl />}
    </DetailsPage>
  );
}
