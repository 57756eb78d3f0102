/** The page of one resource share. */
import SpaceBetween from '@cloudscape-design/components/space-between';
import { shareArn, shareHref } from '../../model/share.js';
import { timeText } from '../../model/times.js';
import { DetailsPage, KeyValues } from '../../parts/details.js';
import { Copyable } from '../../parts/links.js';
import { useNavigate, useRoute } from '../../parts/router.js';
import { useSession } from '../../parts/session.js';
import { useRead } from '../../parts/use-read.js';
import { readShares } from './read-shares.js';
import { ShareActions } from './share-actions.js';
import { ShareStatus } from './share-status.js';
import { ShareTabs } from './share-tabs.js';

const LIST_HREF = '#/shares';

/** The page. Its route has the parameter `id`, the end of the ARN. */
export function ShareDetails() {
  const { id = '' } = useRoute().params;
  const { identity, region } = useSession();
  const navigate = useNavigate();
  const arn = shareArn(region, identity.account, id);
  const read = useRead((client, signal) => readShares(client, { arns: [arn] }, signal), arn);
  const share = read.data?.[0];
  return (
    <DetailsPage
      title={share?.name ?? id}
      one="resource share"
      listHref={LIST_HREF}
      breadcrumbs={[
        { text: 'Shared by me', href: LIST_HREF },
        { text: 'Resource shares', href: LIST_HREF },
        { text: share?.name ?? id, href: shareHref(id) },
      ]}
      item={share}
      loading={read.loading}
      error={read.error}
      onRetry={read.refresh}
      actions={
        share && (
          <ShareActions
            shares={[share]}
            onChanged={read.refresh}
            onDeleted={() => navigate(LIST_HREF, true)}
          />
        )
      }
    >
      {(found) => (
        <SpaceBetween size="l">
          <KeyValues
            items={[
              { label: 'ID', value: <Copyable text={found.id} /> },
              { label: 'Status', value: <ShareStatus share={found} /> },
              { label: 'Allow external accounts', value: found.allowExternalPrincipals ? 'Yes' : 'No' },
              { label: 'Created', value: timeText(found.creationTime) },
              { label: 'Last updated', value: timeText(found.lastUpdatedTime) },
              { label: 'ARN', value: <Copyable text={found.resourceShareArn} /> },
            ]}
          />
          <ShareTabs share={found} inUrl />
        </SpaceBetween>
      )}
    </DetailsPage>
  );
}
