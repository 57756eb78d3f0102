/** What stands in a list without rows, and the counter beside its heading. */
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import type { ApiError } from '../aws/errors.js';
import { ErrorAlert } from './refusal.js';
import type { Listing } from './use-listing.js';

/** `(12)`, `(1,000+)` while pages are missing, `(2/12)` with selected rows. Nothing before the first page. */
export function counterText({ items, complete, loading }: Listing<unknown>, selected: number): string {
  if (items.length === 0 && (loading || !complete)) return '';
  const count = `${items.length.toLocaleString('en')}${complete ? '' : '+'}`;
  return selected > 0 ? `(${selected.toLocaleString('en')}/${count})` : `(${count})`;
}

interface EmptySlotProps {
  readonly many: string;
  readonly error: ApiError | undefined;
  readonly onRetry: () => void;
  readonly isFiltered: boolean;
  readonly onShowAll: () => void;
  readonly heading?: string;
  readonly text?: string;
  readonly action?: ReactNode;
}

/** A refusal, no match, or nothing at all with a way to make the first one. */
export function EmptySlot({
  many,
  error,
  onRetry,
  isFiltered,
  onShowAll,
  heading,
  text,
  action,
}: EmptySlotProps) {
  if (error !== undefined) return <ErrorAlert error={error} onRetry={onRetry} />;
  if (isFiltered) {
    return <Slot heading="No matches" action={<Button onClick={onShowAll}>Show all</Button>} />;
  }
  return <Slot heading={heading ?? `No ${many}`} text={text} action={action} />;
}

interface SlotProps {
  readonly heading: string;
  readonly text?: string | undefined;
  readonly action?: ReactNode;
}

function Slot({ heading, text, action }: SlotProps) {
  return (
    <Box margin={{ vertical: 'xs' }} textAlign="center" color="inherit">
      <SpaceBetween size="xs">
        <b>{heading}</b>
        {text !== undefined && <Box color="inherit">{text}</Box>}
        {action}
      </SpaceBetween>
    </Box>
  );
}
