/** `state verify` and `state repair`: output, exit code, and that they refuse while a daemon runs. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { StateDirectory } from '../../src/daemon/state-directory.js';
import { change, writeJournal } from '../fixtures/api/journals.js';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';

interface Files {
  readonly directory: string;
  readonly config: string;
  readonly path: string;
}

/** Short: a unix socket's path has at most 107 bytes. */
function makeFiles(t: Test): Files {
  const directory = mkdtempSync(join(tmpdir(), 'tm-state-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  const config = join(directory, 'config.json');
  writeFileSync(config, JSON.stringify({ state: { directory } }));
  return { directory, config, path: join(directory, 'api-state.jsonl') };
}

t.test('a good file', { skip: skipWithoutBuild }, async (t) => {
  const { config, path } = makeFiles(t);
  const bytes = await writeJournal(path, [change('a', 1)], [[change('b', 1)]]);
  const verified = trafficMirror('state', 'verify', '--config', config);
  t.match(verified, {
    exitCode: 0,
    stderr: '',
    stdout: `${path}: format 2, 3 records, all good, ${bytes.length} bytes\n`,
  });
  const repaired = trafficMirror('state', 'repair', '--config', config);
  t.match(repaired, { exitCode: 0, stderr: '', stdout: /; nothing to repair\n$/ });
  t.same(readFileSync(path), bytes);
});

t.test('a damaged file', { skip: skipWithoutBuild }, async (t) => {
  const { config, path, directory } = makeFiles(t);
  const bytes = await writeJournal(path, [change('a', 1)], [[change('b', 1)]]);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(path, bytes);
  const verified = trafficMirror('state', 'verify', '--config', config);
  t.equal(verified.exitCode, 1);
  t.equal(verified.stdout, `${path}: format 2, 2 good records, ${bytes.length} bytes\n`);
  t.equal(verified.complaints.length, 1);
  t.match(verified.stderr, `${path}: record 3, at byte `);
  t.match(verified.stderr, `traffic-mirror state repair --config ${config}`);
  t.same(readFileSync(path), bytes);
  const repaired = trafficMirror('state', 'repair', '--config', config);
  t.match(repaired, { exitCode: 0, stderr: '' });
  const [kept = ''] = readdirSync(directory).filter((name) => name.includes('.cut-'));
  t.match(
    repaired.stdout,
    `${join(directory, kept)}: the ${readFileSync(join(directory, kept)).length} bytes`,
  );
  t.match(repaired.stdout, '2 records are left');
  t.equal(trafficMirror('state', 'verify', '--config', config).exitCode, 0);
});

t.test('a write that was cut short is no damage', { skip: skipWithoutBuild }, async (t) => {
  const { config, path } = makeFiles(t);
  const bytes = await writeJournal(path, [change('a', 1)], [[change('b', 1)]]);
  writeFileSync(path, bytes.subarray(0, -1));
  t.match(trafficMirror('state', 'verify', '--config', config), { exitCode: 0, stdout: /was cut short/ });
});

t.test('no file', { skip: skipWithoutBuild }, async (t) => {
  const { config, path, directory } = makeFiles(t);
  for (const command of ['verify', 'repair']) {
    const outcome = trafficMirror('state', command, '--config', config);
    t.match(outcome, { exitCode: 0, stdout: `${path}: not there; a daemon starts without it\n` }, command);
  }
  t.same(readdirSync(directory), ['config.json'], 'nothing is made');
});

t.test('while a daemon runs', { skip: skipWithoutBuild }, async (t) => {
  const { config, path, directory } = makeFiles(t);
  const bytes = await writeJournal(path, [change('a', 1)], []);
  const owned = await StateDirectory.acquire(directory, 'run');
  t.teardown(() => owned.release());
  for (const command of ['verify', 'repair']) {
    const outcome = trafficMirror('state', command, '--config', config);
    t.equal(outcome.exitCode, 1, command);
    t.equal(
      outcome.stderr,
      `a daemon with pid ${process.pid} already uses ${directory}: stop it first\n`,
      command,
    );
  }
  t.same(readFileSync(path), bytes);
});

t.test('a bad command line or file', { skip: skipWithoutBuild }, async (t) => {
  t.equal(trafficMirror('state').exitCode, 2);
  t.equal(trafficMirror('state', 'mend').exitCode, 2);
  t.equal(trafficMirror('state', 'verify').exitCode, 2);
  t.equal(trafficMirror('state', 'verify', '--config', '/nonexistent').exitCode, 1);
});
