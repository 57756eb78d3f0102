/** Whatever stands in the input: a configuration that `check` accepts, or lines that say what is wrong. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import { readDocuments } from '../../src/transfer/documents.js';
import { importAws } from '../../src/transfer/import-aws.js';
import { awsOutput } from '../../src/transfer/write-aws.js';
import { resourceSetArbitrary } from '../fixtures/transfer/resource-set-arbitrary.js';

const CASES = Number(process.env.TRANSFER_CASES ?? 400);

t.setTimeout(120_000 + CASES * 100);

type Node = Record<string | number, unknown>;

/** Values that something else was expected in place of. */
const anything = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e99,
    true,
    [],
    {},
    [[]],
    [null],
    { __proto__: null },
    'constructor',
  ),
  fc.constantFrom<unknown>(
    [{ Key: '__proto__', Value: 1 }],
    { FromPort: 'a' },
    [{}],
    ['a', 'a'],
    '\u0000',
    '\ud800',
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Goes down a document as the numbers say. @returns where it ends, and the key there. */
function pathIn(root: Node, steps: readonly number[]): readonly [node: Node, key: string] {
  let node = root;
  let key = '';
  for (const step of steps) {
    const keys = Object.keys(node);
    key = keys[step % Math.max(1, keys.length)] ?? 'Extra';
    const next = node[key];
    if (typeof next !== 'object' || next === null || step % 7 === 0) break;
    if (step === steps.at(-1)) break;
    node = next as Node;
    key = Object.keys(node)[0] ?? 'Extra';
  }
  return [node, key];
}

function judge(text: string): 'good' | 'bad' {
  const read = readDocuments(text, 'in.json');
  const result = read.ok
    ? importAws(read.documents, { devices: new Map(), addresses: new Map() }, ['in.json'])
    : { ok: false as const, problems: read.problems, wrongUsage: [] };
  if (result.ok) {
    const checked = parseConfiguration(result.text, 'out.yaml');
    assert.ok(checked.ok, checked.ok ? '' : `${checked.problems.map(formatProblem).join('\n')}\n${text}`);
    for (const note of result.notes) assert.match(note, /^in\.json:\d+: [^\n]+$/);
    return 'good';
  }
  assert.ok(result.problems.length > 0);
  for (const problem of result.problems) assert.match(formatProblem(problem), /^in\.json:[1-9]\d*: [^\n]+$/);
  return 'bad';
}

t.test('a value in place of another', async (t) => {
  const seen = { good: 0, bad: 0 };
  // Of documents that nothing was done to, some are accepted in every run; of the others few are.
  const changes = fc.array(fc.tuple(fc.array(fc.nat(1000), { minLength: 1, maxLength: 7 }), anything), {
    maxLength: 3,
  });
  const property = fc.property(
    resourceSetArbitrary,
    changes,
    fc.boolean(),
    (resources, mutations, isPlain) => {
      const document = JSON.parse(JSON.stringify(awsOutput(resources, {}))) as Node;
      // Without an inventory, as from AWS.
      if (isPlain) delete document.TrafficMirrorInventory;
      for (const [steps, value] of mutations) {
        const [node, key] = pathIn(document, steps);
        node[key] = structuredClone(value);
      }
      seen[judge(JSON.stringify(document, null, 1))] += 1;
    },
  );
  fc.assert(property, { numRuns: CASES });
  t.ok(seen.good > 10 && seen.bad > 10, `${seen.good} good, ${seen.bad} bad`);
});

t.test('text that is cut, or that has a character too many', async (t) => {
  const property = fc.property(
    resourceSetArbitrary,
    fc.nat(),
    fc.constantFrom('', '"', '}', ',', '\n', '\u0000'),
    (resources, at, more) => {
      const text = JSON.stringify(awsOutput(resources, {}), null, 1);
      const place = at % text.length;
      judge(more === '' ? text.slice(0, place) : text.slice(0, place) + more + text.slice(place));
    },
  );
  fc.assert(property, { numRuns: CASES });
  t.pass(`${CASES} texts`);
});
