/** CreateTags, DeleteTags and DescribeTags. */
import { DIRECTIONS } from '../../plan/mirror-plan.js';
import { RULE_NUMBER_RANGE } from '../../resources/numbers.js';
import type { Tags } from '../../resources/tags.js';
import { rulesOf, withRules } from '../../resources/traffic-mirror-filter.js';
import { requestTagConditions } from '../authorization/condition.js';
import type { ConditionKeys, StateChange } from '../service.js';
import { allowRejection, type Slices } from '../work-queue.js';
import type { Actions, Ec2Call } from './ec2-call.js';
import { Ec2Error, missingParameter } from './ec2-error.js';
import { inventoryParts, requireNotInventory, type TaggedPart } from './inventory-tags.js';
import { type Entry, KINDS, type Kind, notFound, type ResourceKinds, typeName, typeOfId } from './kinds.js';
import { type Fields, makePage, type Positioned, readFilters, readPageRequest } from './lists.js';
import type { Structure } from './response.js';
import { type GivenTag, makeTags, readTags, readTagsToDelete, requireTagCount } from './values.js';

/** How often an edit is tried; the last attempt is a single slice. */
const MAXIMUM_ATTEMPTS = 3;

const DONE: Structure = { return: true };

interface TagRow {
  readonly key: string;
  readonly value: string;
  readonly resourceId: string;
  readonly resourceType: string;
}

type AnyEntry = Entry<ResourceKinds[Kind]>;

type Change = (tags: Tags) => Tags;

/** The condition keys of the request, for a resource that has these tags. */
type ConditionsOf = (before: Tags) => ConditionKeys;

const FIELDS: Fields<TagRow> = {
  key: ({ key }) => key,
  'resource-id': ({ resourceId }) => resourceId,
  'resource-type': ({ resourceType }) => resourceType,
  value: ({ value }) => value,
};

/** The actions of this file by name. */
export const TAG_ACTIONS = {
  CreateTags: createTags,
  DeleteTags: deleteTags,
  DescribeTags: describeTags,
} satisfies Actions;

/** Adds tags, and overwrites those whose key is there. */
async function createTags(call: Ec2Call): Promise<Structure> {
  const ids = readResourceIds(call);
  const tags = makeTags(readTags(call.parameters).map(({ key, value }) => [key, value ?? '']));
  if (Object.keys(tags).length === 0) throw missingParameter('Tag.1.Key');
  const conditions = requestTagConditions(Object.entries(tags));
  return editTags(
    call,
    ids,
    () => conditions,
    (before) => ({ ...before, ...tags }),
  );
}

/** Deletes tags. A tag that is named without a value is deleted with any value; without tags, all are deleted. */
async function deleteTags(call: Ec2Call): Promise<Structure> {
  const ids = readResourceIds(call);
  const given = readTagsToDelete(call.parameters);
  const conditions: ConditionsOf = (before) => requestTagConditions(tagsToJudge(before, given));
  return editTags(call, ids, conditions, (before) => (given.length === 0 ? {} : without(before, given)));
}

/** Lists the tags of the caller's own resources, and of the inventory that the caller sees. */
async function describeTags(call: Ec2Call): Promise<Structure> {
  const fits = readFilters(call.parameters, FIELDS, ({ key, value }) => Object.fromEntries([[key, value]]));
  const page = readPageRequest(call);
  call.finish();
  call.allowAction();
  call.endDryRun();
  const items = (): Generator<Positioned<TagRow> | undefined> =>
    allRows(ownEntries(call), inventoryParts(call.context.inventory.of(call)));
  return makePage(call, page, { name: 'tagSet', items, fits, contentOf });
}

async function editTags(
  call: Ec2Call,
  ids: readonly string[],
  conditions: ConditionsOf,
  change: Change,
): Promise<Structure> {
  call.finish();
  const { work, store } = call.context;
  const { done } = await work.run(call.principal.arn, async (slices) => {
    const editor = await edit(call, conditions, ids, change, slices);
    call.endDryRun();
    // Only the edit is work of the queue; the write to disk is not.
    return { done: allowRejection(store.commit(editor.changes)) };
  });
  await done;
  return DONE;
}

