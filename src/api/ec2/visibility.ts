/** Which resources an account sees, whoever asks: EC2's lists, and the status. */
import type { TargetShares } from '../service.js';
import type { Catalog } from './catalog.js';
import { type Entry, type Kind, type ResourceKinds, resourceArn, typeName } from './kinds.js';

/** What it depends on. */
export interface VisibilityContext {
  readonly catalog: Catalog;
  readonly shares: TargetShares;
  readonly region: string;
}

/** Accounts see what they own, targets that are shared with them, and sessions on targets that they own. */
export function seesEntry<K extends Kind>(
  { catalog, shares, region }: VisibilityContext,
  accountId: string,
  kind: K,
  entry: Entry<ResourceKinds[K]>,
): boolean {
  if (entry.ownerId === accountId) return true;
  if (kind === 'targets') {
    const { trafficMirrorTargetId } = entry.resource as ResourceKinds['targets'];
    const arn = resourceArn(typeName('targets'), trafficMirrorTargetId, region, entry.ownerId);
    return shares.isSharedWith(arn, accountId);
  }
  if (kind !== 'sessions') return false;
  const { trafficMirrorTargetId } = entry.resource as ResourceKinds['sessions'];
  return catalog.find('targets', trafficMirrorTargetId)?.ownerId === accountId;
}
