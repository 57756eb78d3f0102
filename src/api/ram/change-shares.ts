/** The actions that create, change and delete resource shares. */
import { randomUUID } from 'node:crypto';
import { requestTagConditions } from '../authorization/condition.js';
import type { StateChange } from '../service.js';
import { associationInput, createShareInput, deleteShareInput } from './input.js';
import { dropInvitation, type Outcome, putInvitation, putShare, type RamCall } from './ram-call.js';
import { invalidParameter, RamError, unknownResource } from './ram-error.js';
import {
  type Association,
  type AssociationType,
  associated,
  associationContent,
  type Content,
  type Invitation,
  type ResourceShare,
  shareContent,
} from './records.js';
import { withoutEnded } from './resource-shares.js';

/** Shares of an account: the published default of the service. */
const MAXIMUM_SHARES = 5000;
/** Associations of a share, targets and accounts together. */
const MAXIMUM_ASSOCIATIONS = 5000;
/** Associations of all shares of an account: 5000 targets and 5000 accounts, the published default of the service. */
const MAXIMUM_ASSOCIATIONS_OF_ACCOUNT = 10_000;
const ACCOUNT = /^\d{12}$/;

export function createResourceShare(call: RamCall): Promise<Content> {
  const input = call.read(createShareInput);
  const tags = Object.fromEntries(input.tags.map(({ key, value }) => [key, value]));
  call.allow('*', requestTagConditions(input.tags.map(({ key, value }) => [key, value])));
  const make = (): Outcome => {
    requireRoom(call);
    const empty: ResourceShare = {
      arn: `arn:aws:ram:${call.region}:${call.accountId}:resource-share/${randomUUID()}`,
      name: input.name,
      ownerId: call.accountId,
      allowExternalPrincipals: input.allowExternalPrincipals,
      status: 'ACTIVE',
      createdAt: call.now,
      updatedAt: call.now,
      tags,
      associations: [],
    };
    const { share, invitations } = associate(call, empty, input.resourceArns, input.principals);
    return { arn: share.arn, changes: [putShare(share), ...invitations] };
  };
  return call.once(input, make, (arn) => ({ resourceShare: shareContent(changedShare(call, arn)) }));
}

export function associateResourceShare(call: RamCall): Promise<Content> {
  const input = call.read(associationInput);
  call.allow(input.resourceShareArn);
  const make = (): Outcome => {
    const before = requireOwn(call, input.resourceShareArn);
    const { share, invitations } = associate(call, before, input.resourceArns, input.principals);
    return { arn: share.arn, changes: [putShare(share), ...invitations] };
  };
  return call.once(input, make, associationsOf(call, [...input.resourceArns, ...input.principals]));
}

/** Removes targets and accounts from a share. Only the owner may; but an account may remove itself. */
export function disassociateResourceShare(call: RamCall): Promise<Content> {
  const input = call.read(associationInput);
  call.allow(input.resourceShareArn);
  const entities = [...input.resourceArns, ...input.principals];
  const make = (): Outcome => {
    const isLeaving = entities.length === 1 && input.principals[0] === call.accountId;
    const before = isLeaving
      ? requireActive(call, input.resourceShareArn)
      : requireOwn(call, input.resourceShareArn);
    for (const entity of entities) requireAssociation(before, entity);
    const associations = before.associations.map((association) =>
      entities.includes(association.entity) ? ended(association, call.now) : association,
    );
    const share = { ...before, associations, updatedAt: call.now };
    const invitations = invitationsOf(call, share).filter(({ receiverId }) => entities.includes(receiverId));
    return { arn: share.arn, changes: [putShare(share), ...invitations.map(dropInvitation)] };
  };
  return call.once(input, make, associationsOf(call, entities));
}

export function deleteResourceShare(call: RamCall): Promise<Content> {
  const input = call.read(deleteShareInput);
  call.allow(input.resourceShareArn);
  const make = (): Outcome => {
    const before = requireOwn(call, input.resourceShareArn);
    const associations = before.associations.map((association) => ended(association, call.now));
    const share: ResourceShare = { ...before, status: 'DELETED', associations, updatedAt: call.now };
    const pending = invitationsOf(call, share).filter(({ status }) => status === 'PENDING');
    return { arn: share.arn, changes: [putShare(share), ...pending.map(dropInvitation)] };
  };
  return call.once(input, make, () => ({ returnValue: true }));
}

function associationsOf(call: RamCall, entities: readonly string[]): (shareArn: string) => Content {
  return (shareArn) => {
    const share = changedShare(call, shareArn);
    const shown = share.associations.filter(({ entity }) => entities.includes(entity));
    return {
      resourceShareAssociations: shown.map((association) => associationContent(share, association)),
    };
  };
}

/** Adds targets and invites accounts. @throws RamError for a resource or principal that is not possible */
function associate(
  call: RamCall,
  share: ResourceShare,
  resourceArns: readonly string[],
  principals: readonly string[],
): { readonly share: ResourceShare; readonly invitations: StateChange[] } {
  for (const arn of resourceArns) requireShareable(call, arn);
  for (const principal of principals) requireAccount(call, share, principal);
  const invited = [...new Set(principals)].filter((principal) => !isInvited(call, share, principal));
  const added = [
    ...[...new Set(resourceArns)]
      .filter(
        (arn) => !share.associations.some(({ entity, status }) => entity === arn && status === 'ASSOCIATED'),
      )
      .map((arn) => association('RESOURCE', arn, 'ASSOCIATED', call.now)),
    ...invited.map((principal) => association('PRINCIPAL', principal, 'ASSOCIATING', call.now)),
  ];
  const replaced = new Set(added.map(({ entity }) => entity));
  const kept = withoutEnded(share.associations, call.now).filter(({ entity }) => !replaced.has(entity));
  const associations = [...kept, ...added];
  if (associations.length > MAXIMUM_ASSOCIATIONS) {
    throw new RamError(
      'ResourceShareLimitExceededException',
      `A resource share holds at most ${MAXIMUM_ASSOCIATIONS} associations`,
    );
  }
  requireAssociations(call, share, associations.length);
  const obsolete = invitationsOf(call, share).filter(({ receiverId }) => invited.includes(receiverId));
  const created = invited.map((receiverId) => putInvitation(invitationTo(call, share, receiverId)));
  return {
    share: { ...share, associations, updatedAt: call.now },
    invitations: [...obsolete.map(dropInvitation), ...created],
  };
}

