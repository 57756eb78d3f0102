/** The details of a resource share: what is shared, with whom, and its tags. */

import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { KINDS } from '../../model/kinds.js';
import {
  associationText,
  current,
  idOfArn,
  type OwnShare,
  type ShareAssociation,
  shareHref,
} from '../../model/share.js';
import { timeText } from '../../model/times.js';
import { DetailsTabs } from '../../parts/details.js';
import { IdLink } from '../../parts/links.js';
import { TagsTab } from '../../parts/tags-tab.js';
import { endedReason } from './share-actions.js';

interface ShareTabsProps {
  readonly share: OwnShare;
  /** The address names the tab. */
  readonly inUrl?: boolean;
}

/** The tabs Shared resources, Principals and Tags. */
export function ShareTabs({ share, inUrl = false }: ShareTabsProps) {
  return (
    <DetailsTabs
      inUrl={inUrl}
      tabs={[
        {
          id: 'resources',
          label: 'Shared resources',
          content: (
            <Associations
              title="Shared resources"
              first={{
                header: 'Target ID',
                cell: ({ associatedEntity }) => <TargetLink arn={associatedEntity} />,
              }}
              items={share.resources}
              empty="No targets are shared"
            />
          ),
        },
        {
          id: 'principals',
          label: 'Principals',
          content: (
            <Associations
              title="Principals"
              first={{ header: 'Principal', cell: ({ associatedEntity }) => associatedEntity }}
              items={share.principals}
              empty="No accounts are invited"
            />
          ),
        },
        {
          id: 'tags',
          label: 'Tags',
          content: (
            <TagsTab
              tags={share.tags ?? []}
              href={`${shareHref(share.id)}/tags`}
              disabledReason={endedReason(share)}
            />
          ),
        },
      ]}
    />
  );
}

interface AssociationsProps {
  readonly title: string;
  readonly first: { readonly header: string; readonly cell: (one: ShareAssociation) => React.ReactNode };
  readonly items: readonly ShareAssociation[];
  readonly empty: string;
}

function Associations({ title, first, items, empty }: AssociationsProps) {
  return (
    <Table
      variant="borderless"
      enableKeyboardNavigation={false}
      ariaLabels={{ tableLabel: title }}
      header={
        <Header variant="h2" counter={`(${current(items).length})`}>
          {title}
        </Header>
      }
      trackBy="associatedEntity"
      items={items}
      columnDefinitions={[
        { id: 'entity', isRowHeader: true, ...first },
        { id: 'status', header: 'Status', cell: (one) => associationText(one) },
        { id: 'created', header: 'Added', cell: ({ creationTime }) => timeText(creationTime) },
        { id: 'updated', header: 'Last updated', cell: ({ lastUpdatedTime }) => timeText(lastUpdatedTime) },
      ]}
      empty={
        <Box textAlign="center" color="inherit">
          <b>{empty}</b>
        </Box>
      }
    />
  );
}

function TargetLink({ arn }: { readonly arn: string }) {
  const id = idOfArn(arn);
  return <IdLink id={id} href={KINDS.target.hrefOf(id)} />;
}
