/** The status of a resource share. */
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ResourceShare } from '../../model/share.js';

const WORDS: Readonly<Record<string, string>> = { ACTIVE: 'Active', DELETED: 'Deleted' };

/** `Active`, `Deleted`. */
export function shareStatusText({ status }: Pick<ResourceShare, 'status'>): string {
  return WORDS[status] ?? status;
}

/** The status with its sign. */
export function ShareStatus({ share }: { readonly share: ResourceShare }) {
  return (
    <StatusIndicator type={share.status === 'ACTIVE' ? 'success' : 'stopped'}>
      {shareStatusText(share)}
    </StatusIndicator>
  );
}
