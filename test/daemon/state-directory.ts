/** The lock of a state directory: one owner at a time, however the last one ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  AlreadyRunningError,
  StateDirectory,
  StateDirectoryError,
} from '../../src/daemon/state-directory.js';
import { statusSocketPath } from '../../src/status/status-server.js';
import { environment, skipWithoutBuild } from '../fixtures/live/daemon/command.js';
import { fromRoot } from '../fixtures/root.js';

const HOLDER = fromRoot('test/fixtures/state-holder.mjs');
/** More than 500 starts, all at once. */
const PROCESSES = 40;
const ROUNDS = 13;

/** Short: a unix socket's path has at most 107 bytes. */
function makeDirectory(t: Test): string {
  const directory = mkdtempSync(join(tmpdir(), 'tm-state-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function take(t: Test, path: string): Promise<StateDirectory> {
  const directory = await StateDirectory.acquire(path, 'test');
  t.teardown(() => directory.release());
  return directory;
}

/** A process that holds the lock until it is killed. */
async function startHolder(t: Test, path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [HOLDER, path, '0'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  if (child.stdout !== null) await once(child.stdout, 'data');
  return child;
}

t.test('a file that is known by another name is left alone', async (t) => {
  const path = makeDirectory(t);
  const other = join(makeDirectory(t), 'other');
  writeFileSync(other, 'of somebody else', { mode: 0o600 });
  const { uid } = statSync(other);
  if (process.geteuid?.() === 0) chownSync(path, 65_534, 65_534);
  linkSync(other, join(path, 'lock'));
  await t.rejects(StateDirectory.acquire(path, 'test'), { code: 'state-directory', message: /another name/ });
  t.equal(readFileSync(other, 'utf8'), 'of somebody else');
  t.equal(statSync(other).uid, uid);
});

t.test('makes the directory, and writes its owner into the lock file', async (t) => {
  const path = join(makeDirectory(t), 'made/by/the/daemon');
  await take(t, path);
  t.equal(readFileSync(join(path, 'lock'), 'utf8'), `${process.pid} test\n`);
  t.equal(statSync(join(path, 'lock')).mode & 0o777, 0o600);
});

t.test('a second owner is refused, and the message names the first', async (t) => {
  const path = makeDirectory(t);
  const first = await StateDirectory.acquire(path, 'run');
  await t.rejects(
    StateDirectory.acquire(path, 'test'),
    new AlreadyRunningError(`a daemon with pid ${process.pid} already uses ${path}`),
  );
  first.release();
  const second = await StateDirectory.acquire(path, 'test');
  second.release();
  t.equal(readFileSync(join(path, 'lock'), 'utf8'), '', 'nobody has it');
});

t.test('an owner that hangs', { skip: skipWithoutBuild }, async (t) => {
  const path = makeDirectory(t);
  const child = await startHolder(t, path);
  child.kill('SIGSTOP');
  await t.rejects(StateDirectory.acquire(path, 'run'), {
    code: 'already-running',
    message: `traffic-mirror test with pid ${child.pid} already uses ${path}`,
  });
});

t.test('an owner that is killed', { skip: skipWithoutBuild }, async (t) => {
  const path = makeDirectory(t);
  const child = await startHolder(t, path);
  child.kill('SIGKILL');
  await once(child, 'close');
  await t.resolves(take(t, path));
});

t.test('an owner in another namespace of processes', async (t) => {
  const path = makeDirectory(t);
  await take(t, path);
  // No process of this number: Linux has none above 2^22.
  writeFileSync(join(path, 'lock'), '99999999 run\n');
  await t.rejects(StateDirectory.acquire(path, 'test'), { message: /^a daemon with pid 99999999 / });
  writeFileSync(join(path, 'lock'), 'x'.repeat(1000));
  await t.rejects(StateDirectory.acquire(path, 'test'), { message: `another process already uses ${path}` });
});

t.test('a child process does not keep the lock', async (t) => {
  const path = makeDirectory(t);
  const directory = await StateDirectory.acquire(path, 'test');
  const child = spawn('sleep', ['100'], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child, 'spawn');
  directory.release();
  t.equal(child.exitCode, null);
  await t.resolves(take(t, path));
});

t.test(`${PROCESSES * ROUNDS} starts at once`, { skip: skipWithoutBuild }, async (t) => {
  const path = makeDirectory(t);
  const outcomes = await Promise.all(
    Array.from({ length: PROCESSES }, async () => {
      const child = spawn(process.execPath, [HOLDER, path, String(ROUNDS)], {
        env: environment,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
      await once(child, 'close');
      return output.split('\n').slice(0, -1);
    }),
  );
  const all = outcomes.flat();
  const count = (what: string): number => all.filter((outcome) => outcome === what).length;
  t.equal(all.length, PROCESSES * ROUNDS);
  t.same([...new Set(all)].sort(), ['refused', 'taken'], 'never two');
  t.comment(`${count('taken')} had it, ${count('refused')} were refused`);
});

t.test('a directory that was moved or whose lock was replaced', async (t) => {
  const path = makeDirectory(t);
  const directory = await take(t, join(path, 'state'));
  await directory.requireOwned();
  renameSync(join(path, 'state'), join(path, 'away'));
  await t.rejects(directory.requireOwned(), { code: 'state-directory', message: /was moved or emptied/ });
  const other = await take(t, join(path, 'state'));
  await t.rejects(directory.requireOwned(), { code: 'state-directory', message: /was replaced/ });
  await other.requireOwned();
});

t.test('a daemon without the lock that listens', async (t) => {
  const path = makeDirectory(t);
  const server = createServer().listen(statusSocketPath(path));
  await once(server, 'listening');
  const message = `a daemon that does not hold the lock listens on ${statusSocketPath(path)}: stop it first`;
  await t.rejects(StateDirectory.acquire(path, 'test'), new AlreadyRunningError(message));
  // One that is just ending is waited for.
  const taken = take(t, path);
  server.close();
  await t.resolves(taken);
});

const rows: readonly { name: string; path: (base: string) => string; why: RegExp }[] = [
  { name: 'below /proc', path: () => '/proc/traffic-mirror/state', why: /cannot be made: ENOENT/ },
  { name: 'in /proc', path: () => '/proc/self', why: /cannot be locked/ },
  { name: 'below a file', path: (base) => join(base, 'file/state'), why: /cannot be made: ENOTDIR/ },
  { name: 'a file', path: (base) => join(base, 'file'), why: /cannot be locked: ENOTDIR/ },
  { name: 'a link to nothing', path: (base) => join(base, 'nowhere'), why: /cannot be made: EEXIST/ },
  { name: 'a lock that is a link', path: (base) => join(base, 'linked'), why: /cannot be locked: ELOOP/ },
  { name: 'a lock that is a directory', path: (base) => join(base, 'full'), why: /cannot be locked: EISDIR/ },
];

t.test('directories that cannot be used', async (t) => {
  const base = makeDirectory(t);
  writeFileSync(join(base, 'file'), '');
  symlinkSync('/nowhere/at/all', join(base, 'nowhere'));
  mkdirSync(join(base, 'linked'));
  symlinkSync('../file', join(base, 'linked/lock'));
  mkdirSync(join(base, 'full/lock'), { recursive: true });
  for (const { name, path, why } of rows) {
    const error: unknown = await StateDirectory.acquire(path(base), 'test').catch(
      (reason: unknown) => reason,
    );
    t.ok(error instanceof StateDirectoryError, name);
    t.match((error as Error).message, why, name);
    t.ok((error as Error).message.startsWith(`state.directory ${path(base)} `), `${name}: it names the key`);
  }
  t.equal(readFileSync(join(base, 'file'), 'utf8'), '', 'a link is not followed');
});

const skip = process.getuid?.() !== 0 && 'needs root: it gives a directory away';

t.test('a command of root leaves the lock to the owner of the directory', { skip }, async (t) => {
  const path = makeDirectory(t);
  chownSync(path, 12345, 54321);
  await take(t, path);
  t.match(statSync(join(path, 'lock')), { uid: 12345, gid: 54321 });
});
