/** The service under a real systemd: installed, refused, started, reloaded, hung and stopped. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import type { Status } from '../../src/daemon/status.js';
import { readStatus } from '../../src/daemon/status-server.js';
import { sessionSum } from '../fixtures/live/accounts.js';
import { mirrorEverything } from '../fixtures/live/configurations.js';
import { checkConfined } from '../fixtures/live/confinement.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { buildStand } from '../fixtures/live/stand.js';
import { bootSystemd, type SystemdMachine } from '../fixtures/live/systemd-machine.js';

const INSTALL = fileURLToPath(new URL('../../scripts/install-service.sh', import.meta.url));
const UNIT = 'traffic-mirror.service';
const PINGS = 5;
const POLL_MS = 100;
const LIMIT_MS = 40_000;
/** Shorter than the unit's, so that the test is; the daemon feeds it every second. */
const WATCHDOG_SECONDS = 5;
/** Priorities of syslog(3) by levels of the log. */
const PRIORITIES = new Map([
  [30, '6'],
  [40, '4'],
]);

/** The service, seen as its administrator sees it. */
class Service {
  readonly #machine: SystemdMachine;

  constructor(machine: SystemdMachine) {
    this.#machine = machine;
  }

  /** @returns the exit code of systemctl. */
  control(verb: string): number | null {
    return this.#machine.run('systemctl', verb, UNIT).exitCode;
  }

  property(name: string): string {
    return this.#machine.property(UNIT, name);
  }

  configure(configuration: object): void {
    writeFileSync(`${this.#machine.root}/etc/traffic-mirror/config.yaml`, JSON.stringify(configuration));
  }

  /** Waits until a status satisfies. @throws Error with the journal after 40 s. */
  async until(what: string, satisfied: (status: Status) => boolean): Promise<Status> {
    const deadline = performance.now() + LIMIT_MS;
    while (performance.now() < deadline) {
      const status = await readStatus(`${this.#machine.root}/var/lib/traffic-mirror`).catch(() => undefined);
      if (status !== undefined && satisfied(status)) return status;
      await sleep(POLL_MS);
    }
    throw new Error(`the service never was: ${what}\n${this.#machine.run('journalctl', '-o', 'cat').output}`);
  }

  /** Of systemd about the service, and of the service itself. */
  journal(): { readonly PRIORITY: string; readonly MESSAGE: string }[] {
    this.#machine.run('journalctl', '--sync');
    const { output } = this.#machine.run('journalctl', '--unit', UNIT, '--output', 'json', '--all');
    return output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }
}

const skip =
  skipUnless('ping', 'nsenter', 'unshare', 'findmnt', 'systemctl') ||
  (!existsSync('/lib/systemd/systemd') && 'systemd is not installed');

t.test('the service', { skip }, async (t) => {
  const stand = buildStand(t);
  const machine = await bootSystemd(t, stand.host);
  if (typeof machine === 'string') return t.plan(0, machine);
  const service = new Service(machine);

  const installed = machine.run('sh', INSTALL);
  t.equal(installed.exitCode, 0, installed.output);
  t.equal(service.property('UnitFileState'), 'enabled');
  const dropIn = `${machine.root}/etc/systemd/system/${UNIT}.d/watchdog.conf`;
  mkdirSync(dirname(dropIn));
  writeFileSync(dropIn, `[Service]\nWatchdogSec=${WATCHDOG_SECONDS}\n`);
  machine.run('systemctl', 'daemon-reload');

  const good = mirrorEverything('veth0', 5);
  const bad = { ...good, trafficMirrorTargets: 7 };
  service.configure(bad);
  t.not(service.control('start'), 0, 'does not start with a bad configuration');
  t.equal(service.property('ActiveState'), 'failed', 'and is not tried again');
  t.ok(service.journal().some(({ MESSAGE }) => /config\.yaml:1: trafficMirrorTargets/.test(MESSAGE)), 'told why');

  service.configure(good);
  t.equal(service.control('start'), 0, 'starts');
  t.equal(service.property('ActiveState'), 'active');
  t.match(service.property('StatusText'), /: 2 of 2 directions captured,/, 'ready once every source is');
  const started = await readStatus(`${machine.root}/var/lib/traffic-mirror`);
  t.equal(service.property('MainPID'), String(started.pid));
  const user = Number(machine.run('id', '-u', 'traffic-mirror').output);
  for (const pid of [started.pid, ...started.engines.map((engine) => engine.pid ?? 0)]) {
    checkConfined(t, pid, user, machine.root);
  }

  service.configure(bad);
  t.not(service.control('reload'), 0, 'a bad file is told of');
  t.equal(service.property('ActiveState'), 'active');
  service.configure({ ...good, log: { level: 'debug' } });
  t.equal(service.control('reload'), 0, 'a good one is taken');
  await service.until('reloaded', ({ reload }) => reload.lastResult === 'applied');
  const pings = () => stand.client.run('ping', '-c', String(PINGS), '-i', '0.2', '10.1.0.1');
  pings();
  await service.until('every ping mirrored', (now) => sessionSum(now, 'mirrored') >= 2 * PINGS);
  t.equal(service.property('MainPID'), String(started.pid), 'the same daemon');

  stand.host.ip('link', 'set', 'veth0', 'down');
  await service.until('blind', ({ lanes }) => lanes.every(({ state }) => state !== 'capturing'));
  stand.host.ip('link', 'set', 'veth0', 'up');
  await service.until('back', ({ lanes }) => lanes.every(({ state }) => state === 'capturing'));
  machine.run('kill', '-STOP', String(started.pid));
  await service.until('started anew', ({ pid, health }) => pid !== started.pid && health.state === 'ok');
  t.equal(service.property('NRestarts'), '1', 'by the watchdog');

  pings();
  t.equal(service.control('stop'), 0, 'stops');
  t.match(
    ['ActiveState', 'Result', 'ExecMainStatus'].map((name) => service.property(name)),
    ['inactive', 'success', '0'],
  );
  const journal = service.journal();
  t.ok(journal.some(({ MESSAGE }) => MESSAGE.includes('Watchdog timeout')), 'told by systemd');
  const lines = journal
    .filter(({ MESSAGE }) => MESSAGE.startsWith('{'))
    .map(({ PRIORITY, MESSAGE }) => ({ PRIORITY, ...(JSON.parse(MESSAGE) as { level: number; msg: string }) }));
  t.equal(lines.filter(({ msg }) => msg === 'final counts').length, 2, 'once for each direction');
  for (const [level, priority] of PRIORITIES) {
    const found = new Set(lines.filter((line) => line.level === level).map((line) => line.PRIORITY));
    t.strictSame([...found], [priority], `priority of level ${level}`);
  }
});
