/** Creations, and the client tokens that make sure that a request which is sent again creates nothing again. */
import { digestOf, tokenKey } from '../client-tokens.js';
import type { StateChange } from '../service.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error, invalidValue } from './ec2-error.js';
import type { ClientTokenRecord } from './kinds.js';
import type { Structure } from './response.js';

const TOKEN = /^[\x20-\x7e]{1,64}$/;

/** They say how a request is made, not what it asks for. */
const OUTSIDE_DIGEST = ['ClientToken', 'Action', 'Version', 'DryRun'];

/** How an action creates. */
interface Creator {
  /** Throws unless the caller may create it. Asked before anything is answered, also a second time. */
  readonly allow: () => void;
  /** Checks and describes the creation. It is not called for a request that was already answered. */
  readonly make: () => Creation;
  /** The response: the resource of the id as it is. Throws when it is no longer there. */
  readonly contentOf: (id: string) => Structure;
}

/** What an action creates. */
export interface Creation {
  /** The id of the resource. */
  readonly id: string;
  readonly changes: readonly StateChange[];
}

/**
 * Creates what `make` describes, or answers with what the same request created before, as it is now. Takes the last
 * of the call's parameters.
 * @throws Ec2Error IdempotentParameterMismatch, DryRunOperation, and what the creator throws
 */
export async function createOnce(call: Ec2Call, { allow, make, contentOf }: Creator): Promise<Structure> {
  const clientToken = readToken(call);
  call.finish();
  allow();
  const { store, tokens, now } = call.context;
  const digest = digestOf(call.parameters.sorted(OUTSIDE_DIGEST));
  const known = clientToken === undefined ? undefined : findRecord(call, clientToken, digest);
  if (known !== undefined) {
    // Digests of before were longer.
    if (!known.digest.startsWith(digest)) throw mismatch();
    call.endDryRun();
    const content = known.content ?? contentOf(known.id ?? '');
    await store.settled();
    return { ...content, clientToken };
  }
  const { id, changes } = make();
  call.endDryRun();
  const kept = clientToken === undefined ? [] : tokens.keep(keyOf(call, clientToken), digest, id, now());
  const done = store.commit([...kept, ...changes]);
  // As it was created: once others know of it, they may change it.
  const content = contentOf(id);
  await done;
  return { ...content, clientToken };
}

function readToken({ parameters }: Ec2Call): string | undefined {
  const token = parameters.text('ClientToken');
  if (token === undefined || TOKEN.test(token)) return token;
  throw invalidValue(token, 'clientToken', 'Expecting at most 64 ASCII characters');
}

/** The principal is part of it: nobody is answered with what somebody else has made. */
function keyOf({ accountId, principal, action }: Ec2Call, clientToken: string): string {
  return tokenKey(accountId, [principal.arn, action, clientToken]);
}

/**
 * Older versions kept no principal. For their records, the 24 hours that they last, being allowed to make the same
 * creation is enough: to create once more what a client only asks for again would be worse.
 */
function findRecord(call: Ec2Call, clientToken: string, digest: string): ClientTokenRecord | undefined {
  const { tokens, now } = call.context;
  const own = tokens.find(keyOf(call, clientToken), now());
  if (own !== undefined) return own;
  const old = tokens.find(`${call.accountId} ${call.action} ${clientToken}`, now());
  return old?.digest.startsWith(digest) ? old : undefined;
}

function mismatch(): Ec2Error {
  return new Ec2Error(
    'IdempotentParameterMismatch',
    'The request uses the same client token as a previous, but non-identical request.',
  );
}
