/** Tags in requests, and in responses. */

import { checkTagCount } from '../../../resources/rules.js';
import { parseTagKey, parseTagValue, type Tags } from '../../../resources/tags.js';
import { isLine, TEXT_BOUNDS } from '../../../resources/text.js';
import { Ec2Error, missingParameter } from '../ec2-error.js';
import { type ResourceType, typeName } from '../kinds.js';
import type { Parameters } from '../parameters.js';
import type { Structure } from '../response.js';
import { requireParsed } from '../values.js';
import { tooManyTags } from '../violations.js';

/** The tags of `TagSpecification.N` for a new resource of the type. */
export function readTagSpecifications(parameters: Parameters, type: ResourceType): Tags {
  const tags = parameters.structures('TagSpecification').flatMap((specification) => {
    const given = specification.requiredText('ResourceType');
    if (given !== typeName(type)) {
      const text = `'${given}' is not a valid taggable resource type for this operation.`;
      throw new Ec2Error('InvalidParameterValue', text);
    }
    return readTags(specification);
  });
  return makeTags(tags.map(({ key, value }) => [key, value ?? '']));
}

export interface GivenTag {
  readonly key: string;
  /** Undefined when only a key was given. */
  readonly value: string | undefined;
}

/** The tags of `Tag.N`, each checked. */
export function readTags(parameters: Parameters): GivenTag[] {
  return readGivenTags(parameters, () => true);
}

/** The tags of `Tag.N`, to be deleted: those of before may hold characters that are refused today. */
export function readTagsToDelete(parameters: Parameters): GivenTag[] {
  return readGivenTags(parameters, isLine);
}

/** @param isChecked says which texts must be those of a tag of today */
function readGivenTags(parameters: Parameters, isChecked: (text: string) => boolean): GivenTag[] {
  return parameters.structures('Tag').map((tag) => {
    const key = tag.text('Key', TEXT_BOUNDS.tagKey);
    const value = tag.text('Value', TEXT_BOUNDS.tagValue);
    if (key === undefined) throw missingParameter('Tag.N.Key');
    if (isChecked(key)) requireParsed(parseTagKey(key), key, 'tag.key');
    if (value !== undefined && isChecked(value)) requireParsed(parseTagValue(value), value, 'tag.value');
    return { key, value };
  });
}

/** @throws Ec2Error InvalidParameterValue for a key that stands twice, TagLimitExceeded */
export function makeTags(pairs: readonly (readonly [key: string, value: string])[]): Tags {
  const keys = new Set<string>();
  for (const [key] of pairs) {
    if (keys.has(key)) throw new Ec2Error('InvalidParameterValue', `Duplicate tag key '${key}' specified.`);
    keys.add(key);
  }
  requireTagCount(pairs.length);
  return Object.fromEntries(pairs);
}

/** @throws Ec2Error TagLimitExceeded */
export function requireTagCount(count: number): void {
  if (checkTagCount(count) !== undefined) throw tooManyTags();
}

/** Tags as responses show them. */
export function tagSet(tags: Tags): Structure[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
