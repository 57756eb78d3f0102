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

/** A share is associated with resources, the targets, and with principals: accounts, organizations and their units. */
type AssociationType = 'RESOURCE' | 'PRINCIPAL';

/** ASSOCIATING: a principal that has not accepted yet. DISASSOCIATED: ended, and still shown for a while. */
export type AssociationStatus = 'ASSOCIATING' | 'ASSOCIATED' | 'DISASSOCIATED';

/** A target in a share, or a principal that the share is for. Times are milliseconds since 1970. */
export interface Association {
  readonly type: AssociationType;
  /** An ARN, or the twelve digits of an account. */
  readonly entity: string;
  readonly status: AssociationStatus;
  /** True for a principal that was in the organization of the share's owner, and so was not asked. */
  readonly isInternal?: true;
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

/** The targets in a share. */
export function associatedResources({ status, associations }: ResourceShare): Association[] {
  if (status !== 'ACTIVE') return [];
  return associations.filter((one) => one.type === 'RESOURCE' && one.status === 'ASSOCIATED');
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

/** What depends on who is in an organization now. */
interface Standing {
  readonly isExternal: boolean;
  /** False for a principal that the share does not reach any more. */
  readonly isInForce: boolean;
}

export function associationContent(
  share: ResourceShare,
  { entity, type, status, createdAt, updatedAt }: Association,
  { isExternal, isInForce }: Standing,
): Content {
  return {
    resourceShareArn: share.arn,
    resourceShareName: share.name,
    associatedEntity: entity,
    associationType: type,
    status: type === 'PRINCIPAL' && status === 'ASSOCIATED' && !isInForce ? 'DISASSOCIATED' : status,
    creationTime: seconds(createdAt),
    lastUpdatedTime: seconds(updatedAt),
    external: type === 'PRINCIPAL' && isExternal,
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

/**
 * @param id of the principal, or of the owner of the share
 * @param association of the principal; undefined for the owner
 */
export function principalContent(
  share: ResourceShare,
  id: string,
  association: Association | undefined,
  isExternal: boolean,
): Content {
  return {
    id,
    resourceShareArn: share.arn,
    creationTime: seconds(association?.createdAt ?? share.createdAt),
    lastUpdatedTime: seconds(association?.updatedAt ?? share.updatedAt),
    external: isExternal,
  };
}

function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
