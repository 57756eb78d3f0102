/** The actions that list shares, invitations, associations, resources and principals, page by page. */

import {
  associationsInput,
  invitationsInput,
  principalsInput,
  resourcesInput,
  sharesInput,
} from './input.js';
import { entityKey } from './principals.js';
import type { RamCall } from './ram-call.js';
import { invalidParameter, RamError, unknownResource } from './ram-error.js';
import {
  type Association,
  associatedResources,
  associationContent,
  type Content,
  invitationContent,
  principalContent,
  type ResourceShare,
  resourceContent,
  shareContent,
  TARGET_TYPE,
} from './records.js';
import { type ResourceShares, withoutEnded } from './resource-shares.js';

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
  const { shares } = call.context;
  const wanted = resourceArn ?? (principal && entityKey(principal));
  const listed = visibleShares(call, 'SELF', input.resourceShareArns)
    .flatMap((share) =>
      withoutEnded(share.associations, call.now).map((association) => ({ share, association })),
    )
    .filter(
      ({ association: { type, entity } }) =>
        type === associationType && (wanted === undefined || entityKey(entity) === wanted),
    )
    .filter(
      (one) => associationStatus === undefined || associationOf(shares, one).status === associationStatus,
    );
  const contentOf = (one: Listed): Content => associationOf(shares, one);
  return pageContent('resourceShareAssociations', listed, keyOf, contentOf, input);
}

export function listResources(call: RamCall): Content {
  const input = call.read(resourcesInput);
  call.allow();
  requireTargetType(input.resourceType);
  const { principal, resourceArns } = input;
  const isWanted = listTest(resourceArns);
  const isOther = principal === undefined ? undefined : listTest([entityKey(principal)]);
  const listed = visibleShares(call, input.resourceOwner, input.resourceShareArns)
    .filter(
      (share) =>
        isOther === undefined ||
        others(call, share, input.resourceOwner).some(({ id }) => isOther(entityKey(id))),
    )
    .flatMap((share) => associatedResources(share).map((association) => ({ share, association })))
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
  const isWanted = listTest(principals?.map(entityKey));
  const listed = visibleShares(call, input.resourceOwner, input.resourceShareArns)
    .filter(
      (share) =>
        resourceArn === undefined || associatedResources(share).some(({ entity }) => entity === resourceArn),
    )
    .flatMap((share) => others(call, share, input.resourceOwner).map((other) => ({ share, ...other })))
    .filter(({ id }) => isWanted(entityKey(id)));
  type Other = (typeof listed)[number];
  const key = ({ share, id }: Other): string => `${share.arn} ${id}`;
  const contentOf = ({ share, id, association }: Other): Content =>
    principalContent(share, id, association, isExternal(call, share, id));
  return pageContent('principals', listed, key, contentOf, input);
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
  const { shares } = call.context;
  const visible = [...shares.shares.values()].filter((share) =>
    owner === 'SELF' ? share.ownerId === call.accountId : shares.isFor(share, call.accountId),
  );
  const found = new Set(visible.map(({ arn }) => arn));
  const absent = arns?.find((arn) => !found.has(arn));
  if (absent !== undefined) throw unknownResource(absent);
  const isWanted = listTest(arns);
  return visible.filter(({ arn }) => isWanted(arn));
}

/** An association as a response shows it. */
function associationOf(shares: ResourceShares, { share, association }: Listed): Content {
  return associationContent(share, association, {
    isExternal: shares.isExternal(share, association.entity),
    isInForce: shares.isInForce(share, association),
  });
}

/** Who is on the other side of a share: its principals, or its owner. */
function others(
  { context }: RamCall,
  share: ResourceShare,
  owner: ResourceOwner,
): { readonly id: string; readonly association?: Association }[] {
  if (owner === 'OTHER-ACCOUNTS') return [{ id: share.ownerId }];
  return context.shares.principalsOf(share).map((association) => ({ id: association.entity, association }));
}

/** @param id a principal of the share, or its owner, whom the caller is then compared with */
function isExternal({ context, accountId }: RamCall, share: ResourceShare, id: string): boolean {
  return context.shares.isExternal(share, id === share.ownerId ? accountId : id);
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
