/** Resource shares, their associations, and invitations to those of other accounts. Times are seconds since 1970. */

/** A share as GetResourceShares shows it. */
export interface ResourceShare {
  readonly resourceShareArn: string;
  readonly name: string;
  readonly owningAccountId: string;
  readonly allowExternalPrincipals: boolean;
  /** `ACTIVE`, or for an hour `DELETED`. */
  readonly status: string;
  readonly tags?: readonly { readonly key: string; readonly value: string }[];
  readonly creationTime: number;
  readonly lastUpdatedTime: number;
}

/** A target in a share, or a principal that the share is for. */
export interface ShareAssociation {
  readonly resourceShareArn: string;
  /** The ARN of a target; the id of an account, or the ARN of an organization or unit. */
  readonly associatedEntity: string;
  readonly associationType: 'RESOURCE' | 'PRINCIPAL';
  /** A principal in `ASSOCIATING` is invited. What is `DISASSOCIATED` is shown for an hour. */
  readonly status: string;
  readonly creationTime: number;
  readonly lastUpdatedTime: number;
}

/** An invitation as GetResourceShareInvitations shows it. */
export interface ShareInvitation {
  readonly resourceShareInvitationArn: string;
  readonly resourceShareName: string;
  readonly resourceShareArn: string;
  readonly senderAccountId: string;
  readonly invitationTimestamp: number;
  /** `PENDING`, `ACCEPTED`, `REJECTED`, `EXPIRED`. */
  readonly status: string;
}

/** A target in a share, as ListResources shows it. */
export interface SharedResource {
  readonly arn: string;
  readonly resourceShareArn: string;
}

/** A share of the caller's with what is in it. */
export interface OwnShare extends ResourceShare {
  readonly id: string;
  readonly resources: readonly ShareAssociation[];
  readonly principals: readonly ShareAssociation[];
}

/** The type of targets in Resource Access Manager. */
export const SHARED_TYPE = 'ec2:TrafficMirrorTarget';

/** The states of associations, as people read them. */
const ASSOCIATION_TEXTS: Readonly<Record<string, string>> = {
  ASSOCIATING: 'Invited',
  ASSOCIATED: 'Associated',
  DISASSOCIATED: 'Removed',
};

/** The state of an association. A principal that is `ASSOCIATING` has been invited and has not answered. */
export function associationText({ status }: Pick<ShareAssociation, 'status'>): string {
  return ASSOCIATION_TEXTS[status] ?? status;
}

/** The end of an ARN: the id of a share, invitation or target. */
export function idOfArn(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** The ARN of a share by its id. */
export function shareArn(region: string, accountId: string, id: string): string {
  return `arn:aws:ram:${region}:${accountId}:resource-share/${id}`;
}

/** The ARN of a target. */
export function targetArn(region: string, accountId: string, targetId: string): string {
  return `arn:aws:ec2:${region}:${accountId}:traffic-mirror-target/${targetId}`;
}

/** The page of a share. */
export function shareHref(id: string): string {
  return `#/shares/${encodeURIComponent(id)}`;
}

/** What of the associations has not ended. */
export function current(associations: readonly ShareAssociation[]): ShareAssociation[] {
  return associations.filter(({ status }) => status !== 'DISASSOCIATED');
}

/** Shares with what is in them. */
export function withAssociations(
  shares: readonly ResourceShare[],
  associations: readonly ShareAssociation[],
): OwnShare[] {
  const byShare = new Map<string, ShareAssociation[]>();
  for (const one of associations) {
    const list = byShare.get(one.resourceShareArn);
    if (list === undefined) byShare.set(one.resourceShareArn, [one]);
    else list.push(one);
  }
  return shares.map((share) => {
    const own = byShare.get(share.resourceShareArn) ?? [];
    return {
      ...share,
      id: idOfArn(share.resourceShareArn),
      resources: own.filter(({ associationType }) => associationType === 'RESOURCE'),
      principals: own.filter(({ associationType }) => associationType === 'PRINCIPAL'),
    };
  });
}
