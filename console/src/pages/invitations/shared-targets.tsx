/** The details of a share of another account: the tab Shared targets. */
import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import { KINDS } from '../../model/kinds.js';
import { idOfArn } from '../../model/share.js';
import type { SharedWithMe } from '../../model/shared-with-me.js';
import { DetailsTabs } from '../../parts/details.js';
import { IdLink } from '../../parts/links.js';

/** The tabs. */
export function SharedTargets({ share }: { readonly share: SharedWithMe }) {
  return (
    <DetailsTabs
      tabs={[{ id: 'targets', label: 'Shared targets', content: <TargetTable share={share} /> }]}
    />
  );
}

function TargetTable({ share: { status, targetArns, ownerId } }: { readonly share: SharedWithMe }) {
  const empty =
    status === 'Active' ? 'No shared targets' : 'What is shared is shown once the invitation is accepted';
  return (
    <Table
      variant="borderless"
      enableKeyboardNavigation={false}
      ariaLabels={{ tableLabel: 'Shared targets' }}
      header={
        <Header variant="h2" counter={`(${targetArns.length})`}>
          Shared targets
        </Header>
      }
      items={targetArns}
      trackBy={(arn) => arn}
      columnDefinitions={[
        {
          id: 'id',
          header: 'Target ID',
          isRowHeader: true,
          cell: (arn) => <IdLink id={idOfArn(arn)} href={KINDS.target.hrefOf(idOfArn(arn))} />,
        },
        { id: 'owner', header: 'Owner', cell: () => ownerId },
      ]}
      empty={
        <Box textAlign="center" color="inherit">
          <b>{empty}</b>
        </Box>
      }
    />
  );
}
