/** Texts that are nested too deeply for a parser that recurses: they are refused, as often as one likes. */
import t from 'tap';
import { type Document, LineCounter, parseDocument } from 'yaml';
import { parseConfiguration } from '../../src/config/load.js';
import { parseYaml } from '../../src/config/yaml-text.js';

const DEEP: Readonly<Record<string, (levels: number) => string>> = {
  braces: (levels) => '{'.repeat(levels),
  brackets: (levels) => '['.repeat(levels),
  'mappings in flow style': (levels) => '{a: '.repeat(levels),
  'dashes in a line': (levels) => '- '.repeat(levels),
  'explicit keys': (levels) => '? '.repeat(levels),
  'values without keys': (levels) => ': '.repeat(levels),
  'keys in a line': (levels) => 'a: '.repeat(levels),
  indentation: (levels) => Array.from({ length: levels }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
  'braces behind a comment': (levels) => `# [[[\n${'{'.repeat(levels)}`,
};

for (const [name, textOf] of Object.entries(DEEP)) {
  t.test(name, async (t) => {
    t.equal(parseYaml(textOf(150)).isDeep, false, 'deep');
    t.equal(parseYaml(textOf(250)).isDeep, true, 'too deep');
    // V8 compiles regular expressions after some runs: the parser must not run out of its stack then.
    for (let run = 0; run < 5; run++) {
      const result = parseConfiguration(textOf(2500), 'c.yaml');
      t.match(result, { ok: false, problems: [{ text: 'nested too deeply' }] });
    }
  });
}

t.test('what is long and not deep', async (t) => {
  const many = 5000;
  for (const [name, text] of Object.entries({
    'many items': '- { a: [1, { b: 2 }] }\n'.repeat(many),
    'many keys': Array.from({ length: many }, (_, index) => `k${index}:\n  a: 1\n`).join(''),
    'quoted brackets': `a: "${'['.repeat(many)}"\nb: '${'{'.repeat(many)}'\n`,
    'a block of text': `a: |\n${'  - - [[[ {{{ ? : \n'.repeat(many)}`,
    'a comment': `# ${'[{'.repeat(many)}\na: 1\n`,
    'plain text': `a: x${'[[['.repeat(many)}\n`,
  })) {
    t.equal(parseYaml(text).isDeep, false, name);
  }
});

t.test('where it is told', async (t) => {
  const text = `log: {}\nx: ${'['.repeat(300)}`;
  t.match(parseConfiguration(text, 'c.yaml'), { problems: [{ line: 2, column: 203 }] });
});

t.test('it parses as npm yaml does', async (t) => {
  for (const text of [
    '',
    'a: 1\n',
    '# only a comment\n',
    'a: [1, { b: 2 }]\n- c\n',
    'a: &x 1\nb: *x\n--- \nc: 2\n...\n',
    '%YAML 1.2\n---\na: |\n  text\n',
    'a: "unterminated\n',
    '{ a: 1 ] }\n',
  ]) {
    const [ours, theirs] = [new LineCounter(), new LineCounter()];
    const parsed = parseYaml(text, ours);
    const document = parseDocument(text, { lineCounter: theirs, prettyErrors: false, uniqueKeys: false });
    if (parsed.isDeep) throw new Error('deep');
    const errorsOf = ({ errors }: Document): [string, number][] =>
      errors.map(({ code, pos }) => [code, pos[0]]);
    t.strictSame(errorsOf(parsed.document), errorsOf(document), JSON.stringify(text));
    t.strictSame(parsed.document.toJS(), document.toJS());
    t.strictSame(ours.lineStarts, theirs.lineStarts, 'lines');
  }
});
