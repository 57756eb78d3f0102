/** Records in the form in which answers show them; times are seconds since 1970. */

import type { Association, Invitation, ResourceShare } from './records.js';
import { associated } from './resource-shares.js';

export const TARGET_TYPE = 'ec2:TrafficMirrorTarget';

type Content = Readonly<Record<string, unknown>>;

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

/** @param id whoever it is shared with, or who shares it */
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
