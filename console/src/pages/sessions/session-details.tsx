/** The page of one session. */
import SpaceBetween from '@cloudscape-design/components/space-between';
import { KINDS } from '../../model/kinds.js';
import { SESSIONS } from '../../model/session.js';
import { DetailsPage } from '../../parts/details.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useDescribe } from '../../parts/use-listing.js';
import { SessionActions } from './session-actions.js';
import { StatusNotice } from './session-state.js';
import { SessionTabs } from './session-tabs.js';
import { useSessionStatuses } from './use-session-statuses.js';

/** The page: its route has the parameter `id`. */
export function SessionDetails() {
  const { id = '' } = useRoute().params;
  const navigate = useNavigate();
  const listing = useDescribe(SESSIONS, { ids: [id] });
  const statuses = useSessionStatuses([id]);
  const session = listing.items.find((one) => one.trafficMirrorSessionId === id);
  return (
    <DetailsPage
      title={id}
      one="session"
      listHref={KINDS.session.listHref}
      breadcrumbs={[
        { text: 'Mirror sessions', href: KINDS.session.listHref },
        { text: id, href: KINDS.session.hrefOf(id) },
      ]}
      item={session}
      loading={listing.loading}
      error={listing.error}
      onRetry={listing.refresh}
      actions={
        session && (
          <SessionActions
            sessions={[session]}
            statusOf={(one) => statuses.states.get(one)}
            onDeleted={(ids) => {
              if (ids.length > 0) navigate(KINDS.session.listHref, true);
            }}
          />
        )
      }
    >
      {(one) => (
        <SpaceBetween size="s">
          <StatusNotice error={statuses.error} />
          <SessionTabs session={one} status={statuses.states.get(id)} inUrl />
        </SpaceBetween>
      )}
    </DetailsPage>
  );
}
