/** Puts targets and principals into a share: what may be shared, with whom, and who is asked first. */
import { randomUUID } from 'node:crypto';
import type { StateChange } from '../service.js';
import { entityKey, parsePrincipal, type SharePrincipal } from './principals.js';
import { dropInvitation, putInvitation, type RamCall } from './ram-call.js';
import { invalidParameter, RamError, unknownResource } from './ram-error.js';
import type { Association, Invitation, ResourceShare } from './records.js';
import { withoutEnded } from './resource-shares.js';

/** Associations of a share, targets and principals together. */
const MAXIMUM_ASSOCIATIONS = 5000;
/** Associations of all shares of an account: 5000 targets and 5000 accounts, the published default of the service. */
const MAXIMUM_ASSOCIATIONS_OF_ACCOUNT = 10_000;

/** A share with what was put into it, and the changes of invitations that go with it. */
interface Associated {
  readonly share: ResourceShare;
  readonly invitations: readonly StateChange[];
}

/**
 * Adds targets and principals. Accounts outside the organization of the owner are invited; accounts inside, the
 * organization and its units have the share at once.
 * @throws RamError for a resource or principal that is not possible
 */
export function associate(
  call: RamCall,
  share: ResourceShare,
  resourceArns: readonly string[],
  principals: readonly string[],
): Associated {
  for (const arn of resourceArns) requireShareable(call, arn);
  for (const principal of principals) requirePrincipal(call, share, principal);
  const { shares } = call.context;
  const added = withoutRepeats(principals).filter((principal) => !hasPrincipal(call, share, principal));
  const invited = added.filter((principal) => shares.isExternal(share, principal));
  const fresh = [
    ...withoutRepeats(resourceArns)
      .filter((arn) => !share.associations.some((one) => one.entity === arn && one.status === 'ASSOCIATED'))
      .map((arn) => association('RESOURCE', arn, 'ASSOCIATED', call.now)),
    ...added.map((principal) =>
      invited.includes(principal)
        ? association('PRINCIPAL', principal, 'ASSOCIATING', call.now)
        : { ...association('PRINCIPAL', principal, 'ASSOCIATED', call.now), isInternal: true as const },
    ),
  ];
  const replaced = new Set(fresh.map(({ entity }) => entityKey(entity)));
  const kept = withoutEnded(share.associations, call.now).filter(
    ({ entity }) => !replaced.has(entityKey(entity)),
  );
  const associations = [...kept, ...fresh];
  requireRoom(call, share, associations.length);
  const obsolete = invitationsOf(call, share).filter(({ receiverId }) => added.includes(receiverId));
  const created = invited.map((receiverId) => putInvitation(invitationTo(call, share, receiverId)));
  return {
    share: { ...share, associations, updatedAt: call.now },
    invitations: [...obsolete.map(dropInvitation), ...created],
  };
}

/** All invitations to a share, also those that were answered. */
export function invitationsOf({ context }: RamCall, { arn }: ResourceShare): Invitation[] {
  return [...context.shares.invitations.values()].filter(({ shareArn }) => shareArn === arn);
}

/** An association as it ends now. */
export function ended(one: Association, now: number): Association {
  return one.status === 'DISASSOCIATED' ? one : { ...one, status: 'DISASSOCIATED', updatedAt: now };
}

function association(
  type: Association['type'],
  entity: string,
  status: Association['status'],
  now: number,
): Association {
  return { type, entity, status, createdAt: now, updatedAt: now };
}

/** The first of several that stand for the same. */
function withoutRepeats(entities: readonly string[]): string[] {
  return [...new Map(entities.toReversed().map((entity) => [entityKey(entity), entity])).values()].reverse();
}

/** True for a principal that has the share, or is invited and can still accept. */
function hasPrincipal({ context }: RamCall, share: ResourceShare, principal: string): boolean {
  const { shares } = context;
  const key = entityKey(principal);
  const found = share.associations.find(({ entity }) => entityKey(entity) === key);
  if (found === undefined) return false;
  // Who has come into the organization since is not asked any more.
  if (found.status === 'ASSOCIATING') {
    return shares.isExternal(share, principal) && shares.isInvited(share, principal);
  }
  return shares.isInForce(share, found);
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

/** @param count associations of the share after the change */
function requireRoom({ context }: RamCall, { arn, ownerId }: ResourceShare, count: number): void {
  if (count > MAXIMUM_ASSOCIATIONS) {
    throw new RamError(
      'ResourceShareLimitExceededException',
      `A resource share holds at most ${MAXIMUM_ASSOCIATIONS} associations`,
    );
  }
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

/** Requires that the share may be for the principal. */
function requirePrincipal(call: RamCall, share: ResourceShare, text: string): void {
  const principal = parsePrincipal(text);
  if (principal === undefined) {
    throw invalidParameter(
      `Principal ID ${text} is malformed. Verify the ID and try again: ` +
        'Traffic Mirror targets are shared with accounts, organizations and organizational units',
    );
  }
  if (principal.kind === 'organization') requireOrganization(call, principal);
  else requireAccount(call, share, principal.accountId);
}

/** Requires that the organization is the caller's own. Others are not shown to be there. */
function requireOrganization(
  { context, accountId }: RamCall,
  { organization, unit }: Extract<SharePrincipal, { kind: 'organization' }>,
): void {
  const { organizations } = context.shares;
  if (organizations.membershipOf(accountId)?.organization !== organization) {
    throw new RamError('UnknownResourceException', `Organization ${organization} could not be found.`);
  }
  if (unit === undefined || organizations.hasUnit(organization, unit)) return;
  throw new RamError('UnknownResourceException', `OrganizationalUnit ${unit} could not be found.`);
}

function requireAccount({ context, accountId }: RamCall, share: ResourceShare, principal: string): void {
  if (principal === accountId) throw invalidParameter(`${principal} owns the resource share`);
  if (!context.hasAccount(principal)) throw invalidParameter(`There is no account ${principal}`);
  if (share.allowExternalPrincipals || !context.shares.isExternal(share, principal)) return;
  throw new RamError('OperationNotPermittedException', `${share.name} does not allow external principals`);
}
