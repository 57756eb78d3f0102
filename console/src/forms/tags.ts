/** Tags of forms: what is wrong with them, and what is sent. */

import { TAG_LIMITS } from '../../../src/resources/tags.js';
import { hasAtMost, isLine, isText } from '../../../src/resources/text.js';
import type { Tag } from '../model/tags.js';
import type { Problem } from './fields.js';

/** A row of the tag editor. */
export interface TagRow {
  readonly key: string;
  readonly value: string;
  /** The resource has the tag already. */
  readonly existing: boolean;
  /** It is to be removed. */
  readonly markedForRemoval?: boolean | undefined;
}

/** Which calls bring the tags of a resource from what they are to what the rows say. */
export interface TagChanges {
  /** New and changed. */
  readonly create: readonly Tag[];
  /** Keys. */
  readonly remove: readonly string[];
}

/** The rows of a resource's tags. */
export function rowsOf(tags: readonly Tag[]): TagRow[] {
  return tags.map(({ key, value }) => ({ key, value, existing: true }));
}

/** What is wrong with a key. */
export function tagKeyProblem(key: string): Problem {
  if (key === '') return 'Key is required.';
  if (!hasAtMost(key, TAG_LIMITS.keyCharacters))
    return `Enter at most ${TAG_LIMITS.keyCharacters} characters.`;
  if (key.startsWith('aws:')) return 'Keys that begin with aws: are reserved.';
  return isLine(key) ? undefined : 'Enter one line without control characters.';
}

/** What is wrong with a value. */
export function tagValueProblem(value: string): Problem {
  if (!hasAtMost(value, TAG_LIMITS.valueCharacters))
    return `Enter at most ${TAG_LIMITS.valueCharacters} characters.`;
  return isText(value) ? undefined : 'Enter text without control characters.';
}

/**
 * What is wrong with the rows together: the first problem of a row, a key twice, too many.
 * @param hasNameField a field of the form is the tag Name
 */
export function tagsProblem(rows: readonly TagRow[], hasNameField = false): Problem {
  const kept = rows.filter(({ markedForRemoval }) => markedForRemoval !== true);
  const keys = new Set<string>();
  for (const { key, value } of kept) {
    const problem = tagKeyProblem(key) ?? tagValueProblem(value);
    if (problem !== undefined) return key === '' ? problem : `${key}: ${problem}`;
    if (hasNameField && key === 'Name') return 'Name is the tag of the field Name tag. Enter it there.';
    if (keys.has(key)) return `The key ${key} is there twice.`;
    keys.add(key);
  }
  const limit = TAG_LIMITS.tags - (hasNameField ? 1 : 0);
  return kept.length > limit ? `A resource has at most ${TAG_LIMITS.tags} tags.` : undefined;
}

/** The parameter TagSpecification of a create action; undefined without tags. @param name of the field Name tag */
export function tagSpecification(type: string, name: string, rows: readonly TagRow[]) {
  const tags = [...(name === '' ? [] : [{ key: 'Name', value: name }]), ...rows];
  if (tags.length === 0) return undefined;
  return [{ ResourceType: type, Tag: tags.map(({ key, value }) => ({ Key: key, Value: value })) }];
}

/**
 * True when tags have to be removed before others are created: together they would be too many. Otherwise creating comes
 * first, so that nothing is lost when one of the two calls is refused.
 */
export function removesFirst(before: readonly Tag[], { create, remove }: TagChanges): boolean {
  const old = new Set(before.map(({ key }) => key));
  const added = create.filter(({ key }) => !old.has(key)).length;
  return remove.length > 0 && before.length + added > TAG_LIMITS.tags;
}

/** The calls that a tag editor asks for. */
export function tagChanges(before: readonly Tag[], rows: readonly TagRow[]): TagChanges {
  const old = new Map(before.map(({ key, value }) => [key, value]));
  const kept = rows.filter(({ markedForRemoval }) => markedForRemoval !== true);
  const keys = new Set(kept.map(({ key }) => key));
  return {
    create: kept.filter(({ key, value }) => old.get(key) !== value).map(({ key, value }) => ({ key, value })),
    remove: [...old.keys()].filter((key) => !keys.has(key)),
  };
}
