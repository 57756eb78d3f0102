/** One call of Resource Access Manager: who asks, what for, and what it may change. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { accessDenied } from '../authorization/authorize.js';
import { tokenKey } from '../client-tokens.js';
import type { ApiCall, Authorize, StateChange, TargetDirectory } from '../service.js';
import type { WorkQueue } from '../work-queue.js';
import { readInput } from './input.js';
import { RamError } from './ram-error.js';
import {
  INVITATIONS,
  type Invitation,
  type RamClientToken,
  RESOURCE_SHARES,
  type ResourceShare,
} from './records.js';
import type { ResourceShares } from './resource-shares.js';

/** What every call works on. */
export interface RamContext {
  readonly shares: ResourceShares;
  readonly work: WorkQueue;
  readonly targets: TargetDirectory;
  readonly authorize: Authorize;
  /** Whether the daemon has such an account. */
  readonly hasAccount: (accountId: string) => boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export type Answer = Readonly<Record<string, unknown>>;

/** What an action changes. */
export interface Outcome {
  /** The ARN of what it is about. */
  readonly arn: string;
  readonly changes: readonly StateChange[];
}

/** Of 256 bits in hex, half. */
const DIGEST_CHARACTERS = 32;

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
    throw new RamError(
      'AccessDeniedException',
      accessDenied(principal, `ram:${action}`, resourceArn, decision),
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
   * Does once what is asked with the same client token, and answers with what it is about, as it is now.
   * @param make checks and describes what is to be changed; not called for what is done already
   * @throws RamError IdempotentParameterMismatchException, and what `make` and `answerOf` throw; StateError (rejects)
   */
  async once<Input extends { readonly clientToken?: string | undefined }>(
    { clientToken, ...input }: Input,
    make: () => Outcome,
    answerOf: (arn: string) => Answer,
  ): Promise<Answer> {
    const { shares } = this.context;
    const digest = createHash('sha256')
      .update(JSON.stringify(input))
      .digest('hex')
      .slice(0, DIGEST_CHARACTERS);
    const known = clientToken === undefined ? undefined : this.#findToken(clientToken, digest);
    if (known !== undefined) {
      // Digests of before were longer.
      if (!known.digest.startsWith(digest)) throw mismatch();
      const answer = (known.answer as Answer | undefined) ?? answerOf(known.id ?? '');
      await shares.settled();
      return { ...answer, clientToken };
    }
    const { arn, changes } = make();
    const kept =
      clientToken === undefined ? [] : shares.tokens.keep(this.#keyOf(clientToken), digest, arn, this.now);
    const done = shares.commit([...kept, ...changes]);
    // As it was left: once others know of it, they may change it.
    const answer = answerOf(arn);
    await done;
    return clientToken === undefined ? answer : { ...answer, clientToken };
  }

  /** The principal is part of it: nobody is answered with what somebody else has made. */
  #keyOf(clientToken: string): string {
    const { principal, action } = this.#call;
    return tokenKey(this.accountId, [principal.arn, action, clientToken]);
  }

  /** Older versions kept no principal: their records answer whoever is allowed to ask for the same. */
  #findToken(clientToken: string, digest: string): RamClientToken | undefined {
    const { tokens } = this.context.shares;
    const own = tokens.find(this.#keyOf(clientToken), this.now);
    if (own !== undefined) return own;
    const old = tokens.find(`${this.accountId}/${this.#call.action}/${clientToken}`, this.now);
    return old?.digest.startsWith(digest) ? old : undefined;
  }
}

function mismatch(): RamError {
  return new RamError(
    'IdempotentParameterMismatchException',
    'The request uses the same client token as a previous, but non-identical request.',
  );
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
