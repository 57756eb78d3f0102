/** The status of a share of another account. */
import StatusIndicator, { type StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { SharedWithMe } from '../../model/shared-with-me.js';

const INDICATORS = {
  Active: 'success',
  Pending: 'pending',
  Expired: 'stopped',
  Rejected: 'stopped',
} as const satisfies Record<SharedWithMe['status'], StatusIndicatorProps.Type>;

/** The status with its sign. */
export function InvitationStatus({ share: { status } }: { readonly share: SharedWithMe }) {
  return <StatusIndicator type={INDICATORS[status]}>{status}</StatusIndicator>;
}
