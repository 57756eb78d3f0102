/** The actions that look: at shares, invitations, and what is shared with whom. */
import {
  associationContent,
  invitationContent,
  principalContent,
  resourceContent,
  shareContent,
  TARGET_TYPE,
} from './contents.js';
import {
  associationsInput,
  invitationsInput,
  principalsInput,
  resourcesInput,
  sharesInput,
} from './input.js';
import { type PageRequest, takePage } from './page.js';
import type { RamCall } from './ram-call.js';
import { invalidParameter, RamError, unknownResource } from './ram-error.js';
import type { Association, ResourceShare } from './records.js';
import { associated, withoutOver } from './resource-shares.js';

type Answer = Readonly<Record<string, unknown>>;
type ResourceOwner = 'SELF' | 'OTHER-ACCOUNTS';

/** A share with what is listed of it. */
interface Listed {
  readonly share: ResourceShare;
  readonly association: Association;
}

export function getResourceShares(call: RamCall): Answer {
  const input = call.read(sharesInput);
  call.allow();
  const { name, resourceShareStatus, tagFilters } = input;
  const shares = visibleShares(call, input.resourceOwner, input.resourceShareArns).filter(
    (share) =>
      (name === undefined || share.name === name) &&
      (resourceShareStatus === undefined || share.status === resourceShareStatus) &&
      tagFilters.every(({ tagKey, tagValues }) => hasTag(share, tagKey, tagValues)),
  );
  return answerPage('resourceShares', shares, ({ arn }) => arn, shareContent, input);
}

export function getResourceShareInvitations(call: RamCall): Answer {
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
  const contentOf = (invitation: (typeof invitations)[number]): Answer =>
    invitationContent(invitation, shares.isExpired(invitation));
  return answerPage('resourceShareInvitations', invitations, ({ arn }) => arn, contentOf, input);
}

export function getResourceShareAssociations(call: RamCall): Answer {
  const input = call.read(associationsInput);
  call.allow();
  const { associationType, associationStatus, resourceArn, principal } = input;
  if ((associationType === 'PRINCIPAL' ? resourceArn : principal) !== undefined) {
    throw invalidParameter(`A ${associationType} association has no such entity`);
  }
  const listed = visibleShares(call, 'SELF', input.resourceShareArns)
    .flatMap((share) =>
      withoutOver(share.associations, call.now).map((association) => ({ share, association })),
    )
    .filter(
      ({ association: { type, status, entity } }) =>
        type === associationType &&
        (associationStatus === undefined || status === associationStatus) &&
        entity === (resourceArn ?? principal ?? entity),
    );
  const contentOf = ({ share, association }: Listed): Answer => associationContent(share, association);
  return answerPage('resourceShareAssociations', listed, keyOf, contentOf, input);
}

export function listResources(call: RamCall): Answer {
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
  const contentOf = ({ share, association }: Listed): Answer => resourceContent(share, association);
  return answerPage('resources', listed, keyOf, contentOf, input);
}

export function listPrincipals(call: RamCall): Answer {
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
  return answerPage('principals', listed, key, ({ share, id }) => principalContent(share, id), input);
}

/** Those of the caller, or those of others that it has accepted. @throws RamError UnknownResourceException */
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

/** The other side of a share. */
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

/** Nobody asks for nothing: a list that is not there, or is empty, leaves everything. */
function listTest(list: readonly string[] = []): (value: string) => boolean {
  const listed = new Set(list);
  return (value) => listed.size === 0 || listed.has(value);
}

function keyOf({ share, association }: Listed): string {
  return `${share.arn} ${association.entity}`;
}

function answerPage<Item>(
  name: string,
  all: readonly Item[],
  keyOf: (item: Item) => string,
  contentOf: (item: Item) => Answer,
  request: PageRequest,
): Answer {
  const { items, ...page } = takePage(all, keyOf, request);
  return { [name]: items.map(contentOf), ...page };
}
