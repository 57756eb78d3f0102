/** The files in config/ are what users start from. */
import { readdirSync, readFileSync } from 'node:fs';
import t from 'tap';
import { parse } from 'yaml';
import { loadConfiguration } from '../../src/config/load.js';
import { renderJsonSchema } from '../../src/config/schema.js';
import { fromRoot } from '../fixtures/root.js';

const FOLDER = fromRoot('config/');

t.test('every file is right', async (t) => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.yaml') && file !== 'alerts.yaml',
  );
  t.ok(files.length >= 5);
  for (const file of files) t.match(await loadConfiguration(FOLDER + file), { ok: true }, file);
});

t.equal(readFileSync(`${FOLDER}schema.json`, 'utf8'), renderJsonSchema(), 'schema.json is the code’s own');

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
}

/** Every key a schema knows, by its path, with `[]` for items. */
function keysOf(schema: Schema, path = ''): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, value]) => [
    `${path}.${key}`,
    ...keysOf(value, `${path}.${key}`),
  ]);
  if (schema.items === undefined) return own;
  return [
    ...own,
    ...[schema.items, ...(schema.items.anyOf ?? [])].flatMap((form) => keysOf(form, `${path}[]`)),
  ];
}

/** Every key that a value uses, in the same form. */
function keysUsed(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => keysUsed(item, `${path}[]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    `${path}.${key}`,
    ...keysUsed(inner, `${path}.${key}`),
  ]);
}

t.test('example.yaml shows every key', async (t) => {
  const known = keysOf(JSON.parse(renderJsonSchema()) as Schema);
  const text = readFileSync(`${FOLDER}example.yaml`, 'utf8');
  const used = new Set(keysUsed(parse(text)));
  // The rules of both directions have the same keys, as have the policies of users and groups: one of them shows them
  // all. A secret stands in a comment: with
  // one, nobody else may open the file. So do the limit and the group that no settings have by default.
  const inComment = new Set([
    ...['', '.accessKeys[]'].map((path) => `.api.accounts[].users[]${path}.secretAccessKey`),
    '.engine.maximumBitsPerSecond',
    '.state.peekGroup',
  ]);
  t.match(text, '# secretAccessKey: ');
  t.match(text, '  # maximumBitsPerSecond: ');
  t.match(text, '  # peekGroup: ');
  const alike = (key: string): string =>
    key.replace('egress', 'ingress').replace('.groups[].policies', '.users[].policies');
  const missing = known.filter((key) => !used.has(key) && !used.has(alike(key)) && !inComment.has(key));
  t.strictSame(missing, []);
});

t.test('example.yaml shows the defaults of the settings', async (t) => {
  const example = parse(readFileSync(`${FOLDER}example.yaml`, 'utf8')) as Record<string, unknown>;
  const result = await loadConfiguration(`${FOLDER}../test/fixtures/config/good-minimal.yaml`);
  if (!result.ok) {
    t.fail('good-minimal.yaml');
    return;
  }
  const { engine, quotas, state, log } = result.configuration;
  t.strictSame(
    { engine: example.engine, quotas: example.quotas, state: example.state, log: example.log },
    { engine, quotas, state, log },
  );
});

t.test('lab.yaml', async (t) => {
  const result = await loadConfiguration(`${FOLDER}lab.yaml`);
  if (!result.ok) {
    t.fail('lab.yaml');
    return;
  }
  const sessions = result.configuration.resources.trafficMirrorSessions.map(
    ({ networkInterfaceId, sessionNumber, virtualNetworkId, packetLength }) => [
      networkInterfaceId,
      sessionNumber,
      virtualNetworkId,
      packetLength,
    ],
  );
  t.strictSame(sessions, [
    ['eni-web', 1, 101, undefined],
    ['eni-web', 2, 102, 96],
    ['eni-web', 3, 103, 128],
  ]);
});
