/** The daemon under the restrictions of config/traffic-mirror.service, and what systemd itself says of the file. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { COMMAND } from '../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { checkConfined } from '../fixtures/live/daemon/confinement.js';
import { NotifyListener } from '../fixtures/live/daemon/notify-listener.js';
import { descendantsOf, processorsOf } from '../fixtures/live/daemon/processes.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { allowedSystemCalls, directive, UNIT_FILE } from '../fixtures/live/daemon/unit-file.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { runTool, skipWithoutTool } from '../fixtures/live/oracle/tool.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { fromRoot } from '../fixtures/root.js';

const CONFINE = fromRoot('test/fixtures/live/daemon/confine.py');
const PYTHON = '/usr/bin/python3';
const NOBODY = 65534;
/** Exposure of 2.0 in tenths. */
const THRESHOLD = 20;
const PINGS = 5;
/** 64 sources with libpcap I/O. */
const ENGINES_AT_MOST = 128;

async function runConfined(t: Test, engine: object): Promise<void> {
  const stand = buildStand(t);
  const configuration = { ...mirrorEverything('veth0', 5), engine };
  const metrics = { listen: `unix:${stand.directory}/metrics.sock` };
  const systemCalls = `${t.testdir({})}/system-calls`;
  writeFileSync(systemCalls, [...allowedSystemCalls()].join('\n'));
  const notify = await NotifyListener.open(t, `${stand.directory}/notify`);
  const configFile = stand.configure({ ...configuration, metrics });
  chmodSync(configFile, 0o644);
  const daemon = await stand.start(configFile, [
    ...['env', '-u', 'NODE_OPTIONS'],
    `NOTIFY_SOCKET=${stand.directory}/notify`,
    'WATCHDOG_USEC=4000000',
    ...[PYTHON, CONFINE, systemCalls, stand.directory],
  ]);
  await notify.until('READY=1');
  const { pid, engines } = await daemon.status();
  const engineIds = engines.map((engine) => engine.pid ?? 0).toSorted();
  // The host is judged by a process that ends.
  const others = await waitFor(
    'no other processes',
    () => descendantsOf(pid).toSorted(),
    (found) => found.join() === engineIds.join(),
  );
  t.strictSame(others, engineIds, 'no other processes');
  for (const id of [pid, ...engineIds]) checkConfined(t, id, NOBODY);
  const most = tasksOf(pid) + ENGINES_AT_MOST * Math.max(...engineIds.map(tasksOf));
  t.ok(
    most <= Number(directive('TasksMax')[0]),
    `${most} tasks of ${ENGINES_AT_MOST} engines are within TasksMax`,
  );
  if ('workerCpus' in engine)
    for (const id of engineIds) t.equal(processorsOf(id), `${OWN_PROCESSOR}`, 'kept to its processor');

  stand.client.run('ping', '-c', String(PINGS), '-i', '0.2', '10.1.0.1');
  const status = await daemon.until('every ping mirrored', (now) => sessionSum(now, 'mirrored') >= 2 * PINGS);
  t.equal(status.health.state, 'ok');
  await notify.until('WATCHDOG=1');
  const scrape = ['-s', '--unix-socket', `${stand.directory}/metrics.sock`, 'http://localhost/healthz'];
  if (skipWithoutTool('curl') === false) t.match(runTool('curl', scrape).output, '"state":"ok"');
  daemon.process.kill('SIGHUP');
  await daemon.until('reloaded', ({ reload }) => reload.lastResult === 'applied');
  await notify.until('RELOADING=1');
  const states = (): string[] =>
    notify.read().flatMap(([first = '']) => (/^(RE.*)=1$/.test(first) ? [first] : []));
  await daemon.until('told', () => states().length === 3);
  t.strictSame(states(), ['READY=1', 'RELOADING=1', 'READY=1'], 'what the service manager was told');
  t.equal(await daemon.stop(), 0, 'exit code');
  await notify.until('STOPPING=1');
  t.notMatch(daemon.log(), /EPERM|EROFS|EACCES/, 'nothing was refused');
}

