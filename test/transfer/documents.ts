/** Texts to documents: pages one behind another, YAML, and what cannot be read. */
import t from 'tap';
import { formatProblem } from '../../src/config/problem.js';
import { readDocuments } from '../../src/transfer/documents.js';

t.test('one document, and pages behind one another', async (t) => {
  const rows = [
    { name: 'one', text: '{"a": [1,\n2]}', want: [[{ a: [1, 2] }, 2]] },
    {
      name: 'pages',
      text: '{"a": [1,\n2]}\n{"a": [3,\n"}{\\"["]}',
      want: [
        [{ a: [1, 2] }, 2],
        [{ a: [3, '}{"['] }, 4],
      ],
    },
    {
      name: 'without a break',
      text: '{"a":[1,2]}{"a":[3,4]}',
      want: [
        [{ a: [1, 2] }, 1],
        [{ a: [3, 4] }, 1],
      ],
    },
    { name: 'YAML', text: 'a:\n- 1\n- 2\n', want: [[{ a: [1, 2] }, 3]] },
    { name: 'JSON with a comma too many', text: '{"a": [1,\n2,]}', want: [[{ a: [1, 2] }, 2]] },
  ];
  for (const { name, text, want } of rows) {
    const read = readDocuments(text, 'f');
    t.strictSame(read.ok && read.documents.map(({ value, lineOf }) => [value, lineOf(['a', 1])]), want, name);
  }
});

t.test('what cannot be read', async (t) => {
  const rows: [text: string, want: string | RegExp][] = [
    ['', 'f:1: is empty'],
    [' \n ', 'f:1: is empty'],
    ['{"a": 1}\n{"a": [\n1,\n', 'f:4: ends in the middle of a JSON document: the output was cut off'],
    ['{"a": "b\n', 'f:2: ends in the middle of a JSON document: the output was cut off'],
    ['{"a": 1}\n{"a" 1]}', /^f:2: not valid JSON: /],
    ['a: b: c', /^f:1: not valid YAML/],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 'f:1: is nested too deeply'],
    [`{}\n${'['.repeat(200_000)}${']'.repeat(200_000)}`, 'f:1: is nested too deeply'],
    [`{"a": ["${'x'.repeat(2 ** 24)}", ]}`, 'f:1: is not valid JSON, and too long to find out where'],
    [`a: ${'x'.repeat(2 ** 24)}`, 'f:1: is no JSON, and too long for YAML'],
  ];
  for (const [text, want] of rows) {
    const read = readDocuments(text, 'f');
    const lines = read.ok ? '' : read.problems.map(formatProblem).join('\n');
    t.match(lines, want, text.slice(0, 40));
  }
});
