import t from 'tap';
import {
  addressFamily,
  cidrBlockFamily,
  cidrBlockProblem,
  familiesProblem,
} from '../../../console/src/forms/cidr.js';
import { ClientTokens } from '../../../console/src/forms/client-tokens.js';
import {
  accountIdProblem,
  descriptionProblem,
  nameTagProblem,
  packetLengthProblem,
  protocolNumberProblem,
  ruleNumberProblem,
  sessionNumberProblem,
  shareNameProblem,
  vniProblem,
} from '../../../console/src/forms/fields.js';
import { parsePortRange, portRangeProblem } from '../../../console/src/forms/port-range.js';
import {
  removesFirst,
  rowsOf,
  tagChanges,
  tagKeyProblem,
  tagSpecification,
  tagsProblem,
  tagValueProblem,
} from '../../../console/src/forms/tags.js';
import { parseCidrBlock } from '../../../src/resources/address.js';

const beside = (problem: (text: string) => string | undefined) => ({
  good: (...texts: string[]) => {
    for (const text of texts) t.equal(problem(text), undefined, `${problem.name} takes ${text.slice(0, 20)}`);
  },
  bad: (...texts: string[]) => {
    for (const text of texts) t.type(problem(text), 'string', `${problem.name} refuses ${text.slice(0, 20)}`);
  },
});

const rows = [
  {
    problem: nameTagProblem,
    good: ['', 'x'.repeat(256), '😀'.repeat(256)],
    bad: ['x'.repeat(257), '\u0000'],
  },
  {
    problem: descriptionProblem,
    good: ['', 'x'.repeat(255), 'two\nlines'],
    bad: ['x'.repeat(256), '\u0007'],
  },
  { problem: shareNameProblem, good: ['a', 'x'.repeat(255)], bad: ['', 'x'.repeat(256), 'two\nlines'] },
  {
    problem: sessionNumberProblem,
    good: ['1', ' 32766 '],
    bad: ['', '0', '32767', 'abc', '1.5', '-1', '1e3'],
  },
  { problem: vniProblem, good: ['', '0', '16777215'], bad: ['16777216', '-1', '0x10', '9'.repeat(40)] },
  { problem: ruleNumberProblem, good: ['1', '32766'], bad: ['', '0', '32767'] },
  { problem: protocolNumberProblem, good: ['0', '255'], bad: ['', '256', 'tcp'] },
  { problem: accountIdProblem, good: ['000000000001'], bad: ['', '1', '1234567890123', '12345678901a'] },
  {
    problem: portRangeProblem,
    good: ['', '0', '80', '1024-65535', ' 1 - 2 '],
    bad: ['65536', '2-1', '1-', 'a', '1-2-3'],
  },
  { problem: tagKeyProblem, good: ['x'.repeat(127), 'Name'], bad: ['', 'x'.repeat(128), 'aws:a', 'a\nb'] },
  { problem: tagValueProblem, good: ['', 'x'.repeat(256)], bad: ['x'.repeat(257)] },
];

for (const { problem, good, bad } of rows) {
  beside(problem).good(...good);
  beside(problem).bad(...bad);
}

t.equal(packetLengthProblem('', false), undefined);
t.equal(packetLengthProblem('65535', false), undefined);
t.match(packetLengthProblem('8501', true), /from 1 to 8500/);
t.match(packetLengthProblem('65536', false), /from 1 to 65535/);

t.strictSame(parsePortRange('80'), { fromPort: 80, toPort: 80 });
t.strictSame(parsePortRange('1-2'), { fromPort: 1, toPort: 2 });
t.equal(parsePortRange(''), undefined);

t.test('CIDR blocks are judged as the resource model judges them', async (t) => {
  const texts = [
    '0.0.0.0/0',
    '10.0.0.0/8',
    '10.0.0.1/32',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0/8',
    '010.0.0.0/8',
    '256.0.0.0/8',
    '10.0.0.0',
    '::/0',
    'fd00::/8',
    '1::/129',
    '1:2:3:4:5:6:7:8/128',
    '1:2:3:4:5:6:7::/128',
    '1:2:3:4:5:6:7:8::/128',
    '::1:2:3:4:5:6:7:8/128',
    '::ffff:10.0.0.1/128',
    '1:2:3:4:5:6:10.0.0.1/128',
    '1:2:3:4:5:6:7:10.0.0.1/128',
    '10.0.0.1::/64',
    ':::/0',
    ':1::/64',
    '1:/64',
    '12345::/16',
    'g::/16',
    'fe80::1%eth0/64',
    '/0',
    '',
  ];
  for (const text of texts) t.equal(cidrBlockFamily(text) !== undefined, parseCidrBlock(text).ok, text);
});

