/** The attributes of one resource in AWS's output, with the configuration's names. */
import { show } from '../resources/parsed.js';
import type { ProblemPath } from '../resources/problem.js';
import { awsName, isMapping, ownName, type Shape } from './aws-shapes.js';
import type { Notes, Place } from './notes.js';
import { readTags } from './read-tags.js';

/** A resource as it was read. Values are not checked yet. */
export interface Item {
  readonly place: Place;
  readonly attributes: Record<string, unknown>;
}

/** What is wrong, and where. */
export interface PlacedProblem {
  readonly place: Place;
  readonly text: string;
}

/** Takes a problem. */
export type Fail = (place: Place, text: string) => void;

/** A mapping of a document. */
export type Raw = Readonly<Record<string, unknown>>;

/**
 * Reads a resource. Attributes that no configuration has are told; a value that is null counts as missing.
 * @param handled attributes that the caller reads itself.
 */
export function readAttributes(
  raw: Raw,
  place: Place,
  shape: Shape,
  handled: readonly string[],
  notes: Notes,
  fail: Fail,
): Item {
  const attributes: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(raw)) {
    const name = ownName(key);
    const at = inside(place, key);
    if (value === null || handled.includes(key)) continue;
    if (key === 'Tags') attributes.tags = readTags(value, at, notes, fail);
    else if (shape.plain.includes(name) && key === awsName(name)) attributes[name] = value;
    else if (shape.nested.includes(name) && key === awsName(name)) attributes[name] = nestedValue(value);
    else notes.ignore(at, `${listsOf(place)}[].${nameOf(key)}`, reasonToIgnore(key, shape));
  }
  return { place, attributes };
}

/** A place below another. */
export function inside(place: Place, ...steps: ProblemPath): Place {
  return { ...place, path: [...place.path, ...steps] };
}

/** An attribute as a line names it. The input may be a stranger's. */
export function nameOf(key: string): string {
  return /^\w{1,60}$/.test(key) ? key : show(key);
}

function reasonToIgnore(key: string, { ignored }: Shape): string {
  return Object.hasOwn(ignored, key) ? ignored[key] : 'a configuration has no such attribute';
}

/** `TrafficMirrorFilters[].IngressFilterRules`. */
function listsOf({ path }: Place): string {
  return path.filter((step) => typeof step === 'string').join('[].');
}

/** A port range with the configuration's names. Whatever else it is, the check refuses it. */
function nestedValue(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [ownName(name), part]));
}
