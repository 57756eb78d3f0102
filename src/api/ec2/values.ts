/** Single values of requests, judged by the resources' own `parse` functions. */

import type { Parsed } from '../../resources/parsed.js';
import { parseTagKey, parseTagValue, TAG_LIMITS, type Tags } from '../../resources/tags.js';
import { Ec2Error, invalidValue, missingParameter } from './ec2-error.js';
import { type ResourceType, typeName } from './kinds.js';
import type { Parameters } from './parameters.js';

/** @throws Ec2Error InvalidParameterValue with what would have passed */
export function requireParsed<Value>(parsed: Parsed<Value>, value: unknown, parameter: string): Value {
  if (parsed.ok) return parsed.value;
  throw invalidValue(value, parameter, capitalize(parsed.text));
}

/** An optional integer. */
export function optionalInteger<Value>(
  parameters: Parameters,
  name: string,
  parse: (value: unknown) => Parsed<Value>,
): Value | undefined {
  const value = parameters.integer(name);
  return value === undefined ? undefined : requireParsed(parse(value), value, uncapitalize(name));
}

/** @throws Ec2Error MissingParameter besides */
export function requiredInteger<Value>(
  parameters: Parameters,
  name: string,
  parse: (value: unknown) => Parsed<Value>,
): Value {
  const value = parameters.requiredInteger(name);
  return requireParsed(parse(value), value, uncapitalize(name));
}

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
  return parameters.structures('Tag').map((tag) => {
    const key = tag.text('Key');
    const value = tag.text('Value');
    if (key === undefined) throw missingParameter('Tag.N.Key');
    requireParsed(parseTagKey(key), key, 'tag.key');
    if (value !== undefined) requireParsed(parseTagValue(value), value, 'tag.value');
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
  if (count <= TAG_LIMITS.tags) return;
  throw new Ec2Error('TagLimitExceeded', `The maximum number of tags for a resource is ${TAG_LIMITS.tags}`);
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Parameters are told in camelCase, as EC2 does. */
function uncapitalize(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
