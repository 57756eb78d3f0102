/** The resource shares of all accounts, which decide who may use whose targets. */
import { ClientTokens } from '../client-tokens.js';
import type { DurableState, OrganizationDirectory, StateChange, TargetShares } from '../service.js';
import { entityKey, parsePrincipal, principalKeys } from './principals.js';
import {
  type Association,
  associatedResources,
  INVITATIONS,
  type Invitation,
  RAM_CLIENT_TOKENS,
  type RamClientToken,
  RESOURCE_SHARES,
  type ResourceShare,
} from './records.js';

/** How long associations, shares and invitations are shown after they have ended. */
const SHOWN_AFTER_END_MS = 60 * 60 * 1000;
/** How long an invitation can be answered. */
const INVITATION_LIFE_MS = 12 * 60 * 60 * 1000;

interface ResourceSharesOptions {
  readonly organizations: OrganizationDirectory;
  /** Called with an account whose client tokens are forgotten before their time. */
  readonly onForgotten: (accountId: string) => void;
}

/** A share with its principals by key. */
interface IndexedShare {
  readonly share: ResourceShare;
  readonly principals: ReadonlyMap<string, Association>;
}

export class ResourceShares implements TargetShares {
  readonly #state: DurableState;
  readonly #now: () => number;
  readonly organizations: OrganizationDirectory;
  readonly tokens: ClientTokens<RamClientToken>;
  /** By the ARN of a target, the shares that it is in. Undefined: shares have changed since. */
  #sharesOf: ReadonlyMap<string, readonly IndexedShare[]> | undefined;

  constructor(state: DurableState, now: () => number, { organizations, onForgotten }: ResourceSharesOptions) {
    this.#state = state;
    this.#now = now;
    this.organizations = organizations;
    this.tokens = new ClientTokens({ state, table: RAM_CLIENT_TOKENS, onForgotten });
  }

  get shares(): ReadonlyMap<string, ResourceShare> {
    return this.#state.table(RESOURCE_SHARES);
  }

  get invitations(): ReadonlyMap<string, Invitation> {
    return this.#state.table(INVITATIONS);
  }

  isSharedWith(targetArn: string, accountId: string): boolean {
    this.#sharesOf ??= indexOf(this.shares.values());
    const shares = this.#sharesOf.get(targetArn);
    if (shares === undefined) return false;
    const keys = this.#keysOf(accountId);
    return shares.some(({ share, principals }) =>
      keys.some((key) => this.#reaches(share, principals.get(key), accountId)),
    );
  }

  /** True while the share is for the account: by itself, its organization or one of its units. */
  isFor(share: ResourceShare, accountId: string): boolean {
    const keys = this.#keysOf(accountId);
    return share.associations.some(
      (association) =>
        keys.includes(entityKey(association.entity)) && this.#reaches(share, association, accountId),
    );
  }

  /** The principals that have the share now. */
  principalsOf(share: ResourceShare): Association[] {
    return share.associations.filter((association) => this.isInForce(share, association));
  }

  /**
   * True for a principal that has the share now. Who is in an organization is asked each time: a principal that got the
   * share without being asked loses it with the organization, as does one outside where that is not allowed.
   */
  isInForce(share: ResourceShare, { type, entity, status, isInternal }: Association): boolean {
    if (share.status !== 'ACTIVE' || type !== 'PRINCIPAL' || status !== 'ASSOCIATED') return false;
    if (!this.isExternal(share, entity)) return true;
    return share.allowExternalPrincipals && isInternal !== true;
  }

  /** True for a principal that is not in the organization of the share's owner. */
  isExternal({ ownerId }: ResourceShare, entity: string): boolean {
    const principal = parsePrincipal(entity);
    const organization =
      principal?.kind === 'organization' ? principal.organization : this.#organizationOf(entity);
    return organization === undefined || organization !== this.#organizationOf(ownerId);
  }

  isExpired({ status, invitedAt }: Invitation): boolean {
    return status === 'PENDING' && this.#now() >= invitedAt + INVITATION_LIFE_MS;
  }

  /** True when the account has an invitation to the share that it can still answer. */
  isInvited({ arn }: ResourceShare, accountId: string): boolean {
    return [...this.invitations.values()].some(
      (invitation) =>
        invitation.shareArn === arn &&
        invitation.receiverId === accountId &&
        invitation.status === 'PENDING' &&
        !this.isExpired(invitation),
    );
  }

  /** Makes the changes, and deletes what ended long ago. @throws StateError (rejects) */
  async commit(changes: readonly StateChange[]): Promise<void> {
    const changed = new Set(changes.map(({ key }) => key));
    const ended = this.#endedLongAgo().filter(({ key }) => !changed.has(key));
    this.#sharesOf = undefined;
    try {
      await this.#state.commit([...ended, ...changes]);
    } catch (error) {
      this.#sharesOf = undefined;
      throw error;
    }
  }

  /** Resolves when everything that is visible now is durable. @throws StateError (rejects) */
  settled(): Promise<void> {
    return this.#state.settled();
  }

  /** @param association of a principal that the account is, or is in */
  #reaches(share: ResourceShare, association: Association | undefined, accountId: string): boolean {
    return association !== undefined && share.ownerId !== accountId && this.isInForce(share, association);
  }

  #keysOf(accountId: string): string[] {
    return principalKeys(accountId, this.organizations.membershipOf(accountId));
  }

  #organizationOf(accountId: string): string | undefined {
    return this.organizations.membershipOf(accountId)?.organization;
  }

  #endedLongAgo(): StateChange[] {
    const now = this.#now();
    const shares = [...this.shares.values()].filter(
      ({ status, updatedAt }) => status === 'DELETED' && now > updatedAt + SHOWN_AFTER_END_MS,
    );
    const gone = new Set(shares.map(({ arn }) => arn));
    const invitations = [...this.invitations.values()].filter(
      ({ shareArn, status, invitedAt }) =>
        gone.has(shareArn) ||
        (status !== 'ACCEPTED' && now > invitedAt + INVITATION_LIFE_MS + SHOWN_AFTER_END_MS),
    );
    return [
      ...shares.map(({ arn }) => ({ table: RESOURCE_SHARES, key: arn, value: undefined })),
      ...invitations.map(({ arn }) => ({ table: INVITATIONS, key: arn, value: undefined })),
      ...this.tokens.forgetExpired(now),
    ];
  }
}

/** The associations without those that ended long ago. */
export function withoutEnded(associations: readonly Association[], now: number): Association[] {
  return associations.filter(
    ({ status, updatedAt }) => status !== 'DISASSOCIATED' || now <= updatedAt + SHOWN_AFTER_END_MS,
  );
}

function indexOf(shares: Iterable<ResourceShare>): Map<string, IndexedShare[]> {
  const index = new Map<string, IndexedShare[]>();
  for (const share of shares) {
    const own = share.associations.filter(({ type }) => type === 'PRINCIPAL');
    const indexed = { share, principals: new Map(own.map((one) => [entityKey(one.entity), one])) };
    for (const { entity } of associatedResources(share)) {
      const before = index.get(entity);
      if (before === undefined) index.set(entity, [indexed]);
      else before.push(indexed);
    }
  }
  return index;
}
