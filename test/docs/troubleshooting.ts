/** docs/troubleshooting.md explains every code and severity of findings; its examples are made by tests. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { FINDING_CODES, SEVERITIES } from '../../src/doctor/finding.js';
import { reportOf } from '../../src/doctor/report.js';
import { fromRoot } from '../fixtures/root.js';

const page = readFileSync(fromRoot('docs/troubleshooting.md'), 'utf8');

function firstCells(heading: string): string[] {
  const section = page.slice(page.indexOf(`# ${heading}\n`)).split(/\n##+ /)[0] ?? '';
  return [...section.matchAll(/^\| `([\w-]+)` /gm)].map(([, name]) => name ?? '');
}

t.test('every code, in the order of the list, and no other', async (t) => {
  t.same(firstCells('Every code'), [...FINDING_CODES]);
});

t.test('every severity', async (t) => {
  t.same(firstCells('Troubleshooting'), [...SEVERITIES]);
});

t.test('every member of the report', async (t) => {
  const report = reportOf([], [], { configurationFile: '', daemon: null });
  t.same(firstCells('For programs'), Object.keys(report));
});

t.test('every example is filled in, and a test makes it', async (t) => {
  const made = readFileSync(fromRoot('test/live/doctor.ts'), 'utf8');
  const examples = [...page.matchAll(/<!-- example ([\w-]+) -->\n\n((?: {4}.*\n)+)/g)];
  t.equal(examples.length, page.split('<!-- example ').length - 1);
  for (const [, name = '', block = ''] of examples) {
    t.ok(made.includes(`'${name}'`), `${name} is made`);
    t.ok(block.split('\n').length > 3, `${name} has output`);
  }
});
