/** What Resource Access Manager keeps in the durable state, table by table. */
import type { Tags } from '../../resources/tags.js';
import type { TokenRecord } from '../client-tokens.js';

/** Tables. */
export const RESOURCE_SHARES = 'resourceShares';

export const INVITATIONS = 'resourceShareInvitations';

export const RAM_CLIENT_TOKENS = 'ramClientTokens';

export type AssociationType = 'RESOURCE' | 'PRINCIPAL';

/**
 * ASSOCIATING: a principal that has not accepted yet. DISASSOCIATED: it was, and is kept to be shown for a while.
 */
export type AssociationStatus = 'ASSOCIATING' | 'ASSOCIATED' | 'DISASSOCIATED';

/** A target in a share, or an account that it is shared with. Times are milliseconds since 1970. */
export interface Association {
  readonly type: AssociationType;
  /** An ARN, or the twelve digits of an account. */
  readonly entity: string;
  readonly status: AssociationStatus;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Keyed by its ARN. */
export interface ResourceShare {
  readonly arn: string;
  readonly name: string;
  readonly ownerId: string;
  readonly allowExternalPrincipals: boolean;
  /** DELETED ones are kept to be shown for a while. */
  readonly status: 'ACTIVE' | 'DELETED';
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly tags: Tags;
  readonly associations: readonly Association[];
}

/** Keyed by its ARN. */
export interface Invitation {
  readonly arn: string;
  readonly shareArn: string;
  readonly shareName: string;
  readonly senderId: string;
  readonly receiverId: string;
  readonly invitedAt: number;
  readonly status: 'PENDING' | 'ACCEPTED' | 'REJECTED';
}

/** What is kept of a client token: the ARN of what was asked for. */
export interface RamClientToken extends TokenRecord {
  /** Of a record from before ARNs were kept: what was answered. */
  readonly answer?: unknown;
}
