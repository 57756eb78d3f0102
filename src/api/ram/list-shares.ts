/** The actions that list shares, invitations, associations, resources and principals, page by page. */

import {
  associationsInput,
  invitationsInput,
  principalsInput,
  resourcesInput,
  sharesInput,
} from './input.js';
import type { RamCall } from './ram-call.js';
import { invalidParameter, RamError, unknownResource } from './ram-error.js';
import {
  type Association,
  associated,
  associationContent,
  type Content,
  invitationContent,
  principalContent,
  type ResourceShare,
  resourceContent,
  shareContent,
  TARGET_TYPE,
} from './records.js';
import { withoutEnded } from './resource-shares.js';

const DEFAULT_RESULTS = 500;
const TOKEN = /^[A-Za-z0-9_-]+$/;

type ResourceOwner = 'SELF' | 'OTHER-ACCOUNTS';

/** An association and its share. */
interface Listed {
  readonly share: ResourceShare;
  readonly association: Association;
}

interface PageRequest {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

export function getResourceShares(call: RamCall): Content {
  const input = call.read(sharesInput);
  call.allow();
  const { name, resourceShareStatus, tagFilters } = input;
  const shares = visibleShares(call, input.resourceOwner, input.resourceShareArns).filter(
    (share) =>
      (name === undefined || share.name === name) &&
      (resourceShareStatus === undefined || share.status === resourceShareStatus) &&
      tagFilters.every(({ tagKey, tagValues }) => hasTag(share, tagKey, tagValues)),
  );
  return pageContent('resourceShares', shares, ({ arn }) => arn, shareContent, input);
}

export function getResourceShareInvitations(call: RamCall): Content {
  const input = call.read(invitationsInput);
  call.allow();
  const { shares } = call.context;
  const isWantedArn = listTest(input.resourceShareInvitationArns);
  const isWantedShare = listTest(input.resourceShareArns);
  const invitations = [...shares.invitations.values()].filter(
    ({ receiverId, arn, shareArn }) =>
      receiverId === call.accountId && isWantedArn(arn) && isWantedShare(shareArn),
  );
  const found = new Set(invitations.map(({ arn }) => arn));
  const absent = input.resourceShareInvitationArns?.find((arn) => !found.has(arn));
  if (absent !== undefined) {
    throw new RamError('ResourceShareInvitationArnNotFoundException', `${absent} was not found`);
  }
  const contentOf = (invitation: (typeof invitations)[number]): Content =>
    invitationContent(invitation, shares.isExpired(invitation));
  return pageContent('resourceShareInvitations', invitations, ({ arn }) => arn, contentOf, input);
}

export function getResourceShareAssociations(call: RamCall): Content {
  const input = call.read(associationsInput);
  call.allow();
  const { associationType, associationStatus, resourceArn, principal } = input;
  if ((associationType === 'PRINCIPAL' ? resourceArn : principal) !== undefined) {
    throw invalidParameter(`A ${associationType} association has no such entity`);
  }
  const listed = visibleShares(call, 'SELF', input.resourceShareArns)
    .flatMap((share) =>
      withoutEnded(share.associations, call.now).map((association) => ({ share, association })),
    )
    .filter(
      ({ association: { type, status, entity } }) =>
        type === associationType &&
        (associationStatus === undefined || status === associationStatus) &&
        entity === (resourceArn ?? principal ?? entity),
    );
  const contentOf = ({ share, association }: Listed): Content => associationContent(share, association);
  return pageContent('resourceShareAssociations', listed, keyOf, contentOf, input);
}

export function listResources(call: RamCall): Content {
  const input = call.read(resourcesInput);
  call.allow();
  requireTargetType(input.resourceType);
  const { principal, resourceArns } = input;
  const isWanted = listTest(resourceArns);
  const listed = visibleShares(call, input.resourceOwner, input.resourceShareArns)
    .filter((share) => principal === undefined || sharesWith(share, input.resourceOwner).includes(principal))
    .flatMap((share) => associated(share, 'RESOURCE').map((association) => ({ share, association })))
    .filter(({ association: { entity } }) => isWanted(entity))
    .filter(({ association: { entity } }) => call.context.targets.ownerOf(entity) !== undefined);
  const contentOf = ({ share, association }: Listed): Content => resourceContent(share, association);
  return pageContent('resources', listed, keyOf, contentOf, input);
}

export function listPrincipals(call: RamCall): Content {
  const input = call.read(principalsInput);
  call.allow();
  requireTargetType(input.resourceType);
  const { resourceArn, principals } = input;
  const isWanted = listTest(principals);
  const listed = visibleShares(call, input.resourceOwner, input.resourceShareArns)
    .filter(
      (share) =>
        resourceArn === undefined ||
        associated(share, 'RESOURCE').some(({ entity }) => entity === resourceArn),
    )
    .flatMap((share) => sharesWith(share, input.resourceOwner).map((id) => ({ share, id })))
    .filter(({ id }) => isWanted(id));
  const key = ({ share, id }: (typeof listed)[number]): string => `${share.arn} ${id}`;
  return pageContent('principals', listed, key, ({ share, id }) => principalContent(share, id), input);
}

/**
 * The shares that the caller owns, or those of others that it has accepted.
 * @throws RamError UnknownResourceException
 */
function visibleShares(
  call: RamCall,
  owner: ResourceOwner,
  arns: readonly string[] | undefined,
): ResourceShare[] {
  const visible = [...call.context.shares.shares.values()].filter((share) =>
    owner === 'SELF'
      ? share.ownerId === call.accountId
      : associated(share, 'PRINCIPAL').some(({ entity }) => entity === call.accountId),
  );
  const found = new Set(visible.map(({ arn }) => arn));
  const absent = arns?.find((arn) => !found.has(arn));
  if (absent !== undefined) throw unknownResource(absent);
  const isWanted = listTest(arns);
  return visible.filter(({ arn }) => isWanted(arn));
}

/** The accounts on the other side of a share. */
function sharesWith(share: ResourceShare, owner: ResourceOwner): string[] {
  return owner === 'SELF' ? associated(share, 'PRINCIPAL').map(({ entity }) => entity) : [share.ownerId];
}

function hasTag(
  { tags }: ResourceShare,
  key: string | undefined,
  values: readonly string[] | undefined,
): boolean {
  return Object.entries(tags).some(
    ([tagKey, value]) =>
      tagKey === (key ?? tagKey) && (values === undefined || values.length === 0 || values.includes(value)),
  );
}

function requireTargetType(type: string | undefined): void {
  if (type === undefined || type.toLowerCase() === TARGET_TYPE.toLowerCase()) return;
  throw new RamError(
    'InvalidResourceTypeException',
    `${type} cannot be shared here, only ${TARGET_TYPE} can`,
  );
}

/** A test whether a value is in a list of the request. A list that is absent or empty selects everything. */
function listTest(list: readonly string[] = []): (value: string) => boolean {
  const listed = new Set(list);
  return (value) => listed.size === 0 || listed.has(value);
}

function keyOf({ share, association }: Listed): string {
  return `${share.arn} ${association.entity}`;
}

/**
 * The content of a response with one page of a list. The token of the next page is the key of the last item, so items
 * may come and go between two pages.
 * @param keyOf unique; the list is sorted by it
 * @throws RamError InvalidNextTokenException
 */
function pageContent<Item>(
  name: string,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  contentOf: (item: Item) => Content,
  { nextToken, maxResults = DEFAULT_RESULTS }: PageRequest,
): Content {
  const after = nextToken === undefined ? '' : readToken(nextToken);
  const rest = items
    .map((item) => ({ item, key: keyOf(item) }))
    .filter(({ key }) => key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = rest.slice(0, maxResults).map(({ item }) => contentOf(item));
  const last = rest[maxResults - 1];
  if (last === undefined || rest.length === maxResults) return { [name]: page };
  return { [name]: page, nextToken: Buffer.from(last.key).toString('base64url') };
}

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString();
  if (!TOKEN.test(token) || !key.startsWith('arn:'))
    throw new RamError('InvalidNextTokenException', 'The nextToken is not valid');
  return key;
}
