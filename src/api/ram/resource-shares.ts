/** The resource shares of all accounts, which decide who may use whose targets. */
import { ClientTokens } from '../client-tokens.js';
import type { DurableState, StateChange, TargetShares } from '../service.js';
import {
  type Association,
  associated,
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

export class ResourceShares implements TargetShares {
  readonly #state: DurableState;
  readonly #now: () => number;
  readonly tokens: ClientTokens<RamClientToken>;
  /** By the ARN of a target, the accounts of each share that it is in. Undefined: shares have changed since. */
  #sharedWith: ReadonlyMap<string, readonly ReadonlySet<string>[]> | undefined;

  /** @param onForgotten called with an account whose client tokens are forgotten before their time */
  constructor(state: DurableState, now: () => number, onForgotten: (accountId: string) => void) {
    this.#state = state;
    this.#now = now;
    this.tokens = new ClientTokens({ state, table: RAM_CLIENT_TOKENS, onForgotten });
  }

  get shares(): ReadonlyMap<string, ResourceShare> {
    return this.#state.table(RESOURCE_SHARES);
  }

  get invitations(): ReadonlyMap<string, Invitation> {
    return this.#state.table(INVITATIONS);
  }

  isSharedWith(targetArn: string, accountId: string): boolean {
    this.#sharedWith ??= indexOf(this.shares.values());
    return this.#sharedWith.get(targetArn)?.some((accounts) => accounts.has(accountId)) ?? false;
  }

  isExpired({ status, invitedAt }: Invitation): boolean {
    return status === 'PENDING' && this.#now() >= invitedAt + INVITATION_LIFE_MS;
  }

  /** Makes the changes, and deletes what ended long ago. @throws StateError (rejects) */
  async commit(changes: readonly StateChange[]): Promise<void> {
    const changed = new Set(changes.map(({ key }) => key));
    const ended = this.#endedLongAgo().filter(({ key }) => !changed.has(key));
    this.#sharedWith = undefined;
    try {
      await this.#state.commit([...ended, ...changes]);
    } catch (error) {
      this.#sharedWith = undefined;
      throw error;
    }
  }

  /** Resolves when everything that is visible now is durable. @throws StateError (rejects) */
  settled(): Promise<void> {
    return this.#state.settled();
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

function indexOf(shares: Iterable<ResourceShare>): Map<string, ReadonlySet<string>[]> {
  const index = new Map<string, ReadonlySet<string>[]>();
  for (const share of shares) {
    const accounts = new Set(associated(share, 'PRINCIPAL').map(({ entity }) => entity));
    for (const { entity } of associated(share, 'RESOURCE')) {
      const before = index.get(entity);
      if (before === undefined) index.set(entity, [accounts]);
      else before.push(accounts);
    }
  }
  return index;
}
