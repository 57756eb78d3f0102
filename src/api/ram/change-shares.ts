/** The actions that create and delete resource shares, and that put targets and principals into them or take them out. */
import { randomUUID } from 'node:crypto';
import { requestTagConditions } from '../authorization/condition.js';
import { associate, ended, invitationsOf } from './associate.js';
import { associationInput, createShareInput, deleteShareInput } from './input.js';
import { changedShare, requireActive, requireOwn } from './own-share.js';
import { entityKey } from './principals.js';
import { dropInvitation, type Outcome, putShare, type RamCall } from './ram-call.js';
import { RamError } from './ram-error.js';
import { associationContent, type Content, type ResourceShare, shareContent } from './records.js';

/** Shares of an account: the published default of the service. */
const MAXIMUM_SHARES = 5000;

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

/** Removes targets and principals from a share. Only the owner may; but an account that accepted may remove itself. */
export function disassociateResourceShare(call: RamCall): Promise<Content> {
  const input = call.read(associationInput);
  call.allow(input.resourceShareArn);
  const entities = [...input.resourceArns, ...input.principals];
  const keys = new Set(entities.map(entityKey));
  const make = (): Outcome => {
    const isLeaving = entities.length === 1 && input.principals[0] === call.accountId;
    const before = isLeaving
      ? requireActive(call, input.resourceShareArn)
      : requireOwn(call, input.resourceShareArn);
    for (const entity of entities) requireAssociation(before, entity);
    if (isLeaving) requireAccepted(call, before);
    const associations = before.associations.map((association) =>
      keys.has(entityKey(association.entity)) ? ended(association, call.now) : association,
    );
    const share = { ...before, associations, updatedAt: call.now };
    const invitations = invitationsOf(call, share).filter(({ receiverId }) => keys.has(receiverId));
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
  const keys = new Set(entities.map(entityKey));
  return (shareArn) => {
    const { shares } = call.context;
    const share = changedShare(call, shareArn);
    const shown = share.associations.filter(({ entity }) => keys.has(entityKey(entity)));
    return {
      resourceShareAssociations: shown.map((association) =>
        associationContent(share, association, {
          isExternal: shares.isExternal(share, association.entity),
          isInForce: shares.isInForce(share, association),
        }),
      ),
    };
  };
}

function requireRoom({ context, accountId }: RamCall): void {
  const own = [...context.shares.shares.values()].filter(({ ownerId }) => ownerId === accountId);
  if (own.length < MAXIMUM_SHARES) return;
  throw new RamError(
    'ResourceShareLimitExceededException',
    `An account has at most ${MAXIMUM_SHARES} resource shares`,
  );
}

function requireAssociation({ associations, arn }: ResourceShare, entity: string): void {
  const key = entityKey(entity);
  const isThere = associations.some(
    (candidate) => entityKey(candidate.entity) === key && candidate.status !== 'DISASSOCIATED',
  );
  if (!isThere) throw new RamError('UnknownResourceException', `${entity} is not associated with ${arn}`);
}

/** Who has a share by its organization was not asked, and cannot leave it either. */
function requireAccepted({ accountId }: RamCall, { associations, arn }: ResourceShare): void {
  const isInternal = associations.some(
    (candidate) => candidate.entity === accountId && candidate.isInternal === true,
  );
  if (!isInternal) return;
  throw new RamError(
    'OperationNotPermittedException',
    `${arn} is shared within the organization, which an account cannot leave by itself`,
  );
}
