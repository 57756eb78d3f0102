/** `doctor` and `check --environment` without root and without a daemon: a report, and an exit code. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import type { Report } from '../../src/doctor/report.js';
import { checkExample, withoutHints } from '../fixtures/doctor/example.js';
import { COMMAND, environment, skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { isInstalled } from '../fixtures/live/requirements.js';

const SESSION =
  '{ trafficMirrorSessionId: tms, networkInterfaceId: no-such-dev, trafficMirrorTargetId: tmt, trafficMirrorFilterId: tmf, sessionNumber: 1 }';
const RULE =
  '{ ruleNumber: 1, ruleAction: accept, sourceCidrBlock: 0.0.0.0/0, destinationCidrBlock: 0.0.0.0/0 }';

function goodFile(directory: string): string {
  return `
trafficMirrorTargets: [{ trafficMirrorTargetId: tmt, networkInterfaceId: 127.0.0.1 }]
trafficMirrorFilters: [{ trafficMirrorFilterId: tmf, ingressFilterRules: [${RULE}], egressFilterRules: [${RULE}] }]
trafficMirrorSessions: [${SESSION}]
state: { directory: ${directory} }
`;
}

/** The path of a socket has to fit in it: those of testdir are long. */
const stateDirectory = mkdtempSync(join(tmpdir(), 'tm-doctor-'));
t.teardown(() => rmSync(stateDirectory, { recursive: true, force: true }));

const codes = ({ findings }: Report, severity: string): string[] =>
  findings.filter((one) => one.severity === severity).map(({ code }) => code);

t.test('what is wrong is a line with its remedy below it', { skip: skipWithoutBuild }, async (t) => {
  const directory = stateDirectory;
  const file = `${t.testdir({ 'good.yaml': goodFile(directory) })}/good.yaml`;
  const outcome = trafficMirror('doctor', '--config', file);
  t.equal(outcome.exitCode, 1);
  t.equal(outcome.stderr, '');
  t.match(
    outcome.stdout,
    /^error \[daemon-not-running\] daemon: no daemon answers on .*\n {4}systemctl start/m,
  );
  t.match(
    outcome.stdout,
    /^error \[device-missing\] no-such-dev: device no-such-dev does not exist.*\n {4}\S/m,
  );
  t.match(outcome.stdout, /copies are kept away or cut\n$/);
});

t.test('--json is the same', { skip: skipWithoutBuild }, async (t) => {
  const directory = stateDirectory;
  const file = `${t.testdir({ 'good.yaml': goodFile(directory) })}/good.yaml`;
  const outcome = trafficMirror('doctor', '--config', file, '--json');
  const report = JSON.parse(outcome.stdout) as Report;
  t.equal(outcome.exitCode, 1);
  t.match(report, { configurationFile: file, daemon: null });
  t.equal(report.errors, codes(report, 'error').length);
  t.ok(codes(report, 'error').includes('device-missing'));
  t.ok(codes(report, 'error').includes('daemon-not-running'));
  const checked = JSON.parse(
    trafficMirror('check', '--environment', '--json', '--config', file).stdout,
  ) as Report;
  t.notOk(codes(checked, 'error').includes('daemon-not-running'), 'check asks no daemon');
  t.ok(codes(checked, 'error').includes('device-missing'));
});

t.test(
  'a bad file is a finding for each problem, and the rest is judged',
  { skip: skipWithoutBuild },
  async (t) => {
    const file = `${t.testdir({ 'bad.yaml': 'log: { level: loud }\nengine: { io: x }\n' })}/bad.yaml`;
    for (const command of [['doctor'], ['check', '--environment']]) {
      const outcome = trafficMirror(...command, '--config', file, '--json');
      t.equal(outcome.exitCode, 1);
      const report = JSON.parse(outcome.stdout) as Report;
      const problems = report.findings.filter(({ code }) => code === 'configuration-problem');
      t.same(
        problems.map(({ severity, subject }) => [severity, subject]),
        [
          ['error', `${file}:1`],
          ['error', `${file}:2`],
        ],
      );
      t.notOk(report.findings.some(({ code }) => code === 'no-sessions'));
    }
  },
);

t.test('the name of the file is one word of the command', { skip: skipWithoutBuild }, async (t) => {
  const file = `${t.testdir({ 'my; file.yaml': 'engine: { io: x }\n' })}/my; file.yaml`;
  const { stdout } = trafficMirror('doctor', '--config', file);
  t.match(stdout, `traffic-mirror check --config '${file}'`);
});

