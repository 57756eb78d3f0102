/** The resource shares of all accounts, and what follows from them: who may use whose targets. */
import { ClientTokens } from '../client-tokens.js';
import type { DurableState, StateChange, TargetShares } from '../service.js';
import {
  type Association,
  INVITATIONS,
  type Invitation,
  RAM_CLIENT_TOKENS,
  type RamClientToken,
  RESOURCE_SHARES,
  type ResourceShare,
} from './records.js';

/** How long what is over is still shown. */
const AFTERLIFE_MS = 60 * 60 * 1000;
/** An invitation that nobody answers. */
const INVITATION_LIFE_MS = 12 * 60 * 60 * 1000;

export class ResourceShares implements TargetShares {
  readonly #state: DurableState;
  readonly #now: () => number;
  readonly tokens: ClientTokens<RamClientToken>;
  /** The accounts of each share that a target is in, by the target's ARN; undefined: to be made of the shares. */
  #sharedWith: ReadonlyMap<string, readonly ReadonlySet<string>[]> | undefined;

  /** @param onForgotten told of an account whose client tokens are forgotten before their time */
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

  /** Makes the changes, and takes away what need not be shown any more. @throws StateError (rejects) */
  async commit(changes: readonly StateChange[]): Promise<void> {
    const changed = new Set(changes.map(({ key }) => key));
    const over = this.#over().filter(({ key }) => !changed.has(key));
    this.#sharedWith = undefined;
    try {
      await this.#state.commit([...over, ...changes]);
    } catch (error) {
      this.#sharedWith = undefined;
      throw error;
    }
  }

  /** Resolves when all that can be seen is durable. @throws StateError (rejects) */
  settled(): Promise<void> {
    return this.#state.settled();
  }

  #over(): StateChange[] {
    const now = this.#now();
    const shares = [...this.shares.values()].filter(
      ({ status, updatedAt }) => status === 'DELETED' && now > updatedAt + AFTERLIFE_MS,
    );
    const gone = new Set(shares.map(({ arn }) => arn));
    const invitations = [...this.invitations.values()].filter(
      ({ shareArn, status, invitedAt }) =>
        gone.has(shareArn) || (status !== 'ACCEPTED' && now > invitedAt + INVITATION_LIFE_MS + AFTERLIFE_MS),
    );
    return [
      ...shares.map(({ arn }) => ({ table: RESOURCE_SHARES, key: arn, value: undefined })),
      ...invitations.map(({ arn }) => ({ table: INVITATIONS, key: arn, value: undefined })),
      ...this.tokens.forgetExpired(now),
    ];
  }
}

/** Those of a share that count. */
export function associated(share: ResourceShare, type: Association['type']): Association[] {
  if (share.status !== 'ACTIVE') return [];
  return share.associations.filter(
    (association) => association.type === type && association.status === 'ASSOCIATED',
  );
}

/** Associations that ended long ago, too, need not be shown. */
export function withoutOver(associations: readonly Association[], now: number): Association[] {
  return associations.filter(
    ({ status, updatedAt }) => status !== 'DISASSOCIATED' || now <= updatedAt + AFTERLIFE_MS,
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
