/** Bearer tokens: what a file may hold, and which requests are taken. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { BearerTokens, readBearerTokens } from '../../src/listen/bearer-tokens.js';

const TOKEN = 'abcdefghijklmnop-._~+/==';
const OTHER = '0123456789abcdef';

function fileOf(t: Test, text: string, mode = 0o600): string {
  const path = join(t.testdir({}), 'token');
  writeFileSync(path, text, { mode });
  return path;
}

t.test('headers', async (t) => {
  const tokens = new BearerTokens([TOKEN, OTHER]);
  const rows: readonly (readonly [header: string | undefined, isTaken: boolean])[] = [
    [`Bearer ${TOKEN}`, true],
    [`bearer   ${OTHER} `, true],
    [undefined, false],
    ['', false],
    ['Bearer', false],
    ['Bearer ', false],
    [TOKEN, false],
    [`Basic ${TOKEN}`, false],
    [`Bearer ${TOKEN.slice(0, -1)}`, false],
    [`Bearer ${TOKEN}=`, false],
    [`Bearer ${TOKEN} ${OTHER}`, false],
    [`Bearer ${TOKEN.toUpperCase()}`, false],
    [`Bearer ${'a'.repeat(15_000)}`, false],
  ];
  for (const [header, isTaken] of rows) t.equal(tokens.accept(header), isTaken, `${header}`.slice(0, 40));
  t.equal(new BearerTokens([]).accept('Bearer '), false, 'no token is none');
});

t.test('files', async (t) => {
  for (const [text, takes] of [
    [TOKEN, [TOKEN]],
    [`${TOKEN}\n`, [TOKEN]],
    [`${TOKEN}\r\n\n`, [TOKEN]],
    [`${OTHER}\n${TOKEN}\n`, [OTHER, TOKEN]],
  ] as const) {
    const tokens = await readBearerTokens('k', fileOf(t, text));
    for (const token of takes) t.ok(tokens.accept(`Bearer ${token}`), JSON.stringify(text));
  }
});

t.test('files that are refused', async (t) => {
  const wanted = /^k .*\/token: expected one token, or two on two lines, of 16 to 1024 letters/;
  for (const text of [
    '',
    '\n',
    'short',
    'a'.repeat(15),
    'a'.repeat(1025),
    'with white space in it',
    `${TOKEN}\n${OTHER}\n${TOKEN}a`,
    'umlautsäöüäöüäöüäöü',
    `${'='.repeat(20)}`,
  ]) {
    const error = await readBearerTokens('k', fileOf(t, text)).catch((one: Error) => one);
    t.ok(error instanceof Error && wanted.test(error.message), JSON.stringify(text.slice(0, 30)));
    if (text.length > 5) t.notMatch(String(error), text.trim(), 'what it holds is not shown');
  }
  await t.rejects(readBearerTokens('k', fileOf(t, 'a'.repeat(5000))), {
    message: /has more than 4096 bytes$/,
  });
  await t.rejects(readBearerTokens('k', fileOf(t, TOKEN, 0o644)), {
    code: 'listen-file',
    message: /everybody may open the file; take that away with chmod o=$/,
  });
  await t.rejects(readBearerTokens('k', t.testdir({})), { message: /is not a regular file$/ });
  await t.rejects(readBearerTokens('k', '/nowhere'), { message: 'k /nowhere: no such file or directory' });
});
