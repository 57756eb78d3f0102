/** The records that Resource Access Manager keeps in the durable state, and the form in which responses show them. */
import type { Tags } from '../../resources/tags.js';
import type { TokenRecord } from '../client-tokens.js';

/** The table of resource shares. */
export const RESOURCE_SHARES = 'resourceShares';

/** The table of invitations. */
export const INVITATIONS = 'resourceShareInvitations';

/** The table of client tokens. */
export const RAM_CLIENT_TOKENS = 'ramClientTokens';

/** The type of resources that can be shared. */
export const TARGET_TYPE = 'ec2:TrafficMirrorTarget';

/** A share is associated with resources, the targets, and with principals, the accounts. */
export type AssociationType = 'RESOURCE' | 'PRINCIPAL';

/** ASSOCIATING: a principal that has not accepted yet. DISASSOCIATED: ended, and still shown for a while. */
export type AssociationStatus = 'ASSOCIATING' | 'ASSOCIATED' | 'DISASSOCIATED';

/** A target in a share, or an account that the share is for. Times are milliseconds since 1970. */
export interface Association {
  readonly type: AssociationType;
  /** An ARN, or the twelve digits of an account. */
  readonly entity: string;
  readonly status: AssociationStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A resource share. Keyed by its ARN. */
export interface ResourceShare {
  readonly arn: string;
  readonly name: string;
  readonly ownerId: string;
  readonly allowExternalPrincipals: boolean;
  /** DELETED: still shown for a while. */
  readonly status: 'ACTIVE' | 'DELETED';
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: Tags;
  readonly associations: readonly Association[];
}

/** An invitation of an account to a share. Keyed by its ARN. */
export interface Invitation {
  readonly arn: string;
  readonly shareArn: string;
  readonly shareName: string;
  readonly senderId: string;
  readonly receiverId: string;
  readonly invitedAt: number;
  readonly status: 'PENDING' | 'ACCEPTED' | 'REJECTED';
}

/** The record of a client token; its id is the ARN of the share or invitation. */
export interface RamClientToken extends TokenRecord {
  /** The content of the response, in records of older versions, which have no ARN. */
  readonly answer?: unknown;
}

/** The content of a response, or of a part of it. Times are seconds since 1970. */
export type Content = Readonly<Record<string, unknown>>;

/** The associations of a share that are in force. */
export function associated(share: ResourceShare, type: Association['type']): Association[] {
  if (share.status !== 'ACTIVE') return [];
  return share.associations.filter(
    (association) => association.type === type && association.status === 'ASSOCIATED',
  );
}

export function shareContent(share: ResourceShare): Content {
  return {
    resourceShareArn: share.arn,
    name: share.name,
    owningAccountId: share.ownerId,
    allowExternalPrincipals: share.allowExternalPrincipals,
    status: share.status,
    tags: Object.entries(share.tags).map(([key, value]) => ({ key, value })),
    creationTime: seconds(share.createdAt),
    lastUpdatedTime: seconds(share.updatedAt),
    featureSet: 'STANDARD',
  };
}

export function associationContent(share: ResourceShare, association: Association): Content {
  return {
    resourceShareArn: share.arn,
    resourceShareName: share.name,
    associatedEntity: association.entity,
    associationType: association.type,
    status: association.status,
    creationTime: seconds(association.createdAt),
    lastUpdatedTime: seconds(association.updatedAt),
    external: association.type === 'PRINCIPAL',
  };
}

export function invitationContent(invitation: Invitation, isExpired: boolean): Content {
  return {
    resourceShareInvitationArn: invitation.arn,
    resourceShareName: invitation.shareName,
    resourceShareArn: invitation.shareArn,
    senderAccountId: invitation.senderId,
    receiverAccountId: invitation.receiverId,
    invitationTimestamp: seconds(invitation.invitedAt),
    status: isExpired ? 'EXPIRED' : invitation.status,
  };
}

export function resourceContent(share: ResourceShare, association: Association): Content {
  return {
    arn: association.entity,
    type: TARGET_TYPE,
    resourceShareArn: share.arn,
    status: 'AVAILABLE',
    creationTime: seconds(association.createdAt),
    lastUpdatedTime: seconds(association.updatedAt),
    resourceRegionScope: 'REGIONAL',
  };
}

/** @param id of the account that the share is for, or of its owner */
export function principalContent(share: ResourceShare, id: string): Content {
  const [first] = associated(share, 'PRINCIPAL').filter(({ entity }) => entity === id);
  return {
    id,
    resourceShareArn: share.arn,
    creationTime: seconds(first?.createdAt ?? share.createdAt),
    lastUpdatedTime: seconds(first?.updatedAt ?? share.updatedAt),
    external: true,
  };
}

function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
