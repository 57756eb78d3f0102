/** Shared parts of the Create, Delete and Describe actions. */
import { digestOf, tokenKey } from '../client-tokens.js';
import type { StateChange } from '../service.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error, invalidValue } from './ec2-error.js';
import { type ClientTokenRecord, type Entry, type Kind, notFound, type ResourceKinds } from './kinds.js';
import { type Fields, makePage, readFilters, readPageRequest } from './lists.js';
import type { Structure } from './response.js';

const TOKEN = /^[\x20-\x7e]{1,64}$/;

/** Parameters that say how a request is made, not what it asks for. */
const OUTSIDE_DIGEST = ['ClientToken', 'Action', 'Version', 'DryRun'];

/** How an action creates. */
interface Creator {
  /** Throws unless the caller may create it. Called for every request, also for one that is sent again. */
  readonly allow: () => void;
  /** Checks the request and makes the changes. Not called for a request that is sent again. */
  readonly make: () => Creation;
  /** The response: the resource of the id as it is now. Throws when it is no longer there. */
  readonly contentOf: (id: string) => Structure;
}

/** A new resource: its id, and the changes that store it. */
export interface Creation {
  /** The id of the resource. */
  readonly id: string;
  readonly changes: readonly StateChange[];
}

/** How a Describe action shows resources of a kind. */
interface Description<K extends Kind> {
  readonly kind: K;
  /** The name of the list of ids in the request, without its index. */
  readonly idParameter: string;
  /** The name of the list in the response. */
  readonly name: string;
  readonly fields: Fields<Entry<ResourceKinds[K]>>;
  readonly contentOf: (entry: Entry<ResourceKinds[K]>) => Structure;
}

/**
 * Creates a resource. A request that is sent again with its client token creates nothing: the response shows the
 * resource that the first one created, as it is now. Reads the last parameters of the call.
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
    // Older versions kept longer digests.
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
  // Rendered before the wait: others may change the resource once they see it.
  const content = contentOf(id);
  await done;
  return { ...content, clientToken };
}

/**
 * Deletes a resource of the caller.
 * @param parameter the name of the request's parameter with the id
 * @param requireDeletable throws when something still uses it
 */
export async function deleteResource(
  call: Ec2Call,
  kind: Kind,
  parameter: string,
  requireDeletable: (id: string) => void,
): Promise<Structure> {
  const id = call.parameters.requiredText(parameter);
  call.finish();
  call.requireOwn(kind, id);
  requireDeletable(id);
  call.endDryRun();
  await call.context.store.commit([{ table: kind, key: id, value: undefined }]);
  return { [parameter.charAt(0).toLowerCase() + parameter.slice(1)]: id };
}

/** @param sessionId a session that uses the resource, if any. @throws Ec2Error TrafficMirror…InUse when there is one */
export function requireUnused(what: 'Target' | 'Filter', id: string, sessionId: string | undefined): void {
  if (sessionId === undefined) return;
  throw new Ec2Error(`TrafficMirror${what}InUse`, `Cannot delete ${id}. ${what} is in use by ${sessionId}`);
}

/**
 * Describes resources of a kind: those with the ids in the request, or all.
 * @throws Ec2Error `….NotFound` for an id that the caller cannot see; the waiters of clients depend on it
 */
export async function describe<K extends Kind>(
  call: Ec2Call,
  { kind, idParameter, name, fields, contentOf }: Description<K>,
): Promise<Structure> {
  const ids = [...new Set(call.parameters.texts(idParameter))];
  const fits = readFilters(call.parameters, fields, ({ resource }) => resource.tags);
  const page = readPageRequest(call);
  call.finish();
  call.allowAction();
  const find = (id: string): Entry<ResourceKinds[K]> => {
    const entry = call.visible(kind, id);
    if (entry === undefined) throw notFound(kind, id);
    return entry;
  };
  ids.forEach(find);
  call.endDryRun();
  const entries = (): Entry<ResourceKinds[K]>[] =>
    ids.length === 0 ? visibleOf(call, kind) : ids.map(find).sort((a, b) => a.order - b.order);
  return makePage(call, page, {
    name,
    items: () => entries().map((item) => ({ item, position: [item.order] })),
    fits,
    contentOf,
  });
}

/** The resources of a kind that the caller sees now. */
export function visibleOf<K extends Kind>(call: Ec2Call, kind: K): Entry<ResourceKinds[K]>[] {
  return [...call.context.catalog.all(kind)].filter((entry) => call.sees(kind, entry));
}

function readToken({ parameters }: Ec2Call): string | undefined {
  const token = parameters.text('ClientToken');
  if (token === undefined || TOKEN.test(token)) return token;
  throw invalidValue(token, 'clientToken', 'Expecting at most 64 ASCII characters');
}

/** The key holds the principal, so that nobody gets the response of somebody else. */
function keyOf({ accountId, principal, action }: Ec2Call, clientToken: string): string {
  return tokenKey(accountId, [principal.arn, action, clientToken]);
}

/**
 * Finds the record of a client token. Records of older versions have no principal in their key. For the 24 hours that
 * they last they answer every caller who may create the same: creating the resource twice would be worse.
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
