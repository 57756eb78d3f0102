/** AWS's lists of tags to mappings. */
import { show } from '../resources/parsed.js';
import { isMapping } from './aws-shapes.js';
import type { Notes, Place } from './notes.js';

/** AWS makes these itself; nobody else may. */
const RESERVED = 'aws:';

/** Keys that a file cannot have. */
const UNWRITABLE_KEY = /^(?:__proto__$|\ufeff)/;

/** @param fail reports what is wrong at a place. */
export function readTags(
  list: unknown,
  place: Place,
  notes: Notes,
  fail: (place: Place, text: string) => void,
): Record<string, unknown> {
  const tags: Record<string, unknown> = {};
  if (!Array.isArray(list)) {
    fail(place, `expected a list of tags, got ${show(list)}`);
    return tags;
  }
  for (const [index, tag] of list.entries()) {
    const at: Place = { ...place, path: [...place.path, index] };
    const { Key: key, Value: value = '', ...rest } = isMapping(tag) ? tag : {};
    for (const name of Object.keys(rest))
      notes.ignore(at, `${show(name)} of tags`, 'a tag has a key and a value');
    if (typeof key !== 'string') fail(at, `expected a tag with Key and Value, got ${show(tag)}`);
    else if (key.startsWith(RESERVED))
      notes.tell(at, `tag ${show(key)} is left out: AWS reserves its prefix`);
    else if (UNWRITABLE_KEY.test(key))
      notes.tell(at, `tag ${show(key)} is left out: no file can have its key`);
    else if (Object.hasOwn(tags, key)) fail(at, `the tag ${show(key)} is given twice`);
    else tags[key] = value;
  }
  return tags;
}
