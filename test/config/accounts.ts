/** Groups and organizations in the section `api`: what is taken, and what is refused with its place. */
import t from 'tap';
import { readAccessKeys } from '../../src/api/authentication/access-keys.js';
import { authorize } from '../../src/api/authorization/authorize.js';
import { parseConfiguration } from '../../src/config/load.js';

const ACCOUNT = '111122223333';

function file(...accounts: object[]): string {
  return JSON.stringify({ api: { listen: '127.0.0.1:8780', accounts } });
}

const user = (userName: string, more: object = {}): object => ({
  userName,
  accessKeyId: `AKID${userName}`,
  secretAccessKey: 's',
  ...more,
});

const policy = (Effect: string, Action: string, more: object = {}): object => ({
  Statement: [{ Effect, Action, Resource: '*', ...more }],
});

function problems(...accounts: object[]): string[] {
  const result = parseConfiguration(file(...accounts), 'x.json');
  return result.ok ? [] : result.problems.map(({ text }) => text);
}

t.test('a user has its own statements and those of its groups', async (t) => {
  const groups = [
    { groupName: 'readers', policies: [policy('Allow', 'ec2:Describe*')] },
    { groupName: 'careful', policies: [policy('Deny', 'ec2:Delete*'), policy('Allow', 'ram:*')] },
    { groupName: 'empty' },
  ];
  const users = [
    user('alone', { policies: [policy('Allow', 'ec2:*')] }),
    user('reader', { groups: ['readers'] }),
    user('both', { groups: ['careful', 'readers'], policies: [policy('Allow', 'ec2:*')] }),
    user('none', { groups: ['empty'] }),
  ];
  const other = {
    accountId: '444455556666',
    groups: [{ groupName: 'readers', policies: [policy('Allow', '*')] }],
    users: [user('far', { groups: ['readers'] })],
  };
  const result = parseConfiguration(file({ accountId: ACCOUNT, groups, users }, other), 'x.json');
  if (!result.ok || result.configuration.api === undefined) throw new Error(JSON.stringify(result));
  const [first, ...rest] = result.configuration.api.accounts;
  if (first === undefined) throw new Error('no account');
  const keys = await readAccessKeys({ ...result.configuration.api, accounts: [first, ...rest] });
  const rows: [userName: string, action: string, want: string][] = [
    ['alone', 'ec2:DeleteTags', 'allow'],
    ['alone', 'ram:ListResources', 'implicit-deny'],
    ['reader', 'ec2:DescribeTags', 'allow'],
    ['reader', 'ec2:DeleteTags', 'implicit-deny'],
    ['both', 'ec2:CreateTags', 'allow'],
    ['both', 'ec2:DeleteTags', 'explicit-deny'],
    ['both', 'ram:ListResources', 'allow'],
    ['none', 'ec2:DescribeTags', 'implicit-deny'],
    ['far', 'ec2:DeleteTags', 'allow'],
  ];
  for (const [userName, action, want] of rows) {
    const principal = keys.get(`AKID${userName}`)?.principal;
    if (principal === undefined) throw new Error(userName);
    t.equal(authorize(principal, action, '*', {}), want, `${userName} ${action}`);
  }
});

