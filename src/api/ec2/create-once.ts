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
 * @param make checks and describes the creation; it is not called for a request that was already answered
 * @throws Ec2Error IdempotentParameterMismatch, DryRunOperation, `….NotFound` when what was created is no longer
 * there, and what `make` throws
 */
export async function createOnce(
  call: Ec2Call,
  type: ResourceType,
  make: () => Creation,
): Promise<Structure> {
  const clientToken = readToken(call);
  call.finish();
  const { store, tokens, now } = call.context;
  const digest = digestOf(call.parameters.sorted(OUTSIDE_DIGEST));
  const known = clientToken === undefined ? undefined : tokens.find(keysOf(call, clientToken), now());
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
  const kept = clientToken === undefined ? [] : tokens.keep(keysOf(call, clientToken)[0], digest, id, now());
  const done = store.commit([...kept, ...changes]);
  // As it was created: once others know of it, they may change it.
  const content = createdContent(call, type, id);
  await done;
  return { ...content, clientToken };
}

/** What a token is kept under, and what it was kept under before. */
function keysOf({ accountId, action }: Ec2Call, clientToken: string): [key: string, before: string] {
  return [tokenKey(accountId, [action, clientToken]), `${accountId} ${action} ${clientToken}`];
}

function contentOf(call: Ec2Call, type: ResourceType, { id, content }: ClientTokenRecord): Structure {
  return content ?? createdContent(call, type, id ?? '');
}

function readToken({ parameters }: Ec2Call): string | undefined {
  const token = parameters.text('ClientToken');
  if (token === undefined || TOKEN.test(token)) return token;
  throw invalidValue(token, 'clientToken', 'Expecting at most 64 ASCII characters');
}

function mismatch(): Ec2Error {
  return new Ec2Error(
    'IdempotentParameterMismatch',
    'The request uses the same client token as a previous, but non-identical request.',
  );
}
