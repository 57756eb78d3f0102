/** `check`: a line per problem or warning, exit code 0 or 1. */
import t from 'tap';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { fromRoot } from '../fixtures/root.js';

const path = (name: string): string => fromRoot(`${name}`);

for (const name of ['config/lab.yaml', 'config/example.yaml', 'config/examples/non-local-traffic.yaml']) {
  t.test(`${name} is good`, { skip: skipWithoutBuild }, async (t) => {
    const outcome = trafficMirror('check', '--config', path(name));
    t.equal(outcome.exitCode, 0);
    t.equal(outcome.stderr, '');
  });
}

t.test('every problem is a line of its own', { skip: skipWithoutBuild }, async (t) => {
  const file = `${t.testdir({
    'bad.yaml': 'networkInterfaces:\n  - { networkInterfaceId: eni-a, device: a/b }\nlog: { level: loud }\n',
  })}/bad.yaml`;
  const outcome = trafficMirror('check', '--config', file);
  t.equal(outcome.exitCode, 1);
  t.same(
    outcome.complaints.map((line) => line.slice(0, file.length + 3)),
    [`${file}:2:`, `${file}:3:`],
  );
});

t.test('a warning is a line, and the file is good', { skip: skipWithoutBuild }, async (t) => {
  const file = `${t.testdir({
    'odd.yaml':
      'trafficMirrorFilters:\n  - trafficMirrorFilterId: tmf\n    ingressFilterRules:\n      - { ruleNumber: 1, ruleAction: accept, protocol: 0, sourceCidrBlock: "::/0", destinationCidrBlock: "::/0" }\n',
  })}/odd.yaml`;
  const outcome = trafficMirror('check', '--config', file);
  t.equal(outcome.exitCode, 0);
  t.match(outcome.stdout, `${file}: good`);
  t.same(
    outcome.complaints.map((line) => line.slice(0, file.length + 12)),
    [`${file}:4: warning:`.slice(0, file.length + 12)],
  );
});

t.test('as JSON', { skip: skipWithoutBuild }, async (t) => {
  const directory = t.testdir({
    'bad.json':
      '{ "networkInterfaces": [ { "networkInterfaceId": "eni-a", "device": "a/b" } ],\n  "log": { "level": "loud" } }\n',
    'odd.yaml':
      'trafficMirrorFilters:\n  - trafficMirrorFilterId: tmf\n    ingressFilterRules:\n      - { ruleNumber: 1, ruleAction: accept, sourceCidrBlock: 10.0.0.1/24, destinationCidrBlock: 0.0.0.0/0 }\n',
    'good.yaml': 'log: {}\n',
  });
  const checked = (name: string): { exitCode: number | null; findings: unknown } => {
    const { exitCode, stdout, stderr } = trafficMirror('check', '--json', '--config', `${directory}/${name}`);
    t.equal(stderr, '', name);
    return { exitCode, findings: JSON.parse(stdout) };
  };
  const bad = checked('bad.json');
  t.equal(bad.exitCode, 1);
  t.match(bad.findings, [
    {
      file: `${directory}/bad.json`,
      line: 1,
      column: 59,
      severity: 'error',
      text: /device: expected a device name/,
    },
    {
      file: `${directory}/bad.json`,
      line: 2,
      column: 12,
      severity: 'error',
      text: /^log\.level: expected one of/,
    },
  ]);
  const odd = checked('odd.yaml');
  t.equal(odd.exitCode, 0);
  t.strictSame(odd.findings, [
    {
      file: `${directory}/odd.yaml`,
      line: 4,
      column: 46,
      severity: 'warning',
      text:
        'trafficMirrorFilters[0].ingressFilterRules[0].sourceCidrBlock: "10.0.0.1/24" has bits behind its length, ' +
        'and means 10.0.0.0/24; for the one host write 10.0.0.1/32',
    },
  ]);
  t.strictSame(checked('good.yaml'), { exitCode: 0, findings: [] });
  t.match(checked('missing.yaml'), {
    exitCode: 1,
    findings: [{ line: 1, column: 1, severity: 'error', text: 'cannot be read: no such file or directory' }],
  });
});

t.test('far out in a line the column is told', { skip: skipWithoutBuild }, async (t) => {
  const rest = Array.from({ length: 9 }, (_, index) => `"a${index}": { "b": 1 }`).join(', ');
  const file = `${t.testdir({ 'one-line.json': `{ "log": { "level": "info" }, "quotas": {}, ${rest} }\n` })}/one-line.json`;
  const { complaints } = trafficMirror('check', '--config', file);
  t.equal(complaints.length, 9);
  t.match(complaints[0], new RegExp(`^${file}:1: a0: unknown key`), 'near the beginning it is not');
  t.match(complaints.at(-1), new RegExp(`^${file}:1: column 189: a8: unknown key`));
});

t.test('a file that is not there', { skip: skipWithoutBuild }, async (t) => {
  const outcome = trafficMirror('check', '--config', '/nonexistent/x.yaml');
  t.equal(outcome.exitCode, 1);
  t.equal(outcome.complaints.length, 1);
});

t.test('run refuses what check refuses', { skip: skipWithoutBuild }, async (t) => {
  const file = `${t.testdir({ 'bad.yaml': 'engines: {}\n' })}/bad.yaml`;
  const checked = trafficMirror('check', '--config', file);
  const run = trafficMirror('run', '--config', file);
  t.equal(run.exitCode, 1);
  t.same(run.complaints, checked.complaints);
});
