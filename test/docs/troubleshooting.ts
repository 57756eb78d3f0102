/** docs/troubleshooting.md explains every code and severity of findings, and its examples are what the command prints. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { examine } from '../../src/doctor/examine.js';
import type { Facts } from '../../src/doctor/facts.js';
import { FINDING_CODES, SEVERITIES } from '../../src/doctor/finding.js';
import { type Report, renderReport, reportOf } from '../../src/doctor/report.js';
import { checkExample, checkSetups, withoutHints } from '../fixtures/doctor/example.js';
import { EXAMPLES, SETUPS, TRAFFIC } from '../fixtures/doctor/setups.js';
import { fromRoot } from '../fixtures/root.js';

const page = readFileSync(fromRoot('docs/troubleshooting.md'), 'utf8');

function reportFor(facts: Facts): Report {
  return reportOf(examine(facts), [], { configurationFile: facts.configurationFile, daemon: null });
}

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

for (const { name, facts, want } of SETUPS) {
  t.test(`what is said of ${name}`, async (t) => {
    const report = reportFor(facts);
    const found = report.findings.find(({ code }) => code === want);
    t.ok(found, JSON.stringify(report.findings));
    t.equal(
      report.findings[0]?.severity === 'error' || want === 'clock-behind',
      true,
      'it is the first thing said',
    );
    checkExample(t, name, withoutHints(renderReport(report)));
  });
}

for (const { name, facts } of EXAMPLES) {
  t.test(`the example ${name}`, async (t) =>
    checkExample(t, name, withoutHints(renderReport(reportFor(facts)))),
  );
}

t.test('the example traffic', async (t) => checkExample(t, 'traffic', renderReport(reportFor(TRAFFIC))));

t.test('the table of ten', async (t) => {
  t.equal(SETUPS.length, 10);
  const rows = SETUPS.map(({ broken, facts, want }) => {
    const found = reportFor(facts).findings.find(({ code }) => code === want);
    const followed = (found?.remedy ?? '').split('; or ')[0] ?? '';
    return [broken, `${found?.severity} \`${want}\``, `\`${followed}\``];
  });
  checkSetups(t, rows);
});

t.test('every example is filled in', async (t) => {
  const examples = [...page.matchAll(/<!-- example ([\w-]+) -->\n\n((?: {4}.*\n)+)/g)];
  t.equal(examples.length, page.split('<!-- example ').length - 1);
  for (const [, name = '', block = ''] of examples) t.ok(block.split('\n').length > 3, `${name} has output`);
});
