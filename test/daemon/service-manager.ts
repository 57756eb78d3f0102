/** Notifications to systemd, through a real socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { openLog } from '../../src/daemon/log.js';
import { ServiceManager } from '../../src/daemon/service-manager.js';
import type { Status } from '../../src/status/status.js';
import { NotifyListener } from '../fixtures/live/daemon/notify-listener.js';
import { laneStatus, statusOf } from '../fixtures/status/status.js';

const starting = laneStatus('ingress', { state: 'waiting', reason: 'starting' });
const missing = laneStatus('egress', { state: 'waiting', reason: 'device eth0 does not exist' });
const capturing = laneStatus('ingress');
const moving = {
  worker: 1,
  readPackets: 0,
  ringDropped: 0,
  pid: 7,
  restarts: 0,
  lastExit: null,
  nextTryAt: null,
  beatAgeMs: 0,
  countersAgeMs: 0,
  loopDelayMs: 0,
  xdpInvalidDescriptors: 0,
};
const still = { ...moving, pid: 8, beatAgeMs: 60_000 };

interface Stage {
  status: Status;
  readonly manager: ServiceManager;
  readonly logged: string[];
}

async function onStage(t: Test, environment: Record<string, string>, status: Status): Promise<Stage> {
  const logged: string[] = [];
  const { log } = openLog('info', { write: (line) => logged.push(line) });
  const stage: { status: Status; logged: string[]; manager?: ServiceManager } = { status, logged };
  stage.manager = await ServiceManager.open({ environment, log, status: () => stage.status });
  t.teardown(() => stage.manager?.close());
  return stage as Stage;
}

/** An abstract address needs no file. */
function socketName(t: Test, kind: 'path' | 'abstract'): string {
  if (kind === 'abstract') return `@traffic-mirror-${process.pid}`;
  const directory = mkdtempSync(join(tmpdir(), 'tm-notify-'));
  t.teardown(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'notify');
}

for (const kind of ['path', 'abstract'] as const) {
  t.test(`ready when what can be captured is, ${kind}`, async (t) => {
    const name = socketName(t, kind);
    const listener = await NotifyListener.open(t, name);
    const stage = await onStage(t, { NOTIFY_SOCKET: name }, statusOf({ lanes: [starting, missing] }));
    stage.manager.start();
    await sleep(200);
    t.strictSame(listener.read(), [], 'not before');
    stage.status = statusOf({ lanes: [capturing, missing] });
    t.strictSame(await listener.until('READY=1'), [
      'READY=1',
      'STATUS=ok: 1 of 2 directions captured, 7 packets/s mirrored, 2 skipped',
    ]);
    await sleep(200);
    t.equal(listener.read().length, 1, 'once');
  });
}

t.test('reloading and stopping', async (t) => {
  const name = socketName(t, 'path');
  const listener = await NotifyListener.open(t, name);
  const { manager } = await onStage(t, { NOTIFY_SOCKET: name }, statusOf());
  const before = process.hrtime.bigint() / 1000n;
  manager.reloading();
  const [state, time = ''] = await listener.until('RELOADING=1');
  t.equal(state, 'RELOADING=1');
  const [, microseconds] = /^MONOTONIC_USEC=(\d+)$/.exec(time) ?? [];
  t.ok(BigInt(microseconds ?? 0) >= before && BigInt(microseconds ?? 0) <= process.hrtime.bigint() / 1000n);
  manager.stopping();
  t.strictSame(await listener.until('STOPPING=1'), ['STOPPING=1', 'STATUS=stopping']);
});

t.test('the watchdog is fed while every engine moves', async (t) => {
  const name = socketName(t, 'path');
  const listener = await NotifyListener.open(t, name);
  const environment = { NOTIFY_SOCKET: name, WATCHDOG_USEC: '200000' };
  const stage = await onStage(t, environment, statusOf({ engines: [moving] }));
  const fed = (): number => listener.read().filter(([first]) => first === 'WATCHDOG=1').length;
  stage.manager.start();
  await listener.until('WATCHDOG=1');
  for (const engines of [[moving, still], [{ ...moving, pid: null }]]) {
    stage.status = statusOf({ engines });
    await sleep(200);
    const before = fed();
    await sleep(500);
    t.equal(fed(), before, 'not while one stands still or is gone');
  }
  const before = fed();
  stage.status = statusOf({ engines: [] });
  await sleep(500);
  t.ok(fed() > before, 'without engines there is nothing to wait for');
});

t.test('without a service manager', async (t) => {
  const { manager, logged } = await onStage(t, {}, statusOf());
  manager.start();
  manager.reloading();
  manager.stopping();
  t.strictSame(logged, []);
});

t.test('a missing socket is logged once', async (t) => {
  const { manager, logged } = await onStage(t, { NOTIFY_SOCKET: '/nonexistent/notify' }, statusOf());
  manager.start();
  manager.stopping();
  t.equal(logged.length, 1);
  t.match(JSON.parse(logged[0] ?? '{}'), {
    msg: 'service manager cannot be told',
    reason: 'connect: ENOENT',
  });
});
