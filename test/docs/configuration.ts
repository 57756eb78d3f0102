/** docs/configuration.md and the schema name the same keys, with the same defaults and limits. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { startKeys } from '../../src/config/schema.js';
import { fromRoot } from '../fixtures/root.js';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly enum?: readonly string[];
}

interface Row {
  readonly default: string;
  readonly allowed: string;
}

const page = readFileSync(fromRoot('docs/configuration.md'), 'utf8');
const schema = JSON.parse(readFileSync(fromRoot('config/schema.json'), 'utf8')) as Schema;
const keys = new Map(keysOf(schema, ''));
const rows = new Map(rowsOf(page));

t.test('the page has a row for every key, and no other', async (t) => {
  t.same([...rows.keys()].sort(), [...keys.keys()].sort());
});

t.test('the keys that are taken at the start', async (t) => {
  const paragraph = page.split('\n\n').find((text) => text.includes('are taken at the start')) ?? '';
  const [told = ''] = paragraph.split('are taken at the start');
  const named = [...told.matchAll(/`([^`]+)`/g)].map(([, key]) => key);
  t.same(named, startKeys());
});

t.test('defaults', async (t) => {
  for (const [key, { schema, isRequired }] of keys) {
    const told = rows.get(key)?.default ?? '';
    if (isRequired) t.equal(told, 'required', key);
    else if (schema.default === undefined)
      t.notMatch(told, /^(required|`.*`)?$/, `${key}: how it is without`);
    else t.same(parse(told.replace(/^`|`$/g, '')), schema.default, key);
  }
});

t.test('what is allowed', async (t) => {
  for (const [key, { schema }] of keys) {
    const row = rows.get(key);
    const { minimum, maximum, items } = schema;
    if (minimum !== undefined) t.match(row?.allowed, `${minimum}–${maximum}`, key);
    const words: string[] = `${row?.default} ${row?.allowed}`.match(/[\w-]+/g) ?? [];
    for (const word of schema.enum ?? items?.enum ?? []) t.ok(words.includes(word), `${key}: ${word}`);
  }
});

/** Each key by its path, `[]` for the items of a list. */
function keysOf(of: Schema, path: string): [string, { schema: Schema; isRequired: boolean }][] {
  const own = Object.entries(of.properties ?? {}).flatMap(([key, value]) => {
    const keyPath = path === '' ? key : `${path}.${key}`;
    const entry = { schema: value, isRequired: of.required?.includes(key) ?? false };
    return [[keyPath, entry] as [string, typeof entry], ...keysOf(value, keyPath)];
  });
  if (of.items === undefined) return own;
  // An item may have several forms, of which a mapping has keys.
  const forms = [of.items, ...(of.items.anyOf ?? [])];
  return [...own, ...forms.flatMap((form) => keysOf(form, `${path}[]`))];
}

/** Rows of the tables; headings of two levels tell whose keys they are. */
function rowsOf(text: string): [string, Row][] {
  let section = '';
  let parents: string[] = [''];
  return text.split('\n').flatMap((line): [string, Row][] => {
    const heading = /^(##+) (.*)$/.exec(line);
    if (heading !== null) {
      const names = [...(heading[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '');
      if (heading[1] === '##') {
        section = names[0] ?? '';
        parents = [section];
      } else parents = names.map((name) => `${section}.${name}`);
      return [];
    }
    const cells = line.split('|').map((cell) => cell.trim());
    const key = /^`([^`]+)`$/.exec(cells[1] ?? '')?.[1];
    if (key === undefined) return [];
    const row = { default: cells[4] ?? '', allowed: cells[5] ?? '' };
    return parents.map((parent) => [parent === '' ? key : `${parent}.${key}`, row]);
  });
}