t.test('groups that are not there, or there twice', async (t) => {
  t.same(problems({ accountId: ACCOUNT, users: [user('a', { groups: ['x'] })] }), [
    `api.accounts[0].users[0].groups[0]: the account ${ACCOUNT} has no group "x"`,
  ]);
  const far = { accountId: '444455556666', groups: [{ groupName: 'x' }] };
  t.same(
    problems({ accountId: ACCOUNT, users: [user('a', { groups: ['x'] })] }, far),
    [`api.accounts[0].users[0].groups[0]: the account ${ACCOUNT} has no group "x"`],
    'a group of another account',
  );
  for (const name of ['__proto__', 'constructor', 'toString']) {
    t.match(problems({ accountId: ACCOUNT, users: [user('a', { groups: [name] })] }), [/has no group/], name);
  }
  t.same(problems({ accountId: ACCOUNT, groups: [{ groupName: 'x' }, { groupName: 'X' }] }), [
    'api.accounts[0].groups[1].groupName: "X" is given twice',
  ]);
  t.same(
    problems({
      accountId: ACCOUNT,
      groups: [{ groupName: 'x' }],
      users: [user('a', { groups: ['x', 'x'] })],
    }),
    ['api.accounts[0].users[0].groups[1]: "x" is given twice'],
  );
  t.match(problems({ accountId: ACCOUNT, groups: [{ groupName: 'a b' }] }), [/1 to 128 letters, digits/]);
  t.match(
    problems({ accountId: ACCOUNT, groups: [{ groupName: 'x', policies: [policy('Deny', 's3:*')] }] }),
    [/^api\.accounts\[0\]\.groups\[0\]\.policies\[0\]\.Statement\[0\]\.Action.*not here.*a Deny must/],
  );
});

t.test('an Allow in a group that fits nothing is a warning', async (t) => {
  const groups = [{ groupName: 'x', policies: [policy('Allow', 's3:*')] }];
  const result = parseConfiguration(file({ accountId: ACCOUNT, groups }), 'x.json');
  t.match(result, { ok: true, warnings: [{ text: /groups\[0\]\.policies\[0\].*s3.*so it has no effect/ }] });
  const identity = [{ groupName: 'x', policies: [policy('Allow', 'sts:GetCallerIdentity')] }];
  t.match(parseConfiguration(file({ accountId: ACCOUNT, groups: identity }), 'x.json'), {
    ok: true,
    warnings: [{ text: /is what every user may do/ }],
  });
});

t.test('organizations and units', async (t) => {
  const organization = 'o-a1b2c3d4e5';
  const organizationalUnits = ['ou-a1b2-c3d4e5f6', 'ou-a1b2-c3d4e5f7'];
  t.same(problems({ accountId: ACCOUNT, organization, organizationalUnits }), []);
  t.same(problems({ accountId: ACCOUNT, organization }), []);
  t.same(problems({ accountId: ACCOUNT, organizationalUnits }), [
    'api.accounts[0].organizationalUnits: units belong to an organization: organization is missing',
  ]);
  for (const wrong of ['o-short', 'O-A1B2C3D4E5', 'a1b2c3d4e5', `o-${'a'.repeat(33)}`, 'o-a1b2c3d4e5/ou']) {
    t.match(problems({ accountId: ACCOUNT, organization: wrong }), [/id of an organization such as/], wrong);
  }
  for (const wrong of ['ou-a1b2', 'ou-a1b2-short', 'r-a1b2', 'ou-a1b2-c3d4e5f6/x']) {
    const units = { accountId: ACCOUNT, organization, organizationalUnits: [wrong] };
    t.match(problems(units), [/id of an organizational unit such as/], wrong);
  }
  const twice = [...organizationalUnits, organizationalUnits[0]];
  t.match(problems({ accountId: ACCOUNT, organization, organizationalUnits: twice }), [/given twice/]);
});

t.test('the owner of a subnet without that of the interface', async (t) => {
  const text = (more: object): string =>
    JSON.stringify({ networkInterfaces: [{ networkInterfaceId: 'eni-1', device: 'veth0', ...more }] });
  const wrong = parseConfiguration(text({ subnetOwnerId: ACCOUNT }), 'x.json');
  t.match(wrong, {
    ok: false,
    problems: [
      {
        text: 'networkInterfaces[0].subnetOwnerId: needs ownerId: without it every account may use the interface',
      },
    ],
  });
  t.match(parseConfiguration(text({ subnetOwnerId: ACCOUNT, ownerId: '444455556666' }), 'x.json'), {
    ok: true,
  });
});
