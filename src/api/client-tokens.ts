/**
 * Client tokens: the request that was made with each token, and its result, so that a request that is sent again
 * changes nothing. A token is kept for a day. An account with too many tokens loses the oldest ones sooner.
 */
import { createHash } from 'node:crypto';
import type { DurableState, StateChange } from './service.js';

const TOKEN_LIFE_MS = 24 * 3600 * 1000;
/** Tokens of an account. Clients send a new one with every creation. */
const MAXIMUM_TOKENS = 100_000;
/** The most old tokens that are forgotten with a new one. */
const FORGOTTEN_AT_ONCE = 10;
/** Half of a SHA-256 digest in base64url. */
const DIGEST_CHARACTERS = 22;
const ACCOUNT_DIGITS = 12;
/** Forgotten tokens that an order holds before it is made anew. */
const SLACK = 1000;

/** The record of a request that was done. A response to the same request is made from the resource. */
export interface TokenRecord {
  /** Digest of the request. */
  readonly digest: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** Id of the resource. Records of older versions hold the whole response instead. */
  readonly id?: string;
}

export interface ClientTokensOptions {
  readonly state: DurableState;
  readonly table: string;
  /** Called once for each account whose tokens are forgotten before their time. */
  readonly onForgotten: (accountId: string) => void;
  readonly maximum?: number;
}

/** The key of a token. @param parts the token, and what else distinguishes it from others of the account */
export function tokenKey(accountId: string, parts: readonly string[]): string {
  return `${accountId} ${digestOf(parts)}`;
}

/** Digest of a JSON value. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, DIGEST_CHARACTERS);
}

export class ClientTokens<Kept extends TokenRecord> {
  readonly #options: ClientTokensOptions;
  readonly #all: TokenOrder<Kept>;
  readonly #ofAccount = new Map<string, TokenOrder<Kept>>();
  readonly #reported = new Set<string>();

  constructor(options: ClientTokensOptions) {
    this.#options = options;
    this.#all = this.#newOrder();
    for (const [key, kept] of this.#table) this.#update(key, undefined, kept);
    options.state.watch((table, key, before, after) => {
      if (table === options.table) this.#update(key, before as Kept | undefined, after as Kept | undefined);
    });
  }

  /** The record of a key, if it has not expired. @param now milliseconds since 1970 */
  find(key: string, now: number): Kept | undefined {
    const kept = this.#table.get(key);
    return kept !== undefined && kept.expiresAt > now ? kept : undefined;
  }

  /** The changes that keep a token and forget old ones. */
  keep(key: string, digest: string, id: string, now: number): StateChange[] {
    const { table } = this.#options;
    const value: TokenRecord = { digest, expiresAt: now + TOKEN_LIFE_MS, id };
    return [...this.#forgetOverBound(accountOf(key), now), ...this.forgetExpired(now), { table, key, value }];
  }

  /** The changes that forget what has expired, a few at a time. */
  forgetExpired(now: number): StateChange[] {
    return this.#dropped(this.#all.oldest(FORGOTTEN_AT_ONCE, ({ expiresAt }) => expiresAt <= now));
  }

  /** The changes that make room for one more. */
  #forgetOverBound(accountId: string, now: number): StateChange[] {
    const { maximum = MAXIMUM_TOKENS } = this.#options;
    const order = this.#orderOf(accountId);
    const tooMany = Math.min(order.count + 1 - maximum, FORGOTTEN_AT_ONCE);
    const oldest = order.oldest(tooMany, () => true);
    if (oldest.some(([, { expiresAt }]) => expiresAt > now)) this.#reportForgotten(accountId);
    return this.#dropped(oldest);
  }

  #dropped(tokens: readonly Token<Kept>[]): StateChange[] {
    return tokens.map(([key]) => ({ table: this.#options.table, key, value: undefined }));
  }

  get #table(): ReadonlyMap<string, Kept> {
    return this.#options.state.table(this.#options.table);
  }

  #reportForgotten(accountId: string): void {
    if (this.#reported.has(accountId)) return;
    this.#reported.add(accountId);
    this.#options.onForgotten(accountId);
  }

  /** A token that comes back because a change was undone becomes the newest. */
  #update(key: string, before: Kept | undefined, after: Kept | undefined): void {
    for (const order of [this.#all, this.#orderOf(accountOf(key))]) {
      if (before !== undefined) order.count -= 1;
      if (after !== undefined) order.add([key, after]);
    }
  }

  #orderOf(accountId: string): TokenOrder<Kept> {
    const order = this.#ofAccount.get(accountId) ?? this.#newOrder();
    this.#ofAccount.set(accountId, order);
    return order;
  }

  #newOrder(): TokenOrder<Kept> {
    return new TokenOrder(([key, kept]) => this.#table.get(key) === kept);
  }
}

type Token<Kept> = readonly [key: string, kept: Kept];

/**
 * Tokens in the order in which they came, which is also the order in which they expire. Forgotten ones are dropped when
 * they are the oldest, or too many.
 */
class TokenOrder<Kept> {
  /** Number of tokens that are kept. */
  count = 0;
  readonly #isKept: (token: Token<Kept>) => boolean;
  #tokens: Token<Kept>[] = [];
  /** Index of the first that may be kept. */
  #start = 0;

  constructor(isKept: (token: Token<Kept>) => boolean) {
    this.#isKept = isKept;
  }

  add(token: Token<Kept>): void {
    this.count += 1;
    this.#tokens.push(token);
    if (this.#tokens.length <= 2 * this.count + SLACK) return;
    this.#tokens = this.#tokens.slice(this.#start).filter(this.#isKept);
    this.#start = 0;
  }

  /** The oldest tokens that are kept, up to the first that does not fit. */
  oldest(count: number, fits: (kept: Kept) => boolean): Token<Kept>[] {
    const found: Token<Kept>[] = [];
    for (let at = this.#start; at < this.#tokens.length && found.length < count; at++) {
      const token = this.#tokens[at] as Token<Kept>;
      if (this.#isKept(token)) {
        if (!fits(token[1])) break;
        found.push(token);
      } else if (at === this.#start) this.#start += 1;
    }
    return found;
  }
}

/** The account of a key, which begins with it. */
function accountOf(key: string): string {
  return key.slice(0, ACCOUNT_DIGITS);
}
