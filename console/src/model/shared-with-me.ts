/** What other accounts share with the caller: shares that it has, and invitations that it has not accepted. */
import { idOfArn, type ResourceShare, type SharedResource, type ShareInvitation } from './share.js';

/** How long an invitation can be answered. */
const INVITATION_SECONDS = 12 * 60 * 60;

/** A share of another account, or an invitation to one. */
export interface SharedWithMe {
  /** The end of the share's ARN, or of the invitation's where an account was asked again. Unique in the list. */
  readonly key: string;
  readonly id: string;
  readonly resourceShareArn: string;
  /** Absent: the share came by the organization, or the invitation is gone. */
  readonly invitationArn?: string | undefined;
  readonly name: string;
  readonly ownerId: string;
  /** `Active`: the caller has the share. */
  readonly status: 'Active' | 'Pending' | 'Expired' | 'Rejected';
  /** Seconds since 1970. */
  readonly invitedAt?: number | undefined;
  /** Seconds since 1970; only while the invitation can be answered. */
  readonly expiresAt?: number | undefined;
  readonly targetArns: readonly string[];
}

const STATUS: Readonly<Record<string, SharedWithMe['status']>> = {
  PENDING: 'Pending',
  EXPIRED: 'Expired',
  REJECTED: 'Rejected',
};

interface Answers {
  readonly invitations: readonly ShareInvitation[];
  /** GetResourceShares OTHER-ACCOUNTS. */
  readonly shares: readonly ResourceShare[];
  /** ListResources OTHER-ACCOUNTS. */
  readonly resources: readonly SharedResource[];
}

/** Joins three lists by share. An accepted invitation without its share is one that was ended, and is left out. */
export function sharedWithMe({ invitations, shares, resources }: Answers): SharedWithMe[] {
  const known = new Set(shares.map(({ resourceShareArn }) => resourceShareArn));
  const open = invitations.filter(
    (one) => STATUS[one.status] !== undefined && !known.has(one.resourceShareArn),
  );
  return [...open.map(ofInvitation), ...shares.map((share) => ofShare(share, invitations, resources))];
}

function ofInvitation(invitation: ShareInvitation): SharedWithMe {
  const { resourceShareInvitationArn, resourceShareArn, invitationTimestamp } = invitation;
  return {
    key: idOfArn(resourceShareInvitationArn),
    id: idOfArn(resourceShareArn),
    resourceShareArn,
    invitationArn: resourceShareInvitationArn,
    name: invitation.resourceShareName,
    ownerId: invitation.senderAccountId,
    status: STATUS[invitation.status] ?? 'Rejected',
    invitedAt: invitationTimestamp,
    expiresAt: invitation.status === 'PENDING' ? invitationTimestamp + INVITATION_SECONDS : undefined,
    targetArns: [],
  };
}

function ofShare(
  { resourceShareArn, name, owningAccountId }: ResourceShare,
  invitations: readonly ShareInvitation[],
  resources: readonly SharedResource[],
): SharedWithMe {
  const invitation = invitations.find((one) => one.resourceShareArn === resourceShareArn);
  return {
    key: idOfArn(resourceShareArn),
    id: idOfArn(resourceShareArn),
    resourceShareArn,
    name,
    ownerId: owningAccountId,
    status: 'Active',
    invitedAt: invitation?.invitationTimestamp,
    targetArns: resources.filter((one) => one.resourceShareArn === resourceShareArn).map(({ arn }) => arn),
  };
}
