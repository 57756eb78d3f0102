/** The page Mirror sessions. */
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo, useState } from 'react';
import { SESSIONS, type Session } from '../../model/session.js';
import { nameTag } from '../../model/tags.js';
import { useListQuery } from '../../parts/list-query.js';
import { usePage } from '../../parts/page.js';
import { ResourceTable } from '../../parts/resource-table.js';
import { useDescribe } from '../../parts/use-listing.js';
import { useSelection } from '../../parts/use-selection.js';
import { SessionActions } from './session-actions.js';
import { SESSION_KEYS, sessionColumns, sessionIdOf } from './session-columns.js';
import { useNames } from './session-names.js';
import { StatusNotice } from './session-state.js';
import { SessionTabs } from './session-tabs.js';
import { useSessionStatuses } from './use-session-statuses.js';

const CREATE_HREF = '#/mirror-sessions/create';

/** The list, with the details of the selected session in the split panel. */
export function Sessions() {
  usePage({
    title: 'Mirror sessions',
    breadcrumbs: [{ text: 'Mirror sessions', href: '#/mirror-sessions' }],
  });
  const query = useListQuery(SESSION_KEYS);
  const listing = useDescribe(SESSIONS, { filters: query.filters });
  const selection = useSelection(listing.items, sessionIdOf);
  const [shown, setShown] = useState<readonly Session[]>([]);
  const statuses = useSessionStatuses(shown.map(sessionIdOf));
  const names = useNames();
  const columns = useMemo(() => sessionColumns(names, statuses), [names, statuses]);
  const statusOf = (id: string) => statuses.states.get(id);
  const onDeleted = (ids: readonly string[]): void => {
    if (ids.length > 0) listing.refresh();
  };
  return (
    <ResourceTable
      title="Mirror sessions"
      many="mirror sessions"
      description={<StatusNotice error={statuses.error} />}
      listing={listing}
      query={query}
      columns={columns}
      idOf={sessionIdOf}
      selection={selection}
      onShown={setShown}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <SessionActions sessions={selection.items} statusOf={statusOf} onDeleted={onDeleted} />
          <Button variant="primary" href={CREATE_HREF}>
            Create traffic mirror session
          </Button>
        </SpaceBetween>
      }
      empty={{
        text: 'A session mirrors a source to a target.',
        action: <Button href={CREATE_HREF}>Create traffic mirror session</Button>,
      }}
      split={(session) => ({
        header: headerOf(session),
        content: (
          <SessionTabs key={sessionIdOf(session)} session={session} status={statusOf(sessionIdOf(session))} />
        ),
      })}
    />
  );
}

function headerOf(session: Session): string {
  const name = nameTag(session);
  return name === undefined ? sessionIdOf(session) : `${sessionIdOf(session)} (${name})`;
}
