/** Values that several actions read from requests: integers, descriptions, fields to remove, and tags. */
import type { Parsed } from '../../resources/parsed.js';
import { checkTagCount } from '../../resources/rules.js';
import { parseTagKey, parseTagValue, type Tags } from '../../resources/tags.js';
import { isLine, TEXT_BOUNDS } from '../../resources/text.js';
import {
  capitalize,
  Ec2Error,
  invalidCombination,
  invalidValue,
  missingParameter,
  uncapitalize,
} from './ec2-error.js';
import { type ResourceType, typeName } from './kinds.js';
import type { Parameters } from './parameters.js';
import type { Structure } from './response.js';
import { tooManyTags } from './violations.js';

/** A tag that a request names. */
export interface GivenTag {
  readonly key: string;
  /** Undefined when only a key was given. */
  readonly value: string | undefined;
}

/** The value, if it was parsed. @throws Ec2Error InvalidParameterValue that says what is expected */
export function requireParsed<Value>(parsed: Parsed<Value>, value: unknown, parameter: string): Value {
  if (parsed.ok) return parsed.value;
  throw invalidValue(value, parameter, capitalize(parsed.text));
}

/** Reads an optional integer. @throws Ec2Error InvalidParameterValue */
export function optionalInteger<Value>(
  parameters: Parameters,
  name: string,
  parse: (value: unknown) => Parsed<Value>,
): Value | undefined {
  const value = parameters.integer(name);
  return value === undefined ? undefined : requireParsed(parse(value), value, uncapitalize(name));
}

/** Reads a required integer. @throws Ec2Error MissingParameter, InvalidParameterValue */
export function requiredInteger<Value>(
  parameters: Parameters,
  name: string,
  parse: (value: unknown) => Parsed<Value>,
): Value {
  const value = parameters.requiredInteger(name);
  return requireParsed(parse(value), value, uncapitalize(parameters.fullName(name)));
}

/** Reads the parameter Description. @throws Ec2Error InvalidParameterValue */
export function readDescription(parameters: Parameters): string | undefined {
  return parameters.text('Description', TEXT_BOUNDS.description);
}

/**
 * Reads the list RemoveField.
 * @param known the fields that can be removed, each with the value that the request sets
 * @throws Ec2Error InvalidParameterValue; InvalidParameterCombination for a field that is set and removed
 */
export function readRemovedFields<Field extends string>(
  parameters: Parameters,
  known: Readonly<Record<Field, unknown>>,
): ReadonlySet<Field> {
  const names = Object.keys(known) as Field[];
  return new Set(
    parameters.texts('RemoveField').map((given) => {
      const field = names.find((name) => name === given);
      if (field === undefined)
        throw invalidValue(given, 'removeField', `Expecting one of ${names.join(', ')}`);
      if (known[field] === undefined) return field;
      throw invalidCombination(`The field ${field} cannot be set and removed in one request`);
    }),
  );
}

/**
 * Reads the tags of `TagSpecification.N` for a new resource of the type.
 * @throws Ec2Error MissingParameter, InvalidParameterValue, TagLimitExceeded
 */
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

/** Reads and checks the tags of `Tag.N`. @throws Ec2Error MissingParameter, InvalidParameterValue */
export function readTags(parameters: Parameters): GivenTag[] {
  return readGivenTags(parameters, () => true);
}

/**
 * Reads the tags of `Tag.N` that are to be deleted. Tags of older versions may hold characters that are refused now.
 */
export function readTagsToDelete(parameters: Parameters): GivenTag[] {
  return readGivenTags(parameters, isLine);
}

/** @throws Ec2Error InvalidParameterValue for a key that is there twice, TagLimitExceeded */
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

/** @param isChecked true for texts that must be valid in a new tag */
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