t.equal(addressFamily('10.0.0.1'), 4);
t.equal(addressFamily('::'), 6);
t.equal(addressFamily('host'), undefined);
t.match(cidrBlockProblem('10.0.0.1', 'Source CIDR block'), /10\.0\.0\.1\/32/);
t.match(cidrBlockProblem('fd00::1', 'Source CIDR block'), /fd00::1\/128/);
t.equal(cidrBlockProblem(' ', 'Source CIDR block'), 'Source CIDR block is required.');
t.match(familiesProblem('10.0.0.0/8', '::/0'), /one family/);
t.equal(familiesProblem('10.0.0.0/8', 'nonsense'), undefined, 'the other field says what is wrong');

t.test('tags', async (t) => {
  const row = (key: string, value = ''): { key: string; value: string; existing: boolean } => ({
    key,
    value,
    existing: false,
  });
  t.equal(tagsProblem([row('a'), row('b')]), undefined);
  t.match(tagsProblem([row('a'), row('a')]), /twice/);
  t.match(tagsProblem([row('Name')], true), /Name tag/);
  t.equal(tagsProblem([row('Name')]), undefined);
  t.equal(tagsProblem([{ ...row('a'), markedForRemoval: true }, row('a')]), undefined);
  const many = Array.from({ length: 50 }, (_, index) => row(`k${index}`));
  t.equal(tagsProblem(many), undefined);
  t.match(tagsProblem([...many, row('more')]), /at most 50/);
  t.match(tagsProblem(many, true), /at most 50/);
  t.equal(tagSpecification('traffic-mirror-target', '', []), undefined);
  t.strictSame(tagSpecification('traffic-mirror-target', 'n', [row('a', 'b')]), [
    {
      ResourceType: 'traffic-mirror-target',
      Tag: [
        { Key: 'Name', Value: 'n' },
        { Key: 'a', Value: 'b' },
      ],
    },
  ]);
  const before = [
    { key: 'kept', value: '1' },
    { key: 'changed', value: '1' },
    { key: 'gone', value: '1' },
  ];
  t.strictSame(tagChanges(before, rowsOf(before)), { create: [], remove: [] });
  const after = [
    row('kept', '1'),
    row('changed', '2'),
    { ...row('gone', '1'), markedForRemoval: true },
    row('new'),
  ];
  t.strictSame(tagChanges(before, after), {
    create: [
      { key: 'changed', value: '2' },
      { key: 'new', value: '' },
    ],
    remove: ['gone'],
  });
});

t.test('tags are created before others are removed, unless that would be too many', async (t) => {
  const full = Array.from({ length: 50 }, (_, index) => ({ key: `k${index}`, value: '' }));
  const create = [{ key: 'new', value: '' }];
  t.equal(removesFirst(full, { create, remove: ['k0'] }), true);
  t.equal(removesFirst(full.slice(1), { create, remove: ['k1'] }), false, 'there is room for both');
  t.equal(
    removesFirst(full, { create: [{ key: 'k1', value: '2' }], remove: ['k0'] }),
    false,
    'none is added',
  );
  t.equal(removesFirst(full, { create: [], remove: ['k0'] }), false, 'nothing is created');
});

t.test('client tokens', async (t) => {
  const tokens = new ClientTokens();
  const first = tokens.of('create', { a: 1 });
  t.match(first, /^[0-9a-f]{32}$/);
  t.equal(tokens.of('create', { a: 1 }), first, 'a second click');
  t.not(tokens.of('rule', { a: 1 }), first, 'another call');
  const changed = tokens.of('create', { a: 2 });
  t.not(changed, first, 'other values');
  tokens.forget();
  t.not(tokens.of('create', { a: 2 }), changed);
});
