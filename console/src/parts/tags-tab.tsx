/** The tab Tags of a resource. */

import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Table from '@cloudscape-design/components/table';
import type { Tag } from '../model/tags.js';

interface TagsTabProps {
  readonly tags: readonly Tag[];
  /** The page that manages them. */
  readonly href: string;
  /** Why they cannot be managed. */
  readonly disabledReason?: string | undefined;
}

/** Keys and values, and the way to manage them. */
export function TagsTab({ tags, href, disabledReason }: TagsTabProps) {
  const manage = (
    <Button href={href} disabled={disabledReason !== undefined} disabledReason={disabledReason}>
      Manage tags
    </Button>
  );
  return (
    <Table
      variant="borderless"
      enableKeyboardNavigation={false}
      ariaLabels={{ tableLabel: 'Tags' }}
      header={
        <Header variant="h2" counter={`(${tags.length})`} actions={manage}>
          Tags
        </Header>
      }
      columnDefinitions={[
        { id: 'key', header: 'Key', isRowHeader: true, cell: ({ key }) => key },
        { id: 'value', header: 'Value', cell: ({ value }) => value || '–' },
      ]}
      items={tags}
      trackBy="key"
      empty={
        <Box textAlign="center" color="inherit">
          <b>No tags</b>
        </Box>
      }
    />
  );
}
