/** Patterns of config/schema.json: editors complain of what `check` refuses, and never of what it accepts. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { parse } from 'yaml';
import { parseListen } from '../../src/config/schema-parts.js';
import {
  CIDR_BLOCK,
  DEVICE_NAME,
  IP_ADDRESS,
  LISTEN,
  UNDERLAY_ADDRESS,
} from '../../src/config/schema-patterns.js';
import { parseCidrBlock, parseIpAddress, parseUnderlayAddress } from '../../src/resources/address.js';
import { parseDeviceName } from '../../src/resources/device.js';
import type { Parsed } from '../../src/resources/parsed.js';
import { fromRoot } from '../fixtures/root.js';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly pattern?: string;
  readonly anyOf?: readonly Schema[];
}

const schema = JSON.parse(readFileSync(fromRoot('config/schema.json'), 'utf8')) as Schema;
const FOLDER = fromRoot('test/fixtures/config/');

/** Paths of the values that fit no pattern of theirs. */
function complaints(value: unknown, { properties, items, pattern, anyOf }: Schema, path = ''): string[] {
  if (Array.isArray(value)) {
    return items === undefined ? [] : value.flatMap((item) => complaints(item, items, `${path}[]`));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => {
      const known = properties?.[key];
      return known === undefined ? [] : complaints(inner, known, path === '' ? key : `${path}.${key}`);
    });
  }
  const forms = [pattern, ...(anyOf ?? []).map((form) => form.pattern)].filter((form) => form !== undefined);
  if (typeof value !== 'string' || forms.length === 0) return [];
  return forms.some((form) => new RegExp(form).test(value)) ? [] : [path];
}

t.test('nothing that is good', async (t) => {
  const files = readdirSync(FOLDER).filter((name) => name.startsWith('good-'));
  const shipped = readdirSync(fromRoot('config'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml') && name !== 'alerts.yaml')
    .map((name) => fromRoot(`config/${name}`));
  for (const file of [...files.map((name) => FOLDER + name), ...shipped]) {
    t.strictSame(complaints(parse(readFileSync(file, 'utf8')), schema), [], file);
  }
});

for (const [name, path] of Object.entries({
  'bad-cidr-leading-zero': 'trafficMirrorFilters[].ingressFilterRules[].sourceCidrBlock',
  'bad-cidr-length': 'trafficMirrorFilters[].ingressFilterRules[].sourceCidrBlock',
  'bad-cidr-ipv6-length': 'trafficMirrorFilters[].ingressFilterRules[].sourceCidrBlock',
  'bad-cidr-no-length': 'trafficMirrorFilters[].ingressFilterRules[].sourceCidrBlock',
  'bad-cidr-short': 'trafficMirrorFilters[].ingressFilterRules[].sourceCidrBlock',
  'bad-address-leading-zero': 'networkInterfaces[].address',
  'bad-device-slash': 'networkInterfaces[].device',
  'bad-device-space': 'networkInterfaces[].device',
  'bad-netns-relative': 'networkInterfaces[].netns',
})) {
  t.test(`complains of ${name}`, async (t) => {
    t.strictSame(complaints(parse(readFileSync(`${FOLDER}${name}.yaml`, 'utf8')), schema), [path]);
  });
}

const byte = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(byte, byte, byte, byte).map((bytes) => bytes.join('.'));
const ipv6 = fc.oneof(
  fc.ipV6(),
  ipv4.map((address) => `::ffff:${address}`),
);
const address = fc.oneof(ipv4, ipv6);
const device = fc.oneof(
  fc.constantFrom('eth0', 'veth0.100', 'br-1234'),
  fc.string({ minLength: 1, maxLength: 15 }),
);

const kinds: readonly {
  readonly name: string;
  readonly parse: (value: unknown) => Parsed<unknown>;
  readonly patterns: readonly string[];
  readonly texts: fc.Arbitrary<string>;
}[] = [
  {
    name: 'IP addresses',
    parse: parseIpAddress,
    patterns: IP_ADDRESS.map(({ pattern }) => pattern),
    texts: address,
  },
  {
    name: 'addresses of the underlay',
    parse: parseUnderlayAddress,
    patterns: UNDERLAY_ADDRESS.map(({ pattern }) => pattern),
    texts: fc.oneof(
      address,
      fc.tuple(address, device).map((parts) => parts.join('%')),
      device.map((zone) => `FE80::1%${zone}`),
    ),
  },
  {
    name: 'CIDR blocks',
    parse: parseCidrBlock,
    patterns: [CIDR_BLOCK],
    texts: fc.tuple(address, fc.integer({ min: 0, max: 130 })).map((parts) => parts.join('/')),
  },
  { name: 'devices', parse: parseDeviceName, patterns: [DEVICE_NAME], texts: device },
  {
    name: 'listen',
    parse: (value) => parseListen(value, 9464),
    patterns: [LISTEN],
    texts: fc.oneof(
      fc
        .tuple(
          fc.oneof(
            ipv4,
            fc.constant('localhost'),
            ipv6.map((host) => `[${host}]`),
          ),
          fc.integer({ min: 1, max: 65535 }),
        )
        .map((parts) => parts.join(':')),
      fc.string().map((path) => `unix:/${path}`),
    ),
  },
];

for (const { name, parse: judge, patterns, texts } of kinds) {
  t.test(`nothing that is accepted: ${name}`, async (t) => {
    const expressions = patterns.map((pattern) => new RegExp(pattern));
    let accepted = 0;
    fc.assert(
      fc.property(texts, (text) => {
        if (!judge(text).ok) return true;
        accepted += 1;
        return expressions.some((expression) => expression.test(text));
      }),
      { numRuns: 2000 },
    );
    t.ok(accepted > 200, `${accepted} were accepted`);
  });
}
