/** What Delete and Describe actions of every kind have in common. */

import { type Fields, readFilters } from './describe-filters.js';
import type { Ec2Call } from './ec2-call.js';
import { Ec2Error } from './ec2-error.js';
import { type Entry, type Kind, notFound, type ResourceKinds } from './kinds.js';
import { makePage, readPageRequest } from './pages.js';
import type { Structure } from './response.js';

/**
 * Deletes a resource of the caller.
 * @param parameter the name of the id in the request
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

/** @param sessionId of a session that uses it. @throws Ec2Error TrafficMirrorTargetInUse, TrafficMirrorFilterInUse */
export function requireUnused(what: 'Target' | 'Filter', id: string, sessionId: string | undefined): void {
  if (sessionId === undefined) return;
  throw new Ec2Error(`TrafficMirror${what}InUse`, `Cannot delete ${id}. ${what} is in use by ${sessionId}`);
}

/** How a Describe action shows resources of a kind. */
interface Description<K extends Kind> {
  readonly kind: K;
  /** The list of ids in the request, without its numbers. */
  readonly idParameter: string;
  /** The element of the list in the response. */
  readonly name: string;
  readonly fields: Fields<Entry<ResourceKinds[K]>>;
  readonly contentOf: (entry: Entry<ResourceKinds[K]>) => Structure;
}

/**
 * Describes resources of a kind: those of the ids in the request, or all.
 * @throws Ec2Error `….NotFound` for an id that the caller cannot see, which is what waiting clients look for
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
    places: () => entries().map((item) => ({ item, position: [item.order] })),
    fits,
    contentOf,
  });
}

/** The resources of a kind that the caller sees now. */
export function visibleOf<K extends Kind>(call: Ec2Call, kind: K): Entry<ResourceKinds[K]>[] {
  return [...call.context.catalog.all(kind)].filter((entry) => call.sees(kind, entry));
}