/** Edits in slices. Starts again when others have changed a resource meanwhile; the last attempt is one slice. */
async function edit(
  call: Ec2Call,
  conditions: ConditionsOf,
  ids: readonly string[],
  change: Change,
  slices: Slices,
): Promise<TagEditor> {
  for (let attempt = 1; ; attempt++) {
    const editor = new TagEditor(call, conditions);
    for (const id of ids) {
      if (slices.isOver && attempt < MAXIMUM_ATTEMPTS) await slices.next();
      editor.edit(id, change);
    }
    if (editor.isCurrent) return editor;
  }
}

/** Changes the tags of several resources in one step. */
class TagEditor {
  readonly #call: Ec2Call;
  readonly #conditions: ConditionsOf;
  /** By kind and id. A filter is edited once for itself and once for each of its rules. */
  readonly #changes = new Map<string, StateChange & { readonly value: Entry<ResourceKinds[Kind]> }>();
  /** The entries that the changes started from. */
  readonly #before: { readonly kind: Kind; readonly id: string; readonly entry: Entry<unknown> }[] = [];

  constructor(call: Ec2Call, conditions: ConditionsOf) {
    this.#call = call;
    this.#conditions = conditions;
  }

  get changes(): StateChange[] {
    return [...this.#changes.values()];
  }

  /** True while nobody else has changed any of the edited resources. */
  get isCurrent(): boolean {
    const { catalog } = this.#call.context;
    return this.#before.every(({ kind, id, entry }) => catalog.find(kind, id) === entry);
  }

  /** @throws Ec2Error UnauthorizedOperation, `….NotFound`, InvalidID, OperationNotPermitted, TagLimitExceeded */
  edit(id: string, change: Change): void {
    const rule = this.#call.visibleRule(id)?.rule;
    if (rule !== undefined) {
      this.#editRule(id, rule.tags, change);
      return;
    }
    const kind = KINDS.find((candidate) => this.#call.visible(candidate, id) !== undefined);
    if (kind === undefined) throw this.#unknown(id);
    this.#call.requireOwn(kind, id, this.#conditions(this.#call.find(kind, id).resource.tags));
    const entry = this.#latest(kind, id);
    this.#put(kind, id, {
      ...entry,
      resource: { ...entry.resource, tags: edited(entry.resource.tags, change) },
    });
  }

  #editRule(id: string, tags: Tags, change: Change): void {
    const { resource } = this.#call.requireOwnRule(id, this.#conditions(tags)).filter;
    const entry = this.#latest('filters', resource.trafficMirrorFilterId);
    const places = rulesOf(entry.resource).map((place) =>
      place.id === id ? { ...place, rule: { ...place.rule, tags: edited(place.rule.tags, change) } } : place,
    );
    this.#put('filters', resource.trafficMirrorFilterId, {
      ...entry,
      resource: withRules(entry.resource, places),
    });
  }

  /**
   * The error for an id that the caller cannot see, be it in another account or nowhere.
   * @throws Ec2Error UnauthorizedOperation
   */
  #unknown(id: string): Ec2Error {
    const type = typeOfId(id);
    const conditions = this.#conditions({});
    if (type === undefined) {
      this.#call.allowAction(conditions);
      requireNotInventory(this.#call, id);
      return new Ec2Error('InvalidID', `The ID '${id}' is not valid`);
    }
    this.#call.allowUse(type, id, conditions);
    return notFound(type, id);
  }

  #latest<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> {
    const changed = this.#changes.get(`${kind} ${id}`)?.value as Entry<ResourceKinds[K]> | undefined;
    if (changed !== undefined) return changed;
    const found = this.#call.visible(kind, id);
    if (found === undefined) throw notFound(kind, id);
    this.#before.push({ kind, id, entry: found });
    return found;
  }

  #put(kind: Kind, key: string, value: Entry<ResourceKinds[Kind]>): void {
    this.#changes.set(`${kind} ${key}`, { table: kind, key, value });
  }
}