function association(
  type: AssociationType,
  entity: string,
  status: Association['status'],
  now: number,
): Association {
  return { type, entity, status, createdAt: now, updatedAt: now };
}

function ended(association: Association, now: number): Association {
  return association.status === 'DISASSOCIATED'
    ? association
    : { ...association, status: 'DISASSOCIATED', updatedAt: now };
}

function invitationTo(call: RamCall, share: ResourceShare, receiverId: string): Invitation {
  return {
    arn: `arn:aws:ram:${call.region}:${share.ownerId}:resource-share-invitation/${randomUUID()}`,
    shareArn: share.arn,
    shareName: share.name,
    senderId: share.ownerId,
    receiverId,
    invitedAt: call.now,
    status: 'PENDING',
  };
}

/** True when the account has accepted, or still can. */
function isInvited(call: RamCall, share: ResourceShare, principal: string): boolean {
  const found = share.associations.find(({ entity }) => entity === principal);
  if (found?.status !== 'ASSOCIATING') return found?.status === 'ASSOCIATED';
  return invitationsOf(call, share).some(
    (invitation) => invitation.receiverId === principal && !call.context.shares.isExpired(invitation),
  );
}

function invitationsOf({ context }: RamCall, { arn }: ResourceShare): Invitation[] {
  return [...context.shares.invitations.values()].filter(({ shareArn }) => shareArn === arn);
}

function requireRoom({ context, accountId }: RamCall): void {
  const own = [...context.shares.shares.values()].filter(({ ownerId }) => ownerId === accountId);
  if (own.length < MAXIMUM_SHARES) return;
  throw new RamError(
    'ResourceShareLimitExceededException',
    `An account has at most ${MAXIMUM_SHARES} resource shares`,
  );
}

/** @param count associations of the share after the change */
function requireAssociations({ context }: RamCall, { arn, ownerId }: ResourceShare, count: number): void {
  let total = count;
  for (const share of context.shares.shares.values()) {
    if (share.ownerId === ownerId && share.arn !== arn) total += share.associations.length;
  }
  if (total <= MAXIMUM_ASSOCIATIONS_OF_ACCOUNT) return;
  throw new RamError(
    'ResourceShareLimitExceededException',
    `The resource shares of an account hold at most ${MAXIMUM_ASSOCIATIONS_OF_ACCOUNT} associations`,
  );
}

function requireOwn(call: RamCall, arn: string): ResourceShare {
  const share = requireActive(call, arn);
  if (share.ownerId === call.accountId) return share;
  // An account that is only invited sees the invitation, not the share.
  if (!associated(share, 'PRINCIPAL').some(({ entity }) => entity === call.accountId)) {
    throw unknownResource(arn);
  }
  throw new RamError('OperationNotPermittedException', `${arn} belongs to account ${share.ownerId}`);
}

/** The share that the call has changed. The caller may have just left it, and sees it in the response all the same. */
function changedShare({ context }: RamCall, arn: string): ResourceShare {
  const share = context.shares.shares.get(arn);
  if (share === undefined) throw unknownResource(arn);
  return share;
}

function requireActive(call: RamCall, arn: string): ResourceShare {
  const share = call.visibleShare(arn);
  if (share === undefined) throw unknownResource(arn);
  if (share.status !== 'ACTIVE') throw new RamError('InvalidStateTransitionException', `${arn} is deleted`);
  return share;
}

function requireAssociation({ associations, arn }: ResourceShare, entity: string): void {
  const isThere = associations.some(
    (candidate) => candidate.entity === entity && candidate.status !== 'DISASSOCIATED',
  );
  if (!isThere) throw new RamError('UnknownResourceException', `${entity} is not associated with ${arn}`);
}

/** Requires that the resource is a target of the caller's account. */
function requireShareable({ context, accountId, region }: RamCall, arn: string): void {
  if (!arn.startsWith(`arn:aws:ec2:${region}:`) || !arn.includes(':traffic-mirror-target/')) {
    throw invalidParameter(`${arn} cannot be shared: only Traffic Mirror targets of ${region} can`);
  }
  const ownerId = context.targets.ownerOf(arn);
  if (ownerId === accountId) return;
  // A caller who cannot use the target does not learn whether it exists.
  if (ownerId === undefined || !context.shares.isSharedWith(arn, accountId)) throw unknownResource(arn);
  throw new RamError('OperationNotPermittedException', `${arn} belongs to account ${ownerId}`);
}

function requireAccount({ context, accountId }: RamCall, share: ResourceShare, principal: string): void {
  if (!ACCOUNT.test(principal)) {
    throw invalidParameter(
      `${principal} is not the id of an account; Traffic Mirror targets are shared with accounts`,
    );
  }
  if (principal === accountId) throw invalidParameter(`${principal} owns the resource share`);
  if (!context.hasAccount(principal)) throw invalidParameter(`There is no account ${principal}`);
  // Without an organization, every other account is external.
  if (share.allowExternalPrincipals) return;
  throw new RamError('OperationNotPermittedException', `${share.name} does not allow external principals`);
}
