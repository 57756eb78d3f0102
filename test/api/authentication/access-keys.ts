/** Secrets in files: which files are accepted, and the errors for the others. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readAccessKeys } from '../../../src/api/authentication/access-keys.js';
import type { ApiSettings, ApiUser } from '../../../src/api/settings.js';
import { REGION } from '../../fixtures/api/recorded-requests.js';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

function settings(user: Partial<ApiUser>): ApiSettings {
  const admin: ApiUser = { userName: 'admin', accessKeys: [], groups: [], policies: [], ...user };
  return {
    listen: { kind: 'tcp', host: '127.0.0.1', port: 8780 },
    region: REGION,
    console: false,
    accounts: [{ accountId: '111122223333', organizationalUnits: [], groups: [], users: [admin] }],
  };
}

function directoryOf(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-keys-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function fileOf(t: Test, content: string | Uint8Array, mode = 0o600): string {
  const file = join(directoryOf(t), 'secret');
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

t.test('the keys of a user, in the configuration and in files', async (t) => {
  const secretAccessKeyFile = fileOf(t, `${SECRET}\n`);
  const keys = await readAccessKeys(
    settings({
      accessKeyId: 'AKIDOLD',
      secretAccessKey: 'old',
      accessKeys: [{ accessKeyId: 'AKIDNEW', secretAccessKeyFile }],
    }),
  );
  t.same([...keys.keys()], ['AKIDOLD', 'AKIDNEW']);
  t.match(keys.get('AKIDOLD'), { secretAccessKey: 'old', principal: { userName: 'admin' } });
  t.match(keys.get('AKIDNEW'), { secretAccessKey: SECRET, principal: { userName: 'admin' } });
});

t.test('the policies of a user', async (t) => {
  const allow = { Effect: 'Allow', Action: ['ec2:*'], Resource: ['*'] } as const;
  const deny = { Effect: 'Deny', Action: ['ec2:Delete*'], Resource: ['*'] } as const;
  const policies = [{ Statement: [allow] }, { Statement: [deny] }];
  const keys = await readAccessKeys(settings({ accessKeyId: 'AKIDONE', secretAccessKey: 'one', policies }));
  t.strictSame(keys.get('AKIDONE')?.principal.statements, [allow, deny]);
});

t.test('files that are accepted', async (t) => {
  for (const [name, content, mode] of [
    ['as it is', SECRET, 0o600],
    ['with a line feed', `${SECRET}\n`, 0o600],
    ['of another system', `${SECRET}\r\n`, 0o400],
    ['for a group', `${SECRET}\n`, 0o640],
  ] as const) {
    const keys = await readAccessKeys(
      settings({ accessKeyId: 'AKID', secretAccessKeyFile: fileOf(t, content, mode) }),
    );
    t.equal(keys.get('AKID')?.secretAccessKey, SECRET, name);
  }
  const longest = 'a'.repeat(128);
  const file = fileOf(t, `${longest}\r\n`);
  const keys = await readAccessKeys(settings({ accessKeyId: 'AKID', secretAccessKeyFile: file }));
  t.equal(keys.get('AKID')?.secretAccessKey, longest);
});

t.test('files that are refused', async (t) => {
  const directory = directoryOf(t);
  const pipe = join(directory, 'pipe');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  mkdirSync(join(directory, 'directory'));
  const rows = [
    ['absent', `/${SECRET}`, 'no such file or directory'],
    ['below a file', `${fileOf(t, SECRET)}/${SECRET}`, 'not a directory'],
    ['a long name', `/${'a'.repeat(300)}`, 'name too long'],
    ['a directory', join(directory, 'directory'), 'is not a regular file'],
    ['a pipe without a writer', pipe, 'is not a regular file'],
    ['a device', '/dev/zero', 'is not a regular file'],
    [
      'open to everybody',
      fileOf(t, SECRET, 0o604),
      'everybody may open the file; take that away with chmod o=',
    ],
  ] as const;
  const contents = [
    '',
    '\n',
    `${SECRET}\n\n`,
    `${SECRET} \n`,
    `a\n${SECRET}`,
    '\ufeffa',
    'a\0',
    'a'.repeat(129),
    'a'.repeat(2 ** 20),
  ];
  const unread = contents.map(
    (content) =>
      [
        `content ${JSON.stringify(content.slice(0, 60))}`,
        content,
        'the file holds no secret access key, or more than that',
      ] as const,
  );
  const check = async (name: string, secretAccessKeyFile: string, reason: string): Promise<void> => {
    const user = { accessKeyId: 'AKID', secretAccessKeyFile };
    await t.rejects(
      readAccessKeys(settings(user)),
      {
        code: 'api-file',
        message: `secretAccessKeyFile of the access key AKID, user arn:aws:iam::111122223333:user/admin: ${reason}`,
      },
      name,
    );
  };
  for (const [name, path, reason] of rows) await check(name, path, reason);
  for (const [name, content, reason] of unread) await check(name, fileOf(t, content), reason);
});
