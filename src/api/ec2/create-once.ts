/** Creations, and the client tokens that make sure that a request which is sent again creates nothing again. */
import { createHash } from 'node:crypto';
import type { StateChange } from '../service.js';
import type { Structure } from './answer.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error, invalidValue } from './ec2-error.js';
import { CLIENT_TOKENS, type ClientTokenRecord } from './records.js';

const TOKEN_LIFE_MS = 24 * 3600 * 1000;
const TOKEN = /^[\x20-\x7e]{1,64}$/;
/** Expired tokens go with new ones, a few at a time. */
const FORGOTTEN_AT_ONCE = 10;
/** They say how a request is made, not what it asks for. */
const OUTSIDE_DIGEST = ['ClientToken', 'Action', 'Version', 'DryRun'];

interface Creation {
  readonly changes: readonly StateChange[];
  readonly content: Structure;
}

/**
 * Creates what `make` describes, or answers as it was answered to the same request before. Takes the last of the
 * call's parameters.
 * @param allow throws unless the caller may create it; asked before anything is answered, also a second time
 * @param make checks and describes the creation; it is not called for a request that was already answered
 * @throws Ec2Error IdempotentParameterMismatch, DryRunOperation, and what `allow` and `make` throw
 */
export async function createOnce(call: Ec2Call, allow: () => void, make: () => Creation): Promise<Structure> {
  const clientToken = readToken(call);
  call.finish();
  allow();
  const { store, now } = call.context;
  const key = tokenKey(call, clientToken);
  const digest = digestOf(call);
  const known = findRecord(call, clientToken, digest);
  if (clientToken !== undefined && known !== undefined && known.expiresAt > now()) {
    if (known.digest !== digest) throw mismatch();
    call.endDryRun();
    await store.settled();
    return { ...known.content, clientToken };
  }
  const { changes, content } = make();
  call.endDryRun();
  const record: ClientTokenRecord = { digest, expiresAt: now() + TOKEN_LIFE_MS, content };
  const remembered = clientToken === undefined ? [] : [{ table: CLIENT_TOKENS, key, value: record }];
  await store.commit([...expired(call), ...changes, ...remembered]);
  return { ...content, clientToken };
}

function readToken({ parameters }: Ec2Call): string | undefined {
  const token = parameters.text('ClientToken');
  if (token === undefined || TOKEN.test(token)) return token;
  throw invalidValue(token, 'clientToken', 'Expecting at most 64 ASCII characters');
}

/** The principal is part of it: nobody is answered with what somebody else has made. */
function tokenKey({ principal, action }: Ec2Call, token: string | undefined): string {
  return `${principal.arn} ${action} ${token}`;
}

/**
 * Older versions kept no principal. For their records, the 24 hours that they last, being allowed to make the same
 * creation is enough: to create once more what a client only asks for again would be worse.
 */
function findRecord(call: Ec2Call, token: string | undefined, digest: string): ClientTokenRecord | undefined {
  const records = call.context.store.table<ClientTokenRecord>(CLIENT_TOKENS);
  const own = records.get(tokenKey(call, token));
  if (own !== undefined) return own;
  const old = records.get(`${call.accountId} ${call.action} ${token}`);
  return old?.digest === digest ? old : undefined;
}

function mismatch(): Ec2Error {
  return new Ec2Error(
    'IdempotentParameterMismatch',
    'The request uses the same client token as a previous, but non-identical request.',
  );
}

function digestOf({ parameters }: Ec2Call): string {
  const values = parameters.sorted(OUTSIDE_DIGEST);
  return createHash('sha256').update(JSON.stringify(values)).digest('base64url');
}

/** The table is in the order in which tokens came, which is that in which they expire. */
function expired({ context }: Ec2Call): StateChange[] {
  const changes: StateChange[] = [];
  for (const [key, { expiresAt }] of context.store.table<ClientTokenRecord>(CLIENT_TOKENS)) {
    if (expiresAt > context.now() || changes.length === FORGOTTEN_AT_ONCE) break;
    changes.push({ table: CLIENT_TOKENS, key, value: undefined });
  }
  return changes;
}
