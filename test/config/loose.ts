/** What can still be read of a configuration with problems: the state directory, for commands that look at a daemon. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { looseStateDirectory, looseTexts } from '../../src/config/loose.js';
import { DEFAULT_STATE_DIRECTORY } from '../../src/config/schema.js';

/** `doubt` is what the command says; none: the directory is the file's own. */
const rows: readonly {
  readonly name: string;
  readonly text: string;
  readonly directory?: string;
  readonly doubt?: RegExp;
}[] = [
  { name: 'good', text: 'state: { directory: /run/tm }\n', directory: '/run/tm' },
  { name: 'without a directory', text: 'log: {}\n' },
  { name: 'empty', text: '' },
  {
    name: 'wrong values elsewhere',
    text: 'log: { level: loud }\nstate: { directory: /run/tm }\nx: 1\n',
    directory: '/run/tm',
  },
  {
    name: 'a syntax error before it',
    text: 'a: [1, 2\nstate:\n  directory: /run/tm\n',
    directory: '/run/tm',
  },
  {
    name: 'a syntax error behind it',
    text: 'state:\n  directory: "/run/tm" # here\nlog: {{{ :\n',
    directory: '/run/tm',
  },
  { name: 'a tab', text: 'state:\n\tdirectory: /run/tm\n', directory: '/run/tm' },
  {
    name: 'JSON that ends too early',
    text: '{ "state": { "directory": "/run/tm" }, "log": {',
    directory: '/run/tm',
  },
  {
    name: 'JSON without a comma',
    text: '{ "log": {} "state": { "directory": "/run/tm" } }',
    directory: '/run/tm',
  },
  {
    name: 'only in a comment',
    text: '# directory: /run/other\na: [\n',
    doubt: /cannot be parsed, and no state\.directory/,
  },
  {
    name: 'not a path',
    text: 'state: { directory: here }\n',
    doubt: /state\.directory: expected an absolute path, got "here"/,
  },
  {
    name: 'a number',
    text: 'state: { directory: 5 }\n',
    doubt: /state\.directory: expected an absolute path/,
  },
  { name: 'too long', text: `state: { directory: /${'x'.repeat(200)} }\n`, doubt: /at most/ },
  { name: 'a list', text: '- 1\n', doubt: /cannot be parsed/ },
  { name: 'nothing but braces', text: '{'.repeat(5000), doubt: /cannot be parsed/ },
  { name: 'billion laughs', text: `a: &a [${'*a,'.repeat(20_000)}]\n` },
  { name: 'a long line', text: `a: [${'directory '.repeat(200_000)}`, doubt: /cannot be parsed/ },
];

for (const { name, text, directory = DEFAULT_STATE_DIRECTORY, doubt } of rows) {
  t.test(name, async (t) => {
    const file = `${t.testdir()}/c.yaml`;
    writeFileSync(file, text);
    const found = await looseStateDirectory(file);
    t.equal(found.directory, directory);
    if (doubt === undefined) t.equal(found.doubt, undefined);
    else {
      t.match(found.doubt, doubt);
      t.match(found.doubt, new RegExp(`^${file}: .*; asking in ${DEFAULT_STATE_DIRECTORY}$`));
    }
  });
}

t.test('files that cannot be read', async (t) => {
  const directory = t.testdir();
  t.match(await looseStateDirectory(`${directory}/missing.yaml`), {
    directory: DEFAULT_STATE_DIRECTORY,
    doubt: /missing\.yaml: cannot be read: no such file or directory; asking in/,
  });
  t.match(await looseStateDirectory(directory), { doubt: /is a directory/ });
  t.strictSame(await looseTexts(`${directory}/missing.yaml`, 'a', 'b'), []);
});
