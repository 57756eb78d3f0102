/** The tabs of a session: in the split panel, and on its page. */
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { lazy, Suspense } from 'react';
import type { StatusSession } from '../../../../src/api/traffic-mirror/shape.js';
import { KINDS } from '../../model/kinds.js';
import type { Session } from '../../model/session.js';
import { DetailsTabs } from '../../parts/details.js';
import { useSession } from '../../parts/session.js';
import { TagsTab } from '../../parts/tags-tab.js';
import { whyFixed } from './session-actions.js';
import { SessionSummary } from './session-summary.js';

// Charts are a third of all code of the console: only who opens one loads it.
const Live = lazy(async () => ({ default: (await import('./session-live.js')).SessionLive }));
const Monitoring = lazy(async () => ({
  default: (await import('./session-monitoring.js')).SessionMonitoring,
}));

interface SessionTabsProps {
  readonly session: Session;
  readonly status: StatusSession | undefined;
  readonly inUrl?: boolean;
}

/** Details, Live, Monitoring, Tags. */
export function SessionTabs({ session, status, inUrl = false }: SessionTabsProps) {
  const { identity } = useSession();
  const id = session.trafficMirrorSessionId;
  const loading = <StatusIndicator type="loading">Loading</StatusIndicator>;
  return (
    <DetailsTabs
      inUrl={inUrl}
      ariaLabel="Session details"
      tabs={[
        {
          id: 'details',
          label: 'Details',
          content: <SessionSummary session={session} status={status} />,
        },
        {
          id: 'live',
          label: 'Live',
          content: (
            <Suspense fallback={loading}>
              <Live session={session} />
            </Suspense>
          ),
        },
        {
          id: 'monitoring',
          label: 'Monitoring',
          content: (
            <Suspense fallback={loading}>
              <Monitoring sourceId={session.networkInterfaceId} />
            </Suspense>
          ),
        },
        {
          id: 'tags',
          label: 'Tags',
          content: (
            <TagsTab
              tags={session.tags}
              href={`${KINDS.session.hrefOf(id)}/tags`}
              disabledReason={whyFixed(session, identity.account, status)}
            />
          ),
        },
      ]}
    />
  );
}
