/** The lines of values in JSON: those that another parser finds. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { readDocument } from '../../src/config/document.js';
import type { ProblemPath } from '../../src/resources/problem.js';
import { jsonLines } from '../../src/transfer/json-lines.js';

/** All paths of a value down to a depth. */
function pathsOf(value: unknown, depth: number, path: ProblemPath = []): ProblemPath[] {
  if (typeof value !== 'object' || value === null || depth === 0) return [path];
  const inside = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : Object.entries(value);
  return [path, ...inside.flatMap(([step, item]) => pathsOf(item, depth - 1, [...path, step]))];
}

t.test('the lines that the parser of configurations finds', async (t) => {
  const value = fc.object({ maxDepth: 4, maxKeys: 5, key: fc.string({ minLength: 1, maxLength: 5 }) });
  const property = fc.property(value, fc.constantFrom(0, 1, 4), (random, indent) => {
    const text = JSON.stringify({ root: JSON.parse(JSON.stringify(random)) }, null, indent);
    const plain = JSON.parse(text) as unknown;
    const read = readDocument(text, true);
    // The other parser refuses some keys.
    fc.pre(read.ok && read.document.problems.length === 0);
    const lineOf = jsonLines(text);
    for (const path of pathsOf(plain, 5)) {
      if (path.length > 0 && read.ok)
        assert.equal(lineOf(path), read.document.placeOf(path).line, `${path} in ${text}`);
    }
  });
  fc.assert(property, { numRuns: 300 });
  t.pass('300 texts');
});

t.test('rows', async (t) => {
  const text = '\n{ "a\\"b" :\n[ "x,]", {"c":\n1}\n,\n[[[[[[[\n]]]]]]] ], "d": 2 }';
  const lineOf = jsonLines(text);
  const rows: [path: ProblemPath, line: number][] = [
    [[], 2],
    [['a"b'], 2],
    [['a"b', 0], 3],
    [['a"b', 1, 'c'], 3],
    [['a"b', 2], 6],
    [['a"b', 2, 0, 0, 0, 0, 0, 0], 6],
    [['d'], 7],
    [['none', 1], 2],
    [['a"b', 9], 2],
  ];
  for (const [path, line] of rows) t.equal(lineOf(path), line, JSON.stringify(path));
});

t.test('however deep, and however long', async (t) => {
  const deep = `{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}\n,"b":1}`;
  t.equal(jsonLines(deep)(['b']), 2);
  const long = `[${'{"a":\n1},'.repeat(100_000)}0]`;
  t.equal(jsonLines(long)([100_000]), 100_001);
});
