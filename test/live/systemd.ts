/** The service under a real systemd: installed, refused, started, reloaded, hung and stopped. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { capturing } from '../../lab/daemon.js';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { checkConfined } from '../fixtures/live/daemon/confinement.js';
import { processorsOf } from '../fixtures/live/daemon/processes.js';
import { Service, UNIT } from '../fixtures/live/daemon/service.js';
import { besideBusyNeighbour, keptWithin } from '../fixtures/live/daemon/service-limits.js';
import { buildStand, planOf } from '../fixtures/live/daemon/stand.js';
import { bootSystemd } from '../fixtures/live/daemon/systemd-machine.js';
import { directive } from '../fixtures/live/daemon/unit-file.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { deviceCounter } from '../fixtures/live/traffic/load.js';
import { fromRoot } from '../fixtures/root.js';

const INSTALL = fromRoot('scripts/install-service.sh');
const PINGS = 5;
const MEBIBYTE = 1 << 20;
/** Shorter than the unit's, so that the test is; the daemon feeds it every second. */
const WATCHDOG_SECONDS = 5;
/** Of those that this process may run on, the first and the last. */
const PROCESSORS = [/^\d+/, /\d+$/].map((place) => Number(place.exec(processorsOf(process.pid))?.[0]));
/** Priorities of syslog(3) by levels of the log. */
const PRIORITIES = new Map([
  [30, '6'],
  [40, '4'],
]);

const skip =
  skipUnless('ping', 'nsenter', 'unshare', 'findmnt', 'systemctl') ||
  (!existsSync('/lib/systemd/systemd') && 'systemd is not installed');

