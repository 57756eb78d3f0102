/** `-` in place of a file: the configuration and captures from standard input, captures to standard output. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { COMMAND, environment, skipWithoutBuild } from '../fixtures/live/daemon/command.js';
import { writePcap } from '../fixtures/live/oracle/pcap.js';
import { skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { frameMix } from '../fixtures/live/traffic/frame-mix.js';
import { fromRoot } from '../fixtures/root.js';

const LAB = fromRoot('config/lab.yaml');

interface Outcome {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function run(args: readonly string[], input: string | Uint8Array = ''): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    env: environment,
    input,
    maxBuffer: 1 << 26,
  });
  return { status, stdout, stderr: stderr.toString() };
}

t.test('the configuration', { skip: skipWithoutBuild }, async (t) => {
  const text = readFileSync(LAB);
  const good = run(['check', '-c', '-'], text);
  t.match(good, { status: 0, stderr: '' });
  t.equal(good.stdout.toString(), '<stdin>: good\n');
  const bad = run(['check', '-c', '-'], 'log: { level: loud }\n');
  t.equal(bad.status, 1);
  t.match(bad.stderr, /^<stdin>:1: log\.level: /);
  t.match(run(['check', '-c', '-'], '{ "log": ').stderr, /^<stdin>:1: not valid JSON: it ends too early\n$/);
  t.match(run(['check', '-c', '-'], '').stderr, '<stdin>:1: holds no configuration');
  const explained = run(['explain', '-c', '-', '--source', 'eni-web'], text);
  t.equal(explained.status, 0);
  t.strictSame(explained.stdout, run(['explain', '-c', LAB, '--source', 'eni-web']).stdout);
});

t.test('a configuration without end', { skip: skipWithoutBuild }, async (t) => {
  const { status, stderr } = run(['check', '-c', '-'], Buffer.alloc((16 << 20) + 1, '#'));
  t.equal(status, 1);
  t.equal(stderr, '<stdin>:1: is larger than 16 MiB\n');
});

t.test('a secret on standard input is nobody else’s', { skip: skipWithoutBuild }, async (t) => {
  const users = '[{ userName: a, accessKeyId: AKIA1, secretAccessKey: "not-shown" }]';
  const text = `api: { listen: '127.0.0.1:1', accounts: [{ accountId: '111122223333', users: ${users} }] }\n`;
  t.match(run(['check', '-c', '-'], text), { status: 0, stderr: '' });
});

t.test('the daemon needs a file', { skip: skipWithoutBuild }, async (t) => {
  const { status, stderr } = run(['run', '-c', '-'], 'log: {}\n');
  t.equal(status, 2);
  t.match(stderr, /^run: --config must name a file: [^\n]*\n$/);
});

t.test('captures', { skip: skipWithoutBuild }, async (t) => {
  const directory = t.testdir();
  const [input, output] = [`${directory}/in.pcap`, `${directory}/out.pcap`];
  writePcap(input, frameMix({ seed: 3, count: 400 }));
  const from = ['replay', '-c', LAB, '--source', 'eni-web'];
  const named = run([...from, '--in', input, '--out', output, '--json']);
  t.equal(named.status, 0);
  const want = readFileSync(output);
  const capture = readFileSync(input);
  const members = [gzipSync(capture.subarray(0, 5000)), gzipSync(capture.subarray(5000))];
  for (const [name, bytes] of Object.entries({
    'as it is': capture,
    compressed: gzipSync(capture),
    'in two members': Buffer.concat(members),
  })) {
    const piped = run([...from, '--in', '-', '--out', '-', '--json'], bytes);
    t.equal(piped.status, 0, name);
    t.ok(piped.stdout.equals(want), `${name}: the same packets`);
    const summary = JSON.parse(piped.stderr) as object;
    t.match(
      summary,
      { ...JSON.parse(named.stdout.toString()), in: '-', out: '-' },
      `${name}: the summary beside`,
    );
  }
  t.match(run([...from, '--in', '-', '--out', '-'], capture).stderr, /^\d+ packets in <stdout>$/m);
  t.match(run([...from, '--in', '-', '--out', output], 'text').stderr, /^<stdin>: not a capture file/);
  t.equal(run([...from, '--in', '-', '--out', output], capture).status, 0);
  t.ok(readFileSync(output).equals(want), 'into a file');
});

t.test('only one can be standard input', { skip: skipWithoutBuild }, async (t) => {
  const args = ['replay', '-c', '-', '--source', 'eni-web', '--in', '-', '--out', '/nowhere/out.pcap'];
  const { status, stderr } = run(args);
  t.equal(status, 2);
  t.equal(stderr, '--config and --in: only one of them can be standard input\n');
});

t.test('a reader that ends early', { skip: skipWithoutBuild }, async (t) => {
  const input = `${t.testdir()}/in.pcap`;
  writePcap(input, frameMix({ seed: 3, count: 5000 }));
  const replay = `'${process.execPath}' '${COMMAND}' replay -c '${LAB}' --source eni-web --in '${input}' --out -`;
  const text = `set -o pipefail; ${replay} | head -c 10 >/dev/null`;
  const { status, stderr } = spawnSync('bash', ['-c', text], { env: environment, encoding: 'utf8' });
  t.equal(status, 0);
  t.notMatch(stderr, /EPIPE|broken pipe| {4}at /);
});

t.test(
  'a capture to a terminal is refused',
  { skip: skipWithoutBuild || skipWithoutTool('script') },
  async (t) => {
    const input = `${t.testdir()}/in.pcap`;
    writeFileSync(input, '');
    const replay = `'${process.execPath}' '${COMMAND}' replay -c '${LAB}' --source eni-web --in '${input}' --out -`;
    const { status, stdout } = spawnSync('script', ['-qefc', replay, '/dev/null'], {
      env: environment,
      encoding: 'utf8',
    });
    t.equal(status, 2);
    t.match(stdout, /^--out -: standard output is a terminal/);
  },
);
