/** The caller's resource shares, each with its targets and principals. */
import type { Client } from '../../aws/client.js';
import type { ApiFilter } from '../../aws/ec2.js';
import { listRam } from '../../aws/ram.js';
import { filterItems } from '../../model/local-filter.js';
import {
  type OwnShare,
  type ResourceShare,
  type ShareAssociation,
  withAssociations,
} from '../../model/share.js';

interface SharesRequest {
  /** Of all shares when absent. */
  readonly arns?: readonly string[];
  /** Filters by tags: `tag:KEY` and `tag-key`. */
  readonly filters?: readonly ApiFilter[];
}

/** Reads the shares. @throws ApiError */
export async function readShares(
  client: Client,
  { arns, filters }: SharesRequest,
  signal: AbortSignal,
): Promise<OwnShare[]> {
  const some = arns === undefined ? {} : { resourceShareArns: arns };
  const associationsOf = (associationType: ShareAssociation['associationType']) =>
    listRam<ShareAssociation>(client, 'GetResourceShareAssociations', { ...some, associationType }, signal);
  const [shares, resources, principals] = await Promise.all([
    listRam<ResourceShare>(client, 'GetResourceShares', { ...some, resourceOwner: 'SELF' }, signal),
    associationsOf('RESOURCE'),
    associationsOf('PRINCIPAL'),
  ]);
  return filterItems(withAssociations(shares, [...resources, ...principals]), filters, tagValues);
}

function tagValues({ tags = [] }: ResourceShare, filter: string): string[] {
  if (filter === 'tag-key') return tags.map(({ key }) => key);
  return tags.filter(({ key }) => filter === `tag:${key}`).map(({ value }) => value);
}
