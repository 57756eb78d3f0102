/** With whom a target is shared, and by whom. */
import type { Client } from '../../aws/client.js';
import { listRam } from '../../aws/ram.js';
import {
  associationText,
  current,
  idOfArn,
  type ResourceShare,
  type ShareAssociation,
  type SharedResource,
  shareHref,
  withAssociations,
} from '../../model/share.js';

/** A share that the target is in, and one account on its other side. */
export interface SharingRow {
  readonly key: string;
  readonly shareName: string;
  readonly shareHref: string;
  /** A principal of a share of the caller's, or the owner of a share of another's. Absent: nobody yet. */
  readonly account?: string | undefined;
  readonly status: string;
}

/**
 * Reads the shares of a target.
 * @param owner SELF for a target of the caller's. @throws ApiError
 */
export async function readSharing(
  client: Client,
  arn: string,
  owner: 'SELF' | 'OTHER-ACCOUNTS',
  signal: AbortSignal,
): Promise<SharingRow[]> {
  const selection = { resourceOwner: owner, resourceArns: [arn] };
  const found = await listRam<SharedResource>(client, 'ListResources', selection, signal);
  const resourceShareArns = [...new Set(found.map(({ resourceShareArn }) => resourceShareArn))];
  if (resourceShareArns.length === 0) return [];
  const input = { resourceOwner: owner, resourceShareArns };
  const shares = await listRam<ResourceShare>(client, 'GetResourceShares', input, signal);
  if (owner === 'OTHER-ACCOUNTS') return shares.map(ofOther);
  const principals = { associationType: 'PRINCIPAL', resourceShareArns };
  const associations = await listRam<ShareAssociation>(
    client,
    'GetResourceShareAssociations',
    principals,
    signal,
  );
  return withAssociations(shares, current(associations)).flatMap(({ id, name, principals: invited }) => {
    const row = { shareName: name, shareHref: shareHref(id) };
    if (invited.length === 0) return [{ ...row, key: id, status: 'No principals' }];
    return invited.map((one) => ({
      ...row,
      key: `${id} ${one.associatedEntity}`,
      account: one.associatedEntity,
      status: associationText(one),
    }));
  });
}

function ofOther({ resourceShareArn, name, owningAccountId }: ResourceShare): SharingRow {
  const key = idOfArn(resourceShareArn);
  return {
    key,
    shareName: name,
    shareHref: '#/invitations',
    account: owningAccountId,
    status: 'Shared with me',
  };
}
