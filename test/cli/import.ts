/** `import`: files, pipes and options in, a configuration out that `check` takes. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import {
  COMMAND,
  environment,
  skipWithoutBuild,
  trafficMirror,
  trafficMirrorBeside,
} from '../fixtures/live/daemon/command.js';

const ENI = 'eni-0123456789abcdef0';
const TARGETS = {
  TrafficMirrorTargets: [{ TrafficMirrorTargetId: 'tmt-1', NetworkInterfaceId: ENI, Tags: [] }],
};

t.test('what it writes, check takes', { skip: skipWithoutBuild }, async (t) => {
  const directory = t.testdir({ 'targets.json': JSON.stringify(TARGETS, null, 2) });
  const file = join(directory, 'targets.json');
  const address = ['--address', `${ENI}=fe80::1%eth0`];
  const { exitCode, stdout, stderr } = trafficMirror('import', file, ...address);
  t.equal(exitCode, 0);
  t.equal(stderr, '');
  const config = join(directory, 'config.yaml');
  writeFileSync(config, stdout);
  t.equal(trafficMirror('check', '--config', config).exitCode, 0);
  t.match(stdout, `# Made by traffic-mirror import of ${file}.`);
  t.match(stdout, 'address: fe80::1%eth0');
});

t.test(
  'placeholders go to standard error, and standard input is a file too',
  { skip: skipWithoutBuild },
  async (t) => {
    const pages = `${JSON.stringify({ ...TARGETS, NextToken: 'a' })}\n${JSON.stringify({ TrafficMirrorTargets: [] })}`;
    const { exitCode, stdout, complaints } = await trafficMirrorBeside(['import', '-'], pages);
    t.equal(exitCode, 0);
    t.match(stdout, 'address: 192.0.2.1 # placeholder');
    t.match(complaints, [
      /^-:1: the address of "eni-0123456789abcdef0" is not known, 192\.0\.2\.1 stands for it/,
    ]);
    t.equal(complaints.length, 1);
  },
);

t.test('a pipe with a name', { skip: skipWithoutBuild }, async (t) => {
  const script = `"$0" "$1" import <(printf '%s' "$2") --address ${ENI}=10.9.0.2`;
  const args = ['-c', script, process.execPath, COMMAND, JSON.stringify(TARGETS)];
  const { status, stdout } = spawnSync('bash', args, { encoding: 'utf8', env: environment });
  t.equal(status, 0);
  t.match(stdout, 'address: 10.9.0.2');
});

t.test('what is wrong, a line each; nothing is written', { skip: skipWithoutBuild }, async (t) => {
  const directory = t.testdir({
    'targets.json': JSON.stringify(TARGETS),
    'cut.json': '{"TrafficMirrorTargets": [',
    'error.txt': 'An error occurred (AuthFailure) when calling the DescribeTrafficMirrorTargets operation',
    'utf16.json': Buffer.from('\ufeff{}', 'utf16le'),
    'latin1.json': Buffer.from([0x7b, 0xe9, 0x7d]),
    'bom.json': `\ufeff${JSON.stringify(TARGETS)}`,
  });
  mkdirSync(join(directory, 'd'));
  const file = (name: string): string => join(directory, name);
  const rows: { args: string[]; exitCode: number; want: (string | RegExp)[] }[] = [
    {
      args: [file('none.json')],
      exitCode: 1,
      want: [`${file('none.json')}: cannot be read: no such file or directory`],
    },
    { args: [file('d')], exitCode: 1, want: [`${file('d')}: is a directory`] },
    {
      args: [file('cut.json')],
      exitCode: 1,
      want: [`${file('cut.json')}:1: ends in the middle of a JSON document: the output was cut off`],
    },
    { args: [file('error.txt')], exitCode: 1, want: [/error\.txt:1: holds none of TrafficMirrorTargets, /] },
    { args: [file('utf16.json')], exitCode: 1, want: [`${file('utf16.json')}: is UTF-16: save it as UTF-8`] },
    { args: [file('latin1.json')], exitCode: 1, want: [`${file('latin1.json')}: is not valid UTF-8`] },
    { args: [], exitCode: 2, want: [/missing required argument 'file'/] },
    {
      args: [file('targets.json'), '--device', 'eth0'],
      exitCode: 2,
      want: ['--device eth0: expected ID=VALUE'],
    },
    {
      args: [file('targets.json'), '--device', 'eni-1=a/b'],
      exitCode: 2,
      want: [/^--device eni-1=a\/b: expected a device name of 1 to 15 bytes/],
    },
    {
      args: [file('targets.json'), '--address', `${ENI}=10.9.0.2,host`],
      exitCode: 2,
      want: [`--address ${ENI}=10.9.0.2,host: expected an IP address, got "host"`],
    },
    {
      args: [file('targets.json'), '--address', 'a=10.0.0.1', '--address', 'a=10.0.0.2'],
      exitCode: 2,
      want: ['--address a=10.0.0.2: a is given twice'],
    },
    {
      args: [file('targets.json'), '--device', 'eni-2=eth0'],
      exitCode: 2,
      want: ['--device eni-2: it is the source of no session in the input'],
    },
  ];
  for (const { args, exitCode, want } of rows) {
    const outcome = trafficMirror('import', ...args);
    t.equal(outcome.exitCode, exitCode, args.join(' '));
    t.match(outcome.complaints.slice(0, want.length), want, args.join(' '));
    t.equal(outcome.stdout, '');
  }
  t.equal(trafficMirror('import', file('bom.json')).exitCode, 0, 'a byte order mark');
});

t.test('more than it reads', { skip: skipWithoutBuild, timeout: 60_000 }, async (t) => {
  const script = 'head -c 70000000 /dev/zero | "$0" "$1" import -';
  const args = ['-c', script, process.execPath, COMMAND];
  const { status, stderr } = spawnSync('bash', args, { encoding: 'utf8', env: environment });
  t.equal(status, 1);
  t.equal(stderr, '-: the input is larger than 64 MiB\n');
});
