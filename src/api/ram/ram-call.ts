/** A call of Resource Access Manager: its input, and what its caller may see and do. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { accessDenied } from '../authorization/authorize.js';
import { tokenKey } from '../client-tokens.js';
import type { ApiCall, Authorize, StateChange, TargetDirectory } from '../service.js';
import type { WorkQueue } from '../work-queue.js';
import { readInput } from './input.js';
import { RamError } from './ram-error.js';
import {
  type Content,
  INVITATIONS,
  type Invitation,
  type RamClientToken,
  RESOURCE_SHARES,
  type ResourceShare,
} from './records.js';
import type { ResourceShares } from './resource-shares.js';

/** What calls read and change. */
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

/** What an action changes. */
export interface Outcome {
  /** The ARN of the share or invitation. */
  readonly arn: string;
  readonly changes: readonly StateChange[];
}

/** Half of a SHA-256 digest in hex. */
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

  /** The input of the call. @throws RamError InvalidParameterException, MalformedArnException */
  read<Schema extends z.ZodType>(schema: Schema): z.output<Schema> {
    const { input } = this.#call;
    if (input.format !== 'json') return readInput(schema, undefined);
    // DeleteResourceShare has no body, but a query string.
    return readInput(schema, input.query.size > 0 ? Object.fromEntries(input.query) : input.body);
  }

  /** Asks for permission. @throws RamError AccessDeniedException */
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

  /** A share, if the caller owns it, is invited to it, or has it, by itself or by its organization. */
  visibleShare(arn: string): ResourceShare | undefined {
    const { shares } = this.context;
    const share = shares.shares.get(arn);
    if (share === undefined || share.ownerId === this.accountId) return share;
    const isInvited = share.associations.some(
      ({ entity, status }) => entity === this.accountId && status === 'ASSOCIATING',
    );
    return isInvited || shares.isFor(share, this.accountId) ? share : undefined;
  }

  #resourceTags(shareArn: string): Record<string, string> {
    const tags = Object.entries(this.visibleShare(shareArn)?.tags ?? {});
    return Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
  }

  /**
   * Makes a change. A request that is sent again with its client token changes nothing: the response shows the share or
   * invitation as it is now.
   * @param make checks the request and makes the changes; not called for a request that is sent again
   * @throws RamError IdempotentParameterMismatchException, and what `make` and `contentOf` throw; StateError (rejects)
   */
  async once<Input extends { readonly clientToken?: string | undefined }>(
    { clientToken, ...input }: Input,
    make: () => Outcome,
    contentOf: (arn: string) => Content,
  ): Promise<Content> {
    const { shares } = this.context;
    const digest = createHash('sha256')
      .update(JSON.stringify(input))
      .digest('hex')
      .slice(0, DIGEST_CHARACTERS);
    const known = clientToken === undefined ? undefined : this.#findToken(clientToken, digest);
    if (known !== undefined) {
      // Older versions kept longer digests.
      if (!known.digest.startsWith(digest)) throw mismatch();
      const content = (known.answer as Content | undefined) ?? contentOf(known.id ?? '');
      await shares.settled();
      return { ...content, clientToken };
    }
    const { arn, changes } = make();
    const kept =
      clientToken === undefined ? [] : shares.tokens.keep(this.#keyOf(clientToken), digest, arn, this.now);
    const done = shares.commit([...kept, ...changes]);
    // Rendered before the wait: others may change the share once they see it.
    const content = contentOf(arn);
    await done;
    return clientToken === undefined ? content : { ...content, clientToken };
  }

  /** The key holds the principal, so that nobody gets the response of somebody else. */
  #keyOf(clientToken: string): string {
    const { principal, action } = this.#call;
    return tokenKey(this.accountId, [principal.arn, action, clientToken]);
  }

  /**
   * Records of older versions have no principal in their key. They answer every caller who may make the same request.
   */
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
