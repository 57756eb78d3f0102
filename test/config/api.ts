/** The section `api`: what is refused, and the messages. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfiguration, parseConfiguration } from '../../src/config/load.js';

const USER = 'userName: admin, accessKeyId: KEY, secretAccessKeyFile: /etc/secret';

const section = (user: string, listen = '127.0.0.1:8780'): string => `
api:
  listen: "${listen}"
  accounts:
    - accountId: "111122223333"
      users:
        - { ${user} }
`;

const policy = (statement: string): string =>
  section(`${USER}, policies: [{ Statement: [{ ${statement} }] }]`);
const ALLOW = 'Effect: Allow, Action: "ec2:*", Resource: "*"';

const ROWS: readonly {
  readonly name: string;
  readonly text: string;
  readonly problems: readonly string[];
}[] = [
  { name: 'good', text: policy(ALLOW), problems: [] },
  { name: 'unix socket', text: section(USER, 'unix:/run/tm.sock'), problems: [] },
  { name: 'IPv6 loopback', text: section(USER, '[::1]:8780'), problems: [] },
  {
    name: 'not loopback',
    text: section(USER, '0.0.0.0:8780'),
    problems: ['api.listen: only a loopback address or a unix socket can do without tls'],
  },
  {
    name: 'not loopback, with tls',
    text: `${section(USER, '0.0.0.0:8780')}  tls: { certificateFile: /c, keyFile: /k }\n`,
    problems: [],
  },
  {
    name: 'no port',
    text: section(USER, '127.0.0.1'),
    problems: [
      'api.listen: expected an address and port such as 127.0.0.1:8780, or unix: and an absolute path, got "127.0.0.1"',
    ],
  },
  {
    name: 'no secret',
    text: section('userName: admin, accessKeyId: KEY'),
    problems: [
      'api.accounts[0].users[0]: exactly one of secretAccessKey and secretAccessKeyFile must be given',
    ],
  },
  {
    name: 'a secret is not shown',
    text: section('userName: admin, accessKeyId: KEY, secretAccessKey: "with space"'),
    problems: [
      'api.accounts[0].users[0].secretAccessKey: expected a secret access key: 1 to 128 characters of ASCII without spaces',
    ],
  },
  {
    name: 'two keys in a list',
    text: section(
      'userName: admin, accessKeys: [{ accessKeyId: A, secretAccessKeyFile: /a }, { accessKeyId: B, secretAccessKey: b }]',
    ),
    problems: [],
  },
  {
    name: 'one key and another in a list',
    text: section(`${USER}, accessKeys: [{ accessKeyId: B, secretAccessKeyFile: /b }]`),
    problems: [],
  },
  {
    name: 'three keys',
    text: section(
      `${USER}, accessKeys: [{ accessKeyId: B, secretAccessKeyFile: /b }, { accessKeyId: C, secretAccessKeyFile: /c }]`,
    ),
    problems: ['api.accounts[0].users[0].accessKeys: a user has at most 2 access keys'],
  },
  {
    name: 'no key',
    text: section('userName: admin'),
    problems: [
      'api.accounts[0].users[0].accessKeyId: missing, expected an access key: accessKeyId with its secret, or accessKeys',
    ],
  },
  {
    name: 'a secret without its key',
    text: section(
      'userName: admin, secretAccessKeyFile: /a, accessKeys: [{ accessKeyId: B, secretAccessKeyFile: /b }]',
    ),
    problems: [
      'api.accounts[0].users[0].accessKeyId: missing, expected an access key: accessKeyId with its secret, or accessKeys',
    ],
  },
  {
    name: 'a key in a list without a secret, and one with two',
    text: section(
      'userName: admin, accessKeys: [{ accessKeyId: A }, { accessKeyId: B, secretAccessKeyFile: /b, secretAccessKey: b }]',
    ),
    problems: [
      'api.accounts[0].users[0].accessKeys[0]: exactly one of secretAccessKey and secretAccessKeyFile must be given',
      'api.accounts[0].users[0].accessKeys[1]: exactly one of secretAccessKey and secretAccessKeyFile must be given',
    ],
  },
  {
    name: 'the same key twice',
    text: section(`${USER}, accessKeys: [{ accessKeyId: KEY, secretAccessKeyFile: /b }]`),
    problems: ['api.accounts[0].users[0].accessKeys[0].accessKeyId: "KEY" is given twice'],
  },
  {
    name: 'an account that YAML takes for a number',
    text: section(USER).replace('"111122223333"', '111122223333'),
    problems: [
      'api.accounts[0].accountId: expected an account id of twelve digits, in quotes, got 111122223333',
    ],
  },
  {
    name: 'repeats',
    text: `${section(USER)}        - { userName: admin, accessKeyId: KEY, secretAccessKeyFile: /etc/secret }
    - { accountId: "111122223333" }
`,
    problems: [
      'api.accounts[0].users[1].userName: "admin" is given twice',
      'api.accounts[0].users[1].accessKeyId: "KEY" is given twice',
      'api.accounts[1].accountId: "111122223333" is given twice',
    ],
  },
  {
    name: 'unknown key',
    text: section(`${USER}, password: x`),
    problems: [
      'api.accounts[0].users[0].password: unknown key, known are userName, accessKeyId, secretAccessKeyFile, secretAccessKey, accessKeys, groups, policies',
    ],
  },
];

for (const { name, text, problems } of ROWS) {
  t.test(name, async (t) => {
    const result = parseConfiguration(text, 'x.yaml');
    t.same(result.ok ? [] : result.problems.map((problem) => problem.text), problems);
  });
}

t.test('a secret of a list in a file that others may read', async (t) => {
  const text = section('userName: admin, accessKeys: [{ accessKeyId: KEY, secretAccessKey: x }]');
  const file = join(t.testdir({ 'x.yaml': text }), 'x.yaml');
  chmodSync(file, 0o640);
  t.match(await loadConfiguration(file), {
    ok: false,
    problems: [
      {
        text: /^api\.accounts\[0\]\.users\[0\]\.accessKeys\[0\]\.secretAccessKey: others may read this file/,
      },
    ],
  });
});

t.test('a secret in a file that others may read', async (t) => {
  const text = section('userName: admin, accessKeyId: KEY, secretAccessKey: x');
  const file = join(t.testdir({ 'x.yaml': text }), 'x.yaml');
  chmodSync(file, 0o640);
  t.match(await loadConfiguration(file), {
    ok: false,
    problems: [
      {
        line: 7,
        text: 'api.accounts[0].users[0].secretAccessKey: others may read this file: chmod 600 it, or put the secret into a file of its own',
      },
    ],
  });
  chmodSync(file, 0o600);
  t.match(await loadConfiguration(file), { ok: true });
});

t.test('what a reload cannot change', async (t) => {
  const before = parseConfiguration(section(USER), 'x.yaml');
  if (!before.ok) throw new Error('not good');
  const reload = (text: string): string[] => {
    const result = parseConfiguration(text, 'x.yaml', before.configuration);
    return result.ok ? [] : result.problems.map((problem) => problem.text.split(':')[0] ?? '');
  };
  t.same(reload(section(USER, '127.0.0.1:8781')), ['api.listen']);
  t.same(reload('log: { level: info }'), ['api']);
  t.same(reload(section(USER.replace('KEY', 'OTHER'))), []);
});
