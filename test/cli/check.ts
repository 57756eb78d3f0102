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