function edited(tags: Tags, change: Change): Tags {
  const after = change(tags);
  requireTagCount(Object.keys(after).length);
  return after;
}

function readResourceIds({ parameters }: Ec2Call): string[] {
  const ids = parameters.texts('ResourceId');
  if (ids.length === 0) throw missingParameter('ResourceId.1');
  return [...new Set(ids)];
}

/**
 * The tags that a deletion is judged by: without a value the tag that is there, and without tags all that are there.
 * Otherwise a request that names less would pass a policy on a tag.
 */
function tagsToJudge(
  before: Tags,
  given: readonly GivenTag[],
): readonly (readonly [key: string, value: string])[] {
  if (given.length === 0) return Object.entries(before);
  const valueNow = (key: string): string => (Object.hasOwn(before, key) ? (before[key] ?? '') : '');
  return given.map(({ key, value }) => [key, value ?? valueNow(key)]);
}

function without(tags: Tags, given: readonly GivenTag[]): Tags {
  const isDeleted = ([key, value]: [string, string]): boolean =>
    given.some((tag) => tag.key === key && (tag.value === undefined || tag.value === value));
  return Object.fromEntries(Object.entries(tags).filter((pair) => !isDeleted(pair)));
}

function contentOf({ key, resourceId, resourceType, value }: TagRow): Structure {
  return { key, resourceId, resourceType, value };
}

/** The caller's own resources, by kind, as they are now. */
function ownEntries({ context, accountId }: Ec2Call): (readonly [kind: Kind, entries: AnyEntry[]])[] {
  return KINDS.map((kind) => [
    kind,
    [...context.catalog.all(kind)].filter(({ ownerId }) => ownerId === accountId),
  ]);
}

function* allRows(
  kinds: ReturnType<typeof ownEntries>,
  parts: readonly TaggedPart[],
): Generator<Positioned<TagRow> | undefined> {
  yield* rows(kinds);
  for (const part of parts) yield* rowsOf(part, [kinds.length]);
}

/** Yields `undefined` once for each resource, because there may be very many without tags. */
function* rows(kinds: ReturnType<typeof ownEntries>): Generator<Positioned<TagRow> | undefined> {
  for (const [index, [kind, entries]] of kinds.entries()) {
    for (const entry of entries) {
      yield undefined;
      for (const part of taggedParts(kind, entry)) yield* rowsOf(part, [index, entry.order]);
    }
  }
}

/** @param place of the entry that the part belongs to */
function* rowsOf(
  { order, id, type, tags }: TaggedPart,
  place: readonly number[],
): Generator<Positioned<TagRow>> {
  for (const key of Object.keys(tags).sort()) {
    const item = { key, value: tags[key] ?? '', resourceId: id, resourceType: type };
    yield { item, position: [...place, order, key] };
  }
}

/** The resource of an entry and, if it is a filter, its rules. */
function taggedParts<K extends Kind>(kind: K, { resource }: Entry<ResourceKinds[K]>): TaggedPart[] {
  const own = { order: 0, id: idOf(resource), type: typeName(kind), tags: resource.tags };
  if (!('ingressFilterRules' in resource)) return [own];
  const rules = rulesOf(resource).map(({ id, direction, rule }) => ({
    order: DIRECTIONS.indexOf(direction) * (RULE_NUMBER_RANGE.maximum + 1) + rule.ruleNumber,
    id,
    type: typeName('rules'),
    tags: rule.tags,
  }));
  return [own, ...rules];
}

function idOf(resource: ResourceKinds[Kind]): string {
  if ('trafficMirrorSessionId' in resource) return resource.trafficMirrorSessionId;
  if ('networkServices' in resource) return resource.trafficMirrorFilterId;
  return resource.trafficMirrorTargetId;
}
