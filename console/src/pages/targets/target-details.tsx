/** The page of one target. */
import { KINDS } from '../../model/kinds.js';
import { TARGETS } from '../../model/target.js';
import { DetailsPage } from '../../parts/details.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useDescribe } from '../../parts/use-listing.js';
import { TargetActions } from './target-actions.js';
import { TargetTabs } from './target-tabs.js';
import { useTargetFacts } from './use-target-facts.js';

const { hrefOf, listHref } = KINDS.target;

/** The page. Its route has the parameter `id`. */
export function TargetDetails() {
  const { id = '' } = useRoute().params;
  const navigate = useNavigate();
  const { items, loading, error, refresh } = useDescribe(TARGETS, { ids: [id] });
  const facts = useTargetFacts();
  const target = items.find((one) => one.trafficMirrorTargetId === id);
  return (
    <DetailsPage
      title={id}
      one="target"
      listHref={listHref}
      breadcrumbs={[
        { text: 'Mirror targets', href: listHref },
        { text: id, href: hrefOf(id) },
      ]}
      item={target}
      loading={loading}
      error={error}
      onRetry={refresh}
      actions={
        target && (
          <TargetActions targets={[target]} facts={facts} onDeleted={() => navigate(listHref, true)} />
        )
      }
    >
      {(found) => <TargetTabs target={found} facts={facts} inUrl />}
    </DetailsPage>
  );
}
