/** Files in JSON: their syntax errors are told in the words of JSON, without what may be a secret. */
import t from 'tap';
import { loadConfigurationFrom, parseConfiguration } from '../../src/config/load.js';

function problemsOf(text: string, file = 'c.json'): { line: number; column: number; text: string }[] {
  const result = parseConfiguration(text, file);
  return result.ok ? [] : result.problems.map(({ line, column, text }) => ({ line, column, text }));
}

/** Where V8 tells no position, that of the parser of YAML is shown: its line is the same. */
const rows: readonly { readonly text: string; readonly line: number; readonly says: RegExp }[] = [
  { text: '{ "log": {\n  "level": "info"\n', line: 2, says: /^not valid JSON: it ends too early$/ },
  {
    text: '{ "log": { "level": "info" }\n  "quotas": {} }',
    line: 2,
    says: /^not valid JSON: expected ',' or '}' after property value/,
  },
  { text: '{ "log": {} ]\n', line: 1, says: /^not valid JSON: expected ',' or '}'/ },
  {
    text: '{ "log": {} } }\n',
    line: 1,
    says: /^not valid JSON: unexpected non-whitespace character after json/,
  },
  {
    text: '{ "log": { "level": "in\nfo } }',
    line: 1,
    says: /^not valid JSON: bad control character in string literal/,
  },
  { text: '{ "log": @ }', line: 1, says: /^not valid JSON: unexpected token '@'$/ },
];

for (const { text, line, says } of rows) {
  t.test(JSON.stringify(text), async (t) => {
    const problems = problemsOf(text);
    t.equal(problems.length, 1, 'one problem: what follows from it is not told');
    t.equal(problems[0]?.line, line);
    t.match(problems[0]?.text, says);
    t.notMatch(problems[0]?.text, 'YAML');
  });
}

t.test('a column', async (t) => {
  t.match(problemsOf('{ "log": {}\n  "quotas": {} }'), [{ line: 2, column: 3 }]);
});

t.test('what YAML has beyond JSON is taken, as before', async (t) => {
  t.strictSame(problemsOf('{\n  // no comment\n  "log": {},\n}'.replace('// no', '# a')), []);
  t.strictSame(problemsOf("{ 'log': {}, }"), []);
});

t.test('a file in YAML has the words of YAML', async (t) => {
  t.match(problemsOf('{ "log": {', 'c.yaml'), [{ text: /^not valid YAML: / }]);
  t.match(problemsOf('{ "log": {', 'C.JSON'), [{ text: /^not valid JSON: / }]);
});

t.test('secrets are not shown', async (t) => {
  const secret = 'wJalrXUtnFEMI';
  for (const text of [
    `{ "secretAccessKey": ${secret} }`,
    `{ "a": 1, "secretAccessKey": "${secret}\n }`,
    `{ "secretAccessKey":\n  "${secret}" "x" }`,
    `{ "api": { "secretAccessKey": "${secret}" "b": 1 } }`,
    `{ "b": @, "secretAccessKey": "${secret}" }`,
  ]) {
    const problems = problemsOf(text);
    t.equal(problems.length, 1, text);
    t.notMatch(problems[0]?.text, secret, text);
    t.notMatch(problems[0]?.text, secret.slice(0, 4), text);
  }
});

t.test('standard input', async (t) => {
  async function* input(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield Buffer.from(part);
  }
  t.match(await loadConfigurationFrom(input('{ "lo', 'g": {} }')), { ok: true });
  t.match(await loadConfigurationFrom(input('{ "lo', 'g": ')), {
    ok: false,
    problems: [{ file: '<stdin>', line: 1, text: /not valid JSON/ }],
  });
  t.match(await loadConfigurationFrom(input('log: {')), { problems: [{ text: /not valid YAML/ }] });
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('log');
    throw Object.assign(new Error('read EIO'), { errno: -5 });
  }
  t.match(await loadConfigurationFrom(failing()), { problems: [{ text: 'cannot be read: i/o error' }] });
});
