/** What a running engine may open: its own program, and no secret, from whichever thread. */
import { chmodSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { Status } from '../../src/status/status.js';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import {
  type Answer,
  answersIn,
  probeOption,
  RUNNING_THREADS,
  THREADS,
} from '../fixtures/live/daemon/engine-probe.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { allowedSystemCalls } from '../fixtures/live/daemon/unit-file.js';
import { skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { fromRoot } from '../fixtures/root.js';

const CONFINE = fromRoot('test/fixtures/live/daemon/confine.py');
const PYTHON = '/usr/bin/python3';
const PINGS = 5;
const PUBLIC_FILES = ['/proc/self/status', '/usr/lib/os-release'];
/** Files with secrets of the daemon and of the machine. */
const SECRETS = [
  '/etc/shadow',
  '/etc',
  '/root',
  '/proc/DAEMON/environ',
  '/proc/DAEMON/mem',
  '/proc/DAEMON/ns/net',
];
const ACTS = ['write a file', 'end the daemon', 'run a program', 'listen on TCP', 'connect by TCP'];

interface Probed {
  readonly status: Status;
  readonly answers: readonly Answer[];
  /** Files of the stand that hold a secret. */
  readonly files: readonly string[];
}

/** Runs a daemon whose engine tries to open what it can. @param options of `run`. */
async function probe(t: Test, io: IoPath, options: string): Promise<Probed> {
  const stand = buildStand(t);
  const files = ['key.pem', 'api-state.jsonl', 'configuration.json'].map(
    (name) => `${stand.directory}/${name}`,
  );
  for (const file of files) writeFileSync(file, 'secret', { mode: 0o600 });
  const configFile = stand.configure({
    ...mirrorEverything('veth0', 5),
    engine: ENGINES[io],
    log: { level: 'debug' },
  });
  const paths = [...PUBLIC_FILES, ...SECRETS, ...files, stand.directory];
  const daemon = await stand.start(configFile, [
    ...['setpriv', '--bounding-set=-all,+net_raw'],
    ...['env', 'TRAFFIC_MIRROR_SECRET=secret', probeOption(paths, stand.directory)],
    ...['sh', '-c', `exec "$@" ${options}`, 'sh'],
  ]);
  const { engines } = await daemon.status();
  process.kill(engines[0]!.pid!, 'SIGUSR2');
  await daemon.until('probed', () => {
    const done = answersIn(daemon.log()).filter(({ what }) => what === 'done');
    return RUNNING_THREADS.every((name) => done.some(({ thread }) => thread === name));
  });
  await checkMirrors(t, stand, daemon.until);
  const status = await daemon.status();
  t.equal(status.engines[0]!.restarts, 0, 'the engine goes on');
  t.equal(await daemon.stop(), 0, 'exit code');
  return { status, answers: answersIn(daemon.log()), files };
}

async function checkMirrors(
  t: Test,
  stand: Stand,
  until: (what: string, satisfied: (status: Status) => boolean) => Promise<Status>,
): Promise<void> {
  stand.client.run('ping', '-c', String(PINGS), '-i', '0.2', '10.1.0.1');
  const status = await until('every ping mirrored', (now) => sessionSum(now, 'mirrored') >= 2 * PINGS);
  t.equal(status.health.state, 'ok', 'and mirrors');
}

async function confined(t: Test, io: IoPath): Promise<void> {
  const { status, answers, files } = await probe(t, io, '');
  t.match(status.engineConfinement.landlock, /^abi \d+$/, 'status tells');
  const outcomes = (thread: string, what: string): string[] =>
    answers
      .filter((answer) => answer.thread === thread && answer.what === what)
      .map(({ outcome }) => outcome);
  const secrets = answers.map(({ what }) => what).filter((what) => isSecret(what, files));
  for (const thread of THREADS) {
    for (const path of PUBLIC_FILES) t.strictSame(outcomes(thread, path), ['ok'], `${thread}: ${path}`);
    for (const path of new Set(secrets)) {
      const want = thread === 'native' ? 'refused' : 'EACCES';
      t.strictSame(outcomes(thread, path), [want], `${thread}: ${path}`);
    }
  }
  t.strictSame(
    ACTS.map((what) => outcomes('main', what)),
    [['EACCES'], ['EPERM'], ['EACCES'], ['EACCES'], ['EACCES']],
    `${ACTS}`,
  );
}

/** The same questions are answered otherwise where nothing is refused. */
async function unconfined(t: Test): Promise<void> {
  const { status, answers, files } = await probe(t, 'ring', '--no-confinement');
  t.strictSame(status.engineConfinement, { landlock: 'off' });
  const refused = answers.filter(({ what, outcome }) => isSecret(what, files) && outcome !== 'ok');
  t.strictSame(
    [...new Set(refused.map(({ what }) => what.replace(/\d+/, 'DAEMON')))],
    SECRETS.filter((path) => path.includes('DAEMON')),
    'the memory of the daemon, where there is no capability to debug, and nothing else',
  );
  t.equal(answers.find(({ what }) => what === 'write a file')?.outcome, 'ok');
}

function isSecret(what: string, files: readonly string[]): boolean {
  return (
    [...files, '/etc/shadow', '/root'].includes(what) || /^\/proc\/\d+\/(environ|mem|ns\/net)$/.test(what)
  );
}

/** As on a kernel that has none, or a container that forbids it. */
async function withoutLandlock(t: Test): Promise<void> {
  const stand = buildStand(t);
  const systemCalls = `${t.testdir({})}/system-calls`;
  const names = [...allowedSystemCalls()].filter((name) => !name.startsWith('landlock_'));
  writeFileSync(systemCalls, names.join('\n'));
  const configFile = stand.configure(mirrorEverything('veth0', 5));
  chmodSync(configFile, 0o644);
  const daemon = await stand.start(configFile, [
    'env',
    'NODE_OPTIONS=',
    PYTHON,
    CONFINE,
    systemCalls,
    stand.directory,
  ]);
  const { engineConfinement } = await daemon.status();
  t.strictSame(
    engineConfinement,
    { landlock: 'unavailable: landlock_create_ruleset: EPERM' },
    'status tells',
  );
  t.match(daemon.log(), /"level":40.*"engines are not confined"/, 'and the log');
  await checkMirrors(t, stand, daemon.until);
  t.equal(await daemon.stop(), 0, 'exit code');
}

const skip = skipUnless('ping', 'setpriv');
for (const io of IO_PATHS) {
  t.test(`an engine opens no secret, ${io}`, { skip: skip || skipIo(io) }, (t) => confined(t, io));
}
t.test('without confinement', { skip }, unconfined);
const skipPython = skipWithoutTool('systemd-analyze') || skipWithoutTool(PYTHON);
t.test('a kernel without Landlock', { skip: skip || skipPython }, withoutLandlock);