t.test('warnings of the file are findings', { skip: skipWithoutBuild }, async (t) => {
  const directory = stateDirectory;
  const odd = goodFile(directory).replace(
    'sourceCidrBlock: 0.0.0.0/0',
    'protocol: 0, sourceCidrBlock: 0.0.0.0/0',
  );
  const file = `${t.testdir({ 'odd.yaml': odd })}/odd.yaml`;
  const { stdout } = trafficMirror('doctor', '--config', file);
  t.match(stdout, /^warning \[configuration-problem\] \S+odd\.yaml:3: .*protocol 0/m);
});

t.test('no configuration, and no daemon', { skip: skipWithoutBuild }, async (t) => {
  const outcome = trafficMirror('doctor');
  if (outcome.exitCode === 2) t.match(outcome.stderr, /doctor: name a configuration: --config FILE/);
  else t.match(outcome.stdout, /0 errors|errors?, /, 'this machine has a configuration of its own');
  t.equal(outcome.complaints.length <= 1, true);
});

t.test('a secret that is missing, and one for everybody', { skip: skipWithoutBuild }, async (t) => {
  const secrets = mkdtempSync(join(tmpdir(), 'tm-doctor-'));
  t.teardown(() => rmSync(secrets, { recursive: true, force: true }));
  writeFileSync(`${secrets}/open`, 'secret');
  chmodSync(`${secrets}/open`, 0o644);
  const user = (name: string, file: string) =>
    `{ userName: ${name}, accessKeyId: AKID${name}, secretAccessKeyFile: ${secrets}/${file} }`;
  const users = `[${user('a', 'missing')}, ${user('b', 'open')}]`;
  const api = `api: { listen: "unix:${stateDirectory}/api.sock", accounts: [{ accountId: "111122223333", users: ${users} }] }`;
  const file = `${t.testdir({ 'api.yaml': `${goodFile(stateDirectory)}${api}\n` })}/api.yaml`;
  const report = JSON.parse(trafficMirror('doctor', '--config', file, '--json').stdout) as Report;
  const of = (code: string) =>
    report.findings.filter((one) => one.code === code).map(({ subject }) => subject);
  t.same(of('secret-unreadable'), ['api.accounts[0].users[0].secretAccessKeyFile']);
  t.same(of('secret-exposed'), ['api.accounts[0].users[1].secretAccessKeyFile']);
  t.notMatch(JSON.stringify(report), `${secrets}/missing`, 'paths are not shown');
});

const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--bounding-set', '-all'];
const skipWithoutRoot =
  process.getuid?.() !== 0
    ? 'needs root, to become another user'
    : !isInstalled('setpriv') && 'needs setpriv';

t.test(
  'without root it works, and says what it could not look at',
  { skip: skipWithoutBuild || skipWithoutRoot },
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'tm-doctor-'));
    t.teardown(() => rmSync(directory, { recursive: true, force: true }));
    chmodSync(directory, 0o711);
    const state = join(directory, 'state');
    mkdirSync(state, { mode: 0o700 });
    const file = join(directory, 'good.yaml');
    const ofLoopback = SESSION.replace('no-such-dev', 'lo').replace(
      'sessionNumber: 1',
      'sessionNumber: 1, packetLength: 128',
    );
    writeFileSync(file, goodFile(state).replace(SESSION, ofLoopback), { mode: 0o644 });
    const { status, stdout, stderr } = spawnSync(
      'setpriv',
      [...NOBODY, process.execPath, COMMAND, 'doctor', '--config', file],
      {
        encoding: 'utf8',
        env: environment,
      },
    );
    t.equal(stderr, '');
    t.equal(status, 0, 'nothing is wrong as far as it can see');
    t.match(stdout, /^not looked at: the daemon's counters: .*EACCES/m);
    t.match(stdout, /^not looked at: whether targets answer: .*CAP_NET_RAW/m);
    t.match(stdout, /^not looked at: firewall rules: nft/m);
    if (/not permitted/.test(stdout)) {
      checkExample(t, 'unprivileged', withoutHints(stdout, true), [
        [file, '/etc/traffic-mirror/config.yaml'],
        [state, '/var/lib/traffic-mirror'],
        [/^not looked at: firewall rules of iptables-legacy.*\n/gm, ''],
      ]);
    }
  },
);