t.test('the service', { skip }, async (t) => {
  const stand = buildStand(t);
  const machine = await bootSystemd(t, stand.host);
  if (typeof machine === 'string') return t.plan(0, machine);
  const service = new Service(machine);
  // Little memory to lock: systemd cannot raise the limit above that of a machine that does not allow it.
  const good = { ...mirrorEverything('veth0', 5), engine: { ringMegabytes: 2 } };
  const bad = { ...good, trafficMirrorTargets: 7 };
  const ping = (): string => stand.client.run('ping', '-c', String(PINGS), '-i', '0.2', '10.1.0.1');
  let daemonPid = 0;

  t.test('is installed', async (t) => {
    const { exitCode, output } = machine.run('sh', INSTALL);
    t.equal(exitCode, 0, output);
    t.equal(service.property('UnitFileState'), 'enabled');
    t.match(machine.run('traffic-mirror', '--version'), { exitCode: 0, output: /^\d+\.\d+\.\d+\S*\n$/ });
    const dropIn = `${machine.root}/etc/systemd/system/${UNIT}.d`;
    mkdirSync(dropIn);
    writeFileSync(`${dropIn}/watchdog.conf`, `[Service]\nWatchdogSec=${WATCHDOG_SECONDS}\n`);
    machine.run('systemctl', 'daemon-reload');
  });

  t.test('does not start with a bad configuration', async (t) => {
    service.configure(bad);
    t.not(service.control('start'), 0);
    t.equal(service.property('ActiveState'), 'failed', 'and is not tried again');
    t.equal(service.property('ExecMainStatus'), '1');
    t.match(service.messages(), /config\.yaml:1: (column \d+: )?trafficMirrorTargets/);
  });

  t.test('is ready once it captures, with few privileges', async (t) => {
    service.configure(good);
    t.equal(service.control('start'), 0);
    t.equal(service.property('ActiveState'), 'active');
    t.match(service.property('StatusText'), /: 2 of 2 directions captured,/);
    const { pid, engines } = await service.until('answering', () => true);
    t.equal(service.property('MainPID'), String(pid));
    const user = Number(machine.run('id', '-u', 'traffic-mirror').output);
    for (const id of [pid, ...engines.map((engine) => engine.pid ?? 0)]) {
      checkConfined(t, id, user, machine.root);
    }
    daemonPid = pid;
  });

  t.test('reloads', async (t) => {
    service.configure(bad);
    t.not(service.control('reload'), 0, 'a bad file is told of');
    t.equal(service.property('ActiveState'), 'active');
    service.configure({ ...good, log: { level: 'debug' } });
    t.equal(service.control('reload'), 0, 'a good one is taken');
    await service.until('reloaded', ({ reload }) => reload.lastResult === 'applied');
    ping();
    const { pid } = await service.until('mirrored', (now) => sessionSum(now, 'mirrored') >= 2 * PINGS);
    t.equal(pid, daemonPid, 'the same daemon');
  });

  t.test('sends by AF_XDP, straight to the device', async (t) => {
    const limit = Number.parseInt(directive('LimitMEMLOCK')[0] ?? '', 10) * MEBIBYTE;
    t.equal(service.property('LimitMEMLOCK'), String(limit));
    const { engine } = await planOf(stand.configure(good));
    t.equal(engine.emit, 'auto');
    t.ok(2 * engine.xdpMegabytes * MEBIBYTE < limit, 'room for sockets that replace others');
    const { targets } = await service.until('AF_XDP', (now) =>
      now.targets.every(({ emission }) => emission === 'xdp'),
    );
    t.match(targets, [{ emission: 'xdp', emissionReason: '' }]);
    const before = sessionSum(await service.status(), 'mirrored');
    const arrived = deviceCounter(stand.ids, 'ids0', 'rx_packets');
    ping();
    await service.until('mirrored', (now) => sessionSum(now, 'mirrored') >= before + 2 * PINGS);
    t.equal(deviceCounter(stand.ids, 'ids0', 'rx_packets') - arrived, 2 * PINGS, 'every copy has arrived');
  });

  t.test('tells the journal how grave a line is', async (t) => {
    stand.host.ip('link', 'set', 'veth0', 'down');
    await service.until('blind', (now) => now.lanes.every(({ state }) => state !== 'capturing'));
    stand.host.ip('link', 'set', 'veth0', 'up');
    await service.until('back', capturing);
    for (const [level, priority] of PRIORITIES) {
      const found = service.lines().filter((line) => line.level === level);
      t.strictSame([...new Set(found.map((line) => line.priority))], [priority], `level ${level}`);
    }
  });

  t.test('is started again when it hangs', async (t) => {
    machine.run('kill', '-STOP', String(daemonPid));
    await service.until('started anew', (now) => now.pid !== daemonPid && capturing(now));
    t.equal(service.property('NRestarts'), '1');
    t.match(service.messages(), /Watchdog timeout/);
  });

  t.test('stops', async (t) => {
    ping();
    t.equal(service.control('stop'), 0);
    t.equal(service.property('Result'), 'success');
    t.equal(service.property('ExecMainStatus'), '0');
    const lanes = service.lines().flatMap(({ lane }) => lane ?? []);
    t.equal(lanes.length, 2, 'final counts of each direction');
    t.equal(sessionSum({ lanes }, 'mirrored'), 2 * PINGS, 'every ping mirrored');
  });

  t.test('runs two workers within the limits of its unit', async (t) => {
    const engine = { io: 'ring', workers: 2, workerCpus: PROCESSORS };
    service.configure({ ...good, engine });
    t.equal(service.control('start'), 0);
    const status = await service.until('capturing', capturing);
    t.equal(status.engines.length, 2);
    t.strictSame(
      status.engines.map(({ pid }) => processorsOf(pid!, machine.root)),
      PROCESSORS.map(String),
      'each is kept to its processor',
    );
    keptWithin(t, service, machine, status);
  });

  t.test('goes on beside a neighbour that wants every processor', (t) =>
    besideBusyNeighbour(t, service, machine, stand),
  );

  t.test('is taken away', async (t) => {
    t.match(machine.run('sh', INSTALL, '--uninstall'), { exitCode: 0 });
    t.equal(service.property('LoadState'), 'not-found');
    t.equal(service.property('ActiveState'), 'inactive');
    for (const path of ['/opt/traffic-mirror', '/usr/local/bin/traffic-mirror']) {
      t.notOk(existsSync(machine.root + path), `${path} is gone`);
    }
    for (const path of ['/etc/traffic-mirror/config.yaml', '/var/lib/traffic-mirror']) {
      t.ok(existsSync(machine.root + path), `${path} is kept`);
    }
    t.match(machine.run('sh', INSTALL, '--uninstall', '--purge'), { exitCode: 0 });
    t.notOk(existsSync(`${machine.root}/etc/traffic-mirror`));
    t.notOk(existsSync(`${machine.root}/var/lib/traffic-mirror`));
    t.not(machine.run('id', 'traffic-mirror').exitCode, 0, 'nor the user');
  });
});
