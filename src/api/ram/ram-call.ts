/** One call of Resource Access Manager: who asks, what for, and what it may change. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { ApiCall, Authorize, StateChange, TargetDirectory } from '../service.js';
import { readInput } from './input.js';
import { RamError } from './ram-error.js';
import {
  INVITATIONS,
  type Invitation,
  RAM_CLIENT_TOKENS,
  type RamClientToken,
  RESOURCE_SHARES,
  type ResourceShare,
} from './records.js';
import type { ResourceShares } from './resource-shares.js';

/** What every call works on. */
export interface RamContext {
  readonly shares: ResourceShares;
  readonly targets: TargetDirectory;
  readonly authorize: Authorize;
  /** Whether the daemon has such an account. */
  readonly hasAccount: (accountId: string) => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What an action answers, and what it changes first. */
export interface Outcome {
  readonly answer: Readonly<Record<string, unknown>>;
  readonly changes: readonly StateChange[];
}

const CLIENT_TOKEN_LIFE_MS = 24 * 60 * 60 * 1000;

export class RamCall {
  readonly context: RamContext;
  readonly now: number;
  readonly #call: ApiCall;

  constructor(call: ApiCall, context: RamContext) {
    this.#call = call;
    this.context = context;
    this.now = context.now();
  }

  get region(): string {
    return this.#call.region;
  }

  get accountId(): string {
    return this.#call.principal.accountId;
  }

  /** @throws RamError InvalidParameterException, MalformedArnException */
  read<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
    const { input } = this.#call;
    if (input.format !== 'json') return readInput(schema, undefined);
    // The one action without a body has its parameters in the query string.
    return readInput(schema, input.query.size > 0 ? Object.fromEntries(input.query) : input.body);
  }

  /** @throws RamError AccessDeniedException */
  allow(resourceArn = '*', conditions: Readonly<Record<string, string | readonly string[]>> = {}): void {
    const { action, principal, region } = this.#call;
    const decision = this.context.authorize(principal, `ram:${action}`, resourceArn, {
      'aws:RequestedRegion': region,
      ...this.#resourceTags(resourceArn),
      ...conditions,
    });
    if (decision === 'allow') return;
    const reason =
      decision === 'explicit-deny'
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ram:${action} action`;
    throw new RamError(
      'AccessDeniedException',
      `User: ${principal.arn} is not authorized to perform: ram:${action} on resource: ${resourceArn} ${reason}`,
    );
  }

  /** A share that the caller owns, or that is, or is to be, with it. */
  visibleShare(arn: string): ResourceShare | undefined {
    const share = this.context.shares.shares.get(arn);
    const isAssociated = share?.associations.some(
      ({ entity, status }) => entity === this.accountId && status !== 'DISASSOCIATED',
    );
    return share?.ownerId === this.accountId || isAssociated ? share : undefined;
  }

  #resourceTags(shareArn: string): Record<string, string> {
    const tags = Object.entries(this.visibleShare(shareArn)?.tags ?? {});
    return Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
  }

  /**
   * Does once what is asked with the same client token.
   * @throws RamError IdempotentParameterMismatchException; StateError (rejects)
   */
  async once<Input extends { readonly clientToken?: string | undefined }>(
    { clientToken, ...input }: Input,
    make: () => Outcome,
  ): Promise<Outcome['answer']> {
    const { shares } = this.context;
    const key = `${this.#call.principal.arn}/${this.#call.action}/${clientToken}`;
    const digest = createHash('sha256').update(JSON.stringify(input)).digest('hex');
    const known = clientToken === undefined ? undefined : this.#findToken(key, clientToken, digest);
    if (known !== undefined && known.expiresAt > this.now) {
      if (known.digest !== digest) {
        throw new RamError(
          'IdempotentParameterMismatchException',
          'The request uses the same client token as a previous, but non-identical request.',
        );
      }
      await shares.settled();
      return known.answer as Outcome['answer'];
    }
    const { answer: content, changes } = make();
    const answer = clientToken === undefined ? content : { ...content, clientToken };
    const record = { digest, expiresAt: this.now + CLIENT_TOKEN_LIFE_MS, answer };
    const token = clientToken === undefined ? [] : [{ table: RAM_CLIENT_TOKENS, key, value: record }];
    await shares.commit([...changes, ...token]);
    return answer;
  }

  /** Older versions kept no principal: their records answer whoever is allowed to ask for the same. */
  #findToken(key: string, clientToken: string, digest: string): RamClientToken | undefined {
    const { clientTokens } = this.context.shares;
    const own = clientTokens.get(key);
    if (own !== undefined) return own;
    const old = clientTokens.get(`${this.accountId}/${this.#call.action}/${clientToken}`);
    return old?.digest === digest ? old : undefined;
  }
}

export function putShare(share: ResourceShare): StateChange {
  return { table: RESOURCE_SHARES, key: share.arn, value: share };
}

export function putInvitation(invitation: Invitation): StateChange {
  return { table: INVITATIONS, key: invitation.arn, value: invitation };
}

export function dropInvitation({ arn }: Invitation): StateChange {
  return { table: INVITATIONS, key: arn, value: undefined };
}
