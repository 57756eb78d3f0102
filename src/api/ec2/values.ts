/** Single values of requests, judged by the resources' own `parse` functions. */
import type { Parsed } from '../../resources/parsed.js';
import { TEXT_BOUNDS } from '../../resources/text.js';
import { invalidCombination, invalidValue, uncapitalize } from './ec2-error.js';
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

/** @throws Ec2Error InvalidParameterValue */
export function readDescription(parameters: Parameters): string | undefined {
  return parameters.text('Description', TEXT_BOUNDS.description);
}

/**
 * @param known the fields that can be removed, with what the request sets them to
 * @throws Ec2Error InvalidParameterValue, InvalidParameterCombination for a field that is set and removed
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

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
