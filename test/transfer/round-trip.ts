/** What is exported is what is read again: as a configuration, and as AWS's output that is imported. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { parseConfiguration } from '../../src/config/load.js';
import { formatProblem } from '../../src/config/problem.js';
import type { ResourceSet } from '../../src/resources/resource-set.js';
import { configurationData, configurationText } from '../../src/transfer/configuration-text.js';
import { readDocuments } from '../../src/transfer/documents.js';
import { exportable } from '../../src/transfer/exportable.js';
import { importAws } from '../../src/transfer/import-aws.js';
import { awsOutput } from '../../src/transfer/write-aws.js';
import { resourceSetArbitrary } from '../fixtures/transfer/resource-set-arbitrary.js';

const CASES = Number(process.env.TRANSFER_CASES ?? 300);

t.setTimeout(120_000 + CASES * 100);

function loaded(text: string): ResourceSet {
  const result = parseConfiguration(text, 'exported.yaml');
  assert.ok(result.ok, result.ok ? '' : `${result.problems.map(formatProblem).join('\n')}\n${text}`);
  return result.configuration.resources;
}

function exported(resources: ResourceSet): string {
  return configurationText(configurationData(exportable(resources, []).resources), ['exported']);
}

/** Another part of the program reads what one part has written: the text is all that they share. */
function imported(json: string): string {
  const read = readDocuments(json, 'aws.json');
  assert.ok(read.ok);
  const result = importAws(read.documents, { devices: new Map(), addresses: new Map() }, ['aws.json']);
  assert.ok(result.ok, result.ok ? '' : result.problems.map(formatProblem).join('\n'));
  const told = result.notes.filter((note) => !note.includes('protocol 0 is'));
  assert.deepEqual(told, [], 'nothing was left out');
  return result.text;
}

t.test('export, then check', async (t) => {
  const property = fc.property(resourceSetArbitrary, (resources) => {
    assert.deepEqual(loaded(exported(resources)), resources);
  });
  fc.assert(property, { numRuns: CASES });
  t.pass(`${CASES} sets of resources`);
});

t.test('export --aws, then import, then check', async (t) => {
  const property = fc.property(resourceSetArbitrary, (resources) => {
    const json = JSON.stringify(awsOutput(exportable(resources, []).resources, {}), null, 4);
    const text = imported(json);
    assert.deepEqual(loaded(text), resources);
    const [, ...lines] = text.split('\n');
    const [, ...want] = exported(resources).split('\n');
    assert.deepEqual(lines, want, 'the same text but for its head');
  });
  fc.assert(property, { numRuns: CASES });
  t.pass(`${CASES} sets of resources`);
});

t.test('what a file can have is exported whole', async (t) => {
  const property = fc.property(resourceSetArbitrary, (resources) => {
    const { resources: kept, notes } = exportable(resources, []);
    assert.deepEqual(notes, []);
    assert.deepEqual(kept, resources);
  });
  fc.assert(property, { numRuns: CASES });
  t.pass(`${CASES} sets of resources`);
});
