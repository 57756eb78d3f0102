/** RemoveField of Modify requests. */
import { invalidCombination, invalidValue } from './ec2-error.js';
import type { Parameters } from './parameters.js';

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
