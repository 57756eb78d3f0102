/** Parameters of the Query protocols: structures and lists as dotted names. */

/** The value of a parameter. Members that are undefined are left out. */
type Parameter = string | number | boolean | Parameters | readonly Parameter[] | undefined;

/** Parameters by name. */
export interface Parameters {
  readonly [name: string]: Parameter;
}

/** Names and values as EC2 Query has them: `Filter.1.Value.2`. @param listPart between a list and its index, as `member` in AWS Query */
export function flatten(parameters: Parameters, listPart?: string): [string, string][] {
  return Object.entries(parameters).flatMap(([name, value]) => pairs(name, value, listPart));
}

function pairs(name: string, value: Parameter, listPart?: string): [string, string][] {
  if (value === undefined) return [];
  if (isList(value)) {
    const prefix = listPart === undefined ? name : `${name}.${listPart}`;
    return value.flatMap((one, index) => pairs(`${prefix}.${index + 1}`, one, listPart));
  }
  if (typeof value !== 'object') return [[name, String(value)]];
  return Object.entries(value).flatMap(([key, one]) => pairs(`${name}.${key}`, one, listPart));
}

function isList(value: Parameter): value is readonly Parameter[] {
  return Array.isArray(value);
}