async function traceSystemCalls(t: Test, engine: object): Promise<void> {
  const stand = buildStand(t);
  const summary = `${stand.directory}/strace`;
  const daemon = await stand.start(stand.configure({ ...mirrorEverything('veth0', 5), engine }), [
    ...['strace', '-f', '-c', '-U', 'name', '-o', summary],
  ]);
  stand.client.run('ping', '-c', String(PINGS), '-i', '0.2', '10.1.0.1');
  const { pid } = await daemon.until('mirrored', (now) => sessionSum(now, 'mirrored') >= 2 * PINGS);
  process.kill(pid, 'SIGTERM');
  await daemon.ended;
  const [, , ...names] = readFileSync(summary, 'utf8').trim().split('\n');
  const used = names.map((name) => name.trim()).filter((name) => /^[a-z]\w+$/.test(name) && name !== 'total');
  const allowed = allowedSystemCalls();
  t.ok(used.includes('sendmmsg') || used.includes('sendto'), `${used.length} system calls`);
  t.strictSame(
    used.filter((name) => !allowed.has(name)),
    [],
    'all are in the filter of the unit',
  );
}

function tasksOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).length;
}

/** A worker asks for its processors; for more of their time it must not ask. */
async function keepToProcessor(t: Test): Promise<void> {
  const { directory, host } = buildStand(t);
  const systemCalls = `${directory}/system-calls`;
  writeFileSync(systemCalls, [...allowedSystemCalls()].join('\n'));
  chmodSync(systemCalls, 0o644);
  const confined = (...command: string[]): number | null =>
    runTool('ip', ['netns', 'exec', host.name, PYTHON, CONFINE, systemCalls, directory, ...command]).exitCode;
  t.equal(confined('/usr/bin/taskset', '-c', '0', '/bin/true'), 0, 'sched_setaffinity');
  t.not(confined('/usr/bin/chrt', '--batch', '0', '/bin/true'), 0, 'sched_setscheduler is refused');
}

/** One that this process may run on. */
const OWN_PROCESSOR = Number.parseInt(processorsOf(process.pid), 10);
const skipAnalyze = skipWithoutTool('systemd-analyze');

const ROWS: readonly { readonly name: string; readonly io: IoPath; readonly engine: object }[] = [
  ...IO_PATHS.map((io) => ({ name: io, io, engine: ENGINES[io] })),
  {
    name: 'two workers',
    io: 'ring',
    engine: { ...ENGINES.ring, workers: 2, workerCpus: [OWN_PROCESSOR, OWN_PROCESSOR] },
  },
];

for (const { name, io, engine } of ROWS) {
  const skip = skipUnless('ping') || skipIo(io) || skipAnalyze;
  t.test(`confined, ${name}`, { skip: skip || skipWithoutTool(PYTHON) }, (t) => runConfined(t, engine));
  t.test(`system calls, ${name}`, { skip: skip || skipUnless('strace') }, (t) => traceSystemCalls(t, engine));
}

t.test('processors', { skip: skipUnless('taskset', 'chrt') || skipAnalyze }, keepToProcessor);

t.test('systemd-analyze security', { skip: skipAnalyze }, async (t) => {
  const { exitCode, output } = runTool('systemd-analyze', [
    'security',
    '--offline=true',
    `--threshold=${THRESHOLD}`,
    UNIT_FILE,
  ]);
  t.equal(exitCode, 0, 'exposure of at most 2.0');
  const [, exposure] = /Overall exposure level for traffic-mirror.service: ([\d.]+)/.exec(output) ?? [];
  t.ok(Number(exposure) <= THRESHOLD / 10, exposure);
});

t.test('systemd-analyze verify', { skip: skipAnalyze }, async (t) => {
  const file = `${t.testdir({})}/traffic-mirror.service`;
  const text = readFileSync(UNIT_FILE, 'utf8');
  writeFileSync(
    file,
    text.replaceAll(
      '/usr/bin/node /opt/traffic-mirror/dist/src/cli/main.js',
      `${process.execPath} ${COMMAND}`,
    ),
  );
  t.strictSame(runTool('systemd-analyze', ['verify', file]), { exitCode: 0, output: '' });
});

t.test('the unit leaves others more of processor and disk', async (t) => {
  for (const weight of ['CPUWeight', 'IOWeight'])
    t.strictSame(directive(weight), ['50'], `${weight}, of 100 by default`);
});
