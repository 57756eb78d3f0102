/** No message shows a secret, however wrong the text around it is. */
import fc from 'fast-check';
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
/** A message that has this many characters of a secret in a row shows it. */
const SHOWN = 6;

const LINES: readonly { readonly name: string; readonly lines: (value: string) => readonly string[] }[] = [
  { name: 'secretAccessKey', lines: (value) => [`secretAccessKey: ${value}`] },
  { name: 'secretAccessKeyFile', lines: (value) => [`secretAccessKeyFile: ${value}`] },
  {
    name: 'in a list',
    lines: (value) => ['accessKeys:', `  - { accessKeyId: B, secretAccessKey: ${value} }`],
  },
  { name: 'a file in a list', lines: (value) => ['accessKeys:', `  - secretAccessKeyFile: ${value}`] },
  { name: 'without a space', lines: (value) => [`secretAccessKey:${value}`] },
  { name: 'without a space, first', lines: (value) => ['accessKeys:', `  - secretAccessKey:${value}`] },
  {
    name: 'without a space, in braces',
    lines: (value) => ['accessKeys:', `  - {accessKeyId: B, secretAccessKey:${value}}`],
  },
  { name: 'with an equals sign', lines: (value) => [`secretAccessKey=${value}`] },
  { name: 'on the next line', lines: (value) => ['secretAccessKey:', '  # here', '', `  ${value}`] },
  { name: 'both', lines: (value) => [`secretAccessKey: ${value}`, `secretAccessKeyFile: ${value}`] },
  { name: 'twice', lines: (value) => [`secretAccessKey: ${value}`, `secretAccessKey: ${value}`] },
  {
    name: 'as the key’s id',
    lines: (value) => [`accessKeys: [{ accessKeyId: ${value}, secretAccessKey: x }]`],
  },
  { name: 'in another case', lines: (value) => [`SecretAccessKey: ${value}`] },
];

const textOf = (lines: readonly string[]): string =>
  [
    'api:',
    '  listen: 127.0.0.1:8780',
    '  accounts:',
    '    - accountId: "111122223333"',
    '      users:',
    '        - userName: admin',
    '          accessKeyId: AKIDEXAMPLE',
    ...lines.map((line) => `          ${line}`),
    '          policies: []',
    '',
  ].join('\n');

function problemsOf(text: string): string[] {
  const result = parseConfiguration(text, 'x.yaml');
  return result.ok ? [] : result.problems.map((problem) => problem.text);
}

/** Parts of the secret that a text shows. */
function shownIn(text: string): string[] {
  return Array.from({ length: SECRET.length - SHOWN + 1 }, (_, at) => SECRET.slice(at, at + SHOWN)).filter(
    (part) => text.includes(part),
  );
}

t.test('an alias, a tag, a path', async (t) => {
  const rows = [
    [`secretAccessKey: *${SECRET}`, 'alias where a secret stands: put the secret in quotes'],
    [`secretAccessKey: !${SECRET}`, 'tag where a secret stands: put the secret in quotes'],
    [`secretAccessKey: |${SECRET}`, 'not valid YAML where a secret stands: put it in quotes'],
    [
      `secretAccessKeyFile: ${SECRET}`,
      'api.accounts[0].users[0].secretAccessKeyFile: expected the absolute path of a file that holds the secret',
    ],
    [
      `accessKeys: [{ accessKeyId: ${SECRET}, secretAccessKey: x }]`,
      'api.accounts[0].users[0].accessKeys[0].accessKeyId: expected an access key id: 1 to 128 letters, digits and _',
    ],
  ] as const;
  for (const [line, problem] of rows) {
    const problems = problemsOf(textOf([line]));
    t.ok(problems.includes(problem), `${line}: ${problems.join('; ')}`);
  }
  t.same(problemsOf('log: { level: *web }\n'), ['alias "web" has no anchor'], 'elsewhere the name helps');
});

t.test('any characters around it', async (t) => {
  const mark = fc.constantFrom(
    ...'*&!|>%@`"\'[]{}#,:?-=<~\\ \t'.split(''),
    '- ',
    '? ',
    ': ',
    '!!',
    '&a *',
    '<<: *',
  );
  const withoutSpace = mark.filter((text) => !/\s/.test(text));
  let refused = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...LINES),
      fc.array(mark, { maxLength: 3 }),
      fc.array(withoutSpace, { maxLength: 2 }),
      fc.nat(SECRET.length),
      fc.array(withoutSpace, { maxLength: 1 }),
      ({ lines }, before, behind, at, within) => {
        const value = [...before, SECRET.slice(0, at), ...within, SECRET.slice(at), ...behind].join('');
        const problems = problemsOf(textOf(lines(value)));
        if (problems.length > 0) refused++;
        return problems.every((problem) => shownIn(problem).length === 0);
      },
    ),
    { numRuns: 5000 },
  );
  t.ok(refused > 2500, `${refused} refused`);
});
