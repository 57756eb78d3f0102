/** R3 and R4: no memory, no descriptors: what there is goes on, the rest is refused or started again. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { checkSums, readSum, ringDroppedSum, sessionSum } from '../../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../../fixtures/live/daemon/configurations.js';
import { isAlive, residentBytes, survivorsOf } from '../../fixtures/live/daemon/processes.js';
import { reload } from '../../fixtures/live/daemon/reloading.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { skipIo, skipUnless } from '../../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../../fixtures/live/traffic/load.js';

const MEBIBYTE = 1 << 20;
/** V8's heap limit in MiB; each process alone uses about ten. */
const SMALL_HEAP = 24;
const MEMORY_GROUPS = '/sys/fs/cgroup/memory';
const POLL_MS = 20;
const WAIT_LIMIT_MS = 8000;

/** More than the ring can hold is shed there: it is never kept anywhere else. */
async function smallHeap(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const configFile = stand.configure({
    ...mirrorEverything('veth0', 5),
    engine: { io: 'ring', ringMegabytes: 1 },
  });
  const daemon = await stand.start(configFile, ['env', `NODE_OPTIONS=--max-old-space-size=${SMALL_HEAP}`]);
  const before = await daemon.status();
  const pids = [before.pid, before.engines[0]!.pid!];
  const resident = pids.map((pid) => residentBytes(pid));
  const { sent } = await new Load(stand, 3, 0).end();
  const status = await daemon.until(
    'every frame read or dropped',
    (now) => readSum(now) + ringDroppedSum(now) >= sent,
  );
  t.equal(readSum(status) + ringDroppedSum(status), sent, `each of ${sent} frames is read or dropped`);
  t.match(status.engines, [{ pid: pids[1], restarts: 0 }], 'nothing ends');
  const grown = pids.map((pid, index) => (residentBytes(pid) - resident[index]!) / MEBIBYTE);
  t.ok(
    Math.max(...grown) < SMALL_HEAP * 2,
    `neither grows: ${grown.map((mebibytes) => mebibytes.toFixed(1))} MiB`,
  );
  checkSums(t, status, 'in a small heap');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** The kernel ends an engine that reaches the ceiling of its group. */
async function outOfMemory(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const configuration = mirrorEverything('veth0', 5) as { trafficMirrorSessions: [object] };
  const daemon = await stand.start(stand.configure(configuration));
  const { sent } = await new Load(stand, 1, 1000).end();
  const before = await daemon.until('all mirrored', (now) => sessionSum(now, 'mirrored') >= sent);
  const enginePid = before.engines[0]!.pid!;
  const group = `${MEMORY_GROUPS}/traffic-mirror-${process.pid}`;
  mkdirSync(group);
  t.teardown(() => rmdirSync(group));
  writeFileSync(`${group}/memory.limit_in_bytes`, String(MEBIBYTE));
  writeFileSync(`${group}/cgroup.procs`, String(enginePid));
  // A larger plan takes more memory than is left.
  const more = Array.from({ length: 300 }, (_, index) => ({
    ...configuration.trafficMirrorSessions[0],
    trafficMirrorSessionId: `tms-${index}`,
    networkInterfaceId: `none${index}`,
    virtualNetworkId: 100 + index,
  }));
  stand.configure({
    ...configuration,
    trafficMirrorSessions: [...configuration.trafficMirrorSessions, ...more],
  });
  process.kill(before.pid, 'SIGHUP');
  t.same(await survivorsOf([enginePid]), [], 'the engine is ended');
  const restarted = await daemon.until(
    'another',
    ({ engines: [engine] }) => engine!.pid !== null && engine!.restarts > 0,
  );
  t.match(restarted.engines, [{ restarts: 1, lastExit: { signal: 'SIGKILL' } }], 'status tells how');
  t.equal(restarted.pid, before.pid, 'the daemon goes on');
  t.ok(sessionSum(restarted, 'mirrored') >= sent, 'totals do not go back');
  await daemon.until('capturing', ({ lanes }) => lanes[0]!.state === 'capturing');
  const next = await new Load(stand, 1, 1000).end();
  const after = await daemon.until(
    'mirrored again',
    (now) => sessionSum(now, 'mirrored') >= sent + next.sent,
  );
  checkSums(t, after, 'after it');
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function outOfDescriptors(t: Test): Promise<void> {
  const stand = buildStand(t, { silentTarget: true });
  const daemon = await stand.start(stand.configure(mirrorEverything('veth0', 5)));
  const { pid, engines } = await daemon.status();
  const arrived = (): number => deviceCounter(stand.ids, 'ids0', 'rx_packets');
  const limit = (descriptors: number): void =>
    void execFileSync('prlimit', ['--pid', `${pid}`, `--nofile=${descriptors}:`]);
  // What is open stays open; nothing more can be.
  limit(3);
  for (let count = 0; count < 5; count++) {
    daemon.process.kill('SIGHUP');
    await sleep(100);
  }
  const refusals = (): string[] => linesWith(daemon.log(), 'too many open files');
  await waitFor(() => refusals().length > 0);
  t.match(refusals()[0], /configuration\.json:1: cannot be read: too many open files/, 'a reload is refused');
  t.equal(refusals().length, 1, 'in one line');
  const ask = ['-s', '--max-time', '1', '--unix-socket', `${stand.directory}/status.sock`];
  t.throws(() => stand.host.run('curl', ...ask, 'http://localhost/status'), 'so are new connections');
  const before = arrived();
  const { sent } = await new Load(stand, 1, 1000).end();
  await waitFor(() => arrived() - before >= sent);
  t.equal(arrived() - before, sent, 'frames are mirrored on');

  process.kill(engines[0]!.pid!, 'SIGKILL');
  t.same(await survivorsOf([engines[0]!.pid!]), []);
  await waitFor(() => linesWith(daemon.log(), 'it cannot be started').length > 0);
  t.equal(linesWith(daemon.log(), 'it cannot be started').length, 1, 'an engine cannot be started');
  t.ok(isAlive(pid), 'which does not end the daemon');

  limit(1024);
  const status = await daemon.until('capturing again', ({ lanes }) => lanes[0]!.state === 'capturing');
  t.ok(sessionSum(status, 'mirrored') > 0, 'totals do not go back');
  t.equal((await reload(daemon)).reload.lastResult, 'applied', 'and reloads');
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function waitFor(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + WAIT_LIMIT_MS;
  while (!isSo() && performance.now() < deadline) await sleep(POLL_MS);
}

function linesWith(log: string, text: string): string[] {
  return log.split('\n').filter((line) => line.includes(text));
}

const skip = skipUnless('nft', 'prlimit', 'curl') || skipIo('ring');
const skipGroup = existsSync(`${MEMORY_GROUPS}/memory.limit_in_bytes`) ? false : 'no memory control groups';
t.test('R3: a small heap', { skip }, smallHeap);
t.test('R3: the kernel ends the engine', { skip: skip || skipGroup }, outOfMemory);
t.test('R4: no descriptors left', { skip }, outOfDescriptors);
