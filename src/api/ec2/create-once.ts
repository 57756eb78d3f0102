/** Creations, and the client tokens that make sure that a request which is sent again creates nothing again. */
import { digestOf, tokenKey } from '../client-tokens.js';
import type { StateChange } from '../service.js';
import type { Structure } from './answer.js';
import { createdContent } from './created-content.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error, invalidValue } from './ec2-error.js';
import type { ResourceType } from './kinds.js';
import type { ClientTokenRecord } from './records.js';

const TOKEN = /^[\x20-\x7e]{1,64}$/;
/** They say how a request is made, not what it asks for. */
const OUTSIDE_DIGEST = ['ClientToken', 'Action', 'Version', 'DryRun'];

interface Creation {
  /** Of what is created. */
  readonly id: string;
  readonly changes: readonly StateChange[];
}

/**
 * Creates what `make` describes, or answers with what the same request created before, as it is now. Takes the last
 * of the call's parameters.
 * @param allow throws unless the caller may create it; asked before anything is answered, also a second time
 * @param make checks and describes the creation; it is not called for a request that was already answered
 * @throws Ec2Error IdempotentParameterMismatch, DryRunOperation, `….NotFound` when what was created is no longer
 * there, and what `allow` and `make` throw
 */
export async function createOnce(
  call: Ec2Call,
  type: ResourceType,
  allow: () => void,
  make: () => Creation,
): Promise<Structure> {
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
    const content = contentOf(call, type, known);
    await store.settled();
    return { ...content, clientToken };
  }
  const { id, changes } = make();
  call.endDryRun();
  const kept = clientToken === undefined ? [] : tokens.keep(keyOf(call, clientToken), digest, id, now());
  const done = store.commit([...kept, ...changes]);
  // As it was created: once others know of it, they may change it.
  const content = createdContent(call, type, id);
  await done;
  return { ...content, clientToken };
}

function contentOf(call: Ec2Call, type: ResourceType, { id, content }: ClientTokenRecord): Structure {
  return content ?? createdContent(call, type, id ?? '');
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
