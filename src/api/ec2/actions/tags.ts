/** CreateTags, DeleteTags and DescribeTags. */
import { DIRECTIONS } from '../../../plan/mirror-plan.js';
import { RULE_NUMBER_RANGE } from '../../../resources/numbers.js';
import type { Tags } from '../../../resources/tags.js';
import { requestTagConditions } from '../../authorization/tag-conditions.js';
import type { ConditionKeys } from '../../service.js';
import { type Slices, watched } from '../../work-queue.js';
import type { Structure } from '../answer.js';
import type { Ec2Call } from '../ec2-call.js';
import { missingParameter } from '../ec2-error.js';
import { type Fields, readFilters } from '../filters.js';
import { typeName } from '../kinds.js';
import { makePage, type Place, readPageRequest } from '../pages.js';
import { type Entry, KINDS, type Kind, type ResourceKinds } from '../records.js';
import { rulesOf } from '../rules.js';
import { TagEditor } from '../tag-editor.js';
import { type GivenTag, makeTags, readTags, readTagsToDelete } from '../values.js';

const MAXIMUM_ATTEMPTS = 3;
const DONE: Structure = { return: true };

interface TagRow {
  readonly key: string;
  readonly value: string;
  readonly resourceId: string;
  readonly resourceType: string;
}

const FIELDS: Fields<TagRow> = {
  key: ({ key }) => key,
  'resource-id': ({ resourceId }) => resourceId,
  'resource-type': ({ resourceType }) => resourceType,
  value: ({ value }) => value,
};

/** Adds tags, and overwrites those whose key is there. */
export async function createTags(call: Ec2Call): Promise<Structure> {
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

/** A tag without a value goes whatever its value is; without tags, all go. */
export async function deleteTags(call: Ec2Call): Promise<Structure> {
  const ids = readResourceIds(call);
  const given = readTagsToDelete(call.parameters);
  const conditions = (before: Tags): ConditionKeys => requestTagConditions(named(before, given));
  return editTags(call, ids, conditions, (before) => (given.length === 0 ? {} : without(before, given)));
}

/** Tags of the caller's own resources. */
export async function describeTags(call: Ec2Call): Promise<Structure> {
  const fits = readFilters(call.parameters, FIELDS, ({ key, value }) => Object.fromEntries([[key, value]]));
  const page = readPageRequest(call);
  call.finish();
  call.allowAction();
  call.endDryRun();
  return makePage(call, page, { name: 'tagSet', places: () => rows(ownEntries(call)), fits, contentOf });
}

async function editTags(
  call: Ec2Call,
  ids: readonly string[],
  conditions: (before: Tags) => ConditionKeys,
  change: (before: Tags) => Tags,
): Promise<Structure> {
  call.finish();
  const { work, store } = call.context;
  const { done } = await work.run(call.principal.arn, async (slices) => {
    const editor = await edit(call, conditions, ids, change, slices);
    call.endDryRun();
    // Others go on while it is written.
    return { done: watched(store.commit(editor.changes)) };
  });
  await done;
  return DONE;
}

/** In slices; what others change meanwhile is judged and changed anew, at last in one go. */
async function edit(
  call: Ec2Call,
  conditions: (before: Tags) => ConditionKeys,
  ids: readonly string[],
  change: (before: Tags) => Tags,
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

function readResourceIds({ parameters }: Ec2Call): string[] {
  const ids = parameters.texts('ResourceId');
  if (ids.length === 0) throw missingParameter('ResourceId.1');
  return [...new Set(ids)];
}

/**
 * The tags that are judged: a tag without a value names the one that goes, and a request without tags names all. Or a
 * policy on a tag could be passed by by saying less.
 */
function named(before: Tags, given: readonly GivenTag[]): (readonly [key: string, value: string])[] {
  if (given.length === 0) return Object.entries(before);
  const goingValue = (key: string): string => (Object.hasOwn(before, key) ? (before[key] ?? '') : '');
  return given.map(({ key, value }) => [key, value ?? goingValue(key)]);
}

function without(tags: Tags, given: readonly GivenTag[]): Tags {
  const goes = ([key, value]: [string, string]): boolean =>
    given.some((tag) => tag.key === key && (tag.value === undefined || tag.value === value));
  return Object.fromEntries(Object.entries(tags).filter((pair) => !goes(pair)));
}

function contentOf({ key, resourceId, resourceType, value }: TagRow): Structure {
  return { key, resourceId, resourceType, value };
}

type AnyEntry = Entry<ResourceKinds[Kind]>;

/** The caller's own resources of now, by kind. */
function ownEntries({ context, accountId }: Ec2Call): (readonly [kind: Kind, entries: AnyEntry[]])[] {
  return KINDS.map((kind) => [
    kind,
    [...context.catalog.all(kind)].filter(({ ownerId }) => ownerId === accountId),
  ]);
}

/** Also gives `undefined`, once for each resource: there may be very many without tags. */
function* rows(kinds: ReturnType<typeof ownEntries>): Generator<Place<TagRow> | undefined> {
  for (const [index, [kind, entries]] of kinds.entries()) {
    for (const entry of entries) {
      yield undefined;
      for (const { order, id, type, tags } of taggedParts(kind, entry)) {
        for (const key of Object.keys(tags).sort()) {
          const item = { key, value: tags[key] ?? '', resourceId: id, resourceType: type };
          yield { item, position: [index, entry.order, order, key] };
        }
      }
    }
  }
}

interface TaggedPart {
  /** Inside of one entry. */
  readonly order: number;
  readonly id: string;
  readonly type: string;
  readonly tags: Tags;
}

/** A resource; a filter also has its rules. */
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
