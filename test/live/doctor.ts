/** `doctor` beside a daemon: setups that are not mended by a command, and what it says where nothing is wrong. */
import { chmodSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import { everything, ROUTED, withRules } from '../fixtures/doctor/setups.js';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { COMMAND } from '../fixtures/live/daemon/command.js';
import { EVERYWHERE } from '../fixtures/live/daemon/configurations.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { LongFrames } from '../fixtures/live/doctor/long-frames.js';
import { buildReceiving, checkShown, errorsOf } from '../fixtures/live/doctor/receiving-stand.js';
import { diagnose, findingOf, runIn } from '../fixtures/live/doctor/run-doctor.js';
import { skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { Load } from '../fixtures/live/traffic/load.js';

const WITHOUT_NET_RAW = ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];

/** It never starts: `doctor` says why in its place. */
t.test('no-capability', { skip: skipUnless('setpriv') || skipIo('ring') }, async (t) => {
  const stand = buildReceiving(t);
  const configFile = stand.configure(everything());
  const refused = await runIn(stand.host, [
    ...WITHOUT_NET_RAW,
    process.execPath,
    COMMAND,
    'run',
    '--config',
    configFile,
  ]);
  t.equal(refused.exitCode, 3, 'run does not start');
  const before = await diagnose(stand.host, configFile, WITHOUT_NET_RAW);
  const finding = findingOf(before, 'capability-missing');
  t.match(finding, { severity: 'error', remedy: /^start it as root/ });
  t.equal(before.exitCode, 1);
  checkShown(t, 'no-capability', stand, finding);
  const checked = await diagnose(stand.host, configFile, WITHOUT_NET_RAW, ['check', '--environment']);
  t.same(errorsOf(checked), [finding], 'check --environment says the same, and asks no daemon');
  t.equal(checked.exitCode, 1);

  const daemon = await stand.start(configFile);
  const frames = new LongFrames(stand);
  t.equal(await frames.arrives(daemon), 'whole', 'as root, copies arrive');
  const after = await diagnose(stand.host, configFile);
  t.same(errorsOf(after), []);
  t.equal(after.exitCode, 0);
  frames.close();
  await daemon.stop();
});

/**
 * The clock cannot be set in a test: to the daemon and to `doctor` it is a day behind, by their own script, and then it is
 * right.
 */
t.test('clock', { skip: skipUnless() || skipIo('ring') }, async (t) => {
  const stand = buildReceiving(t);
  const configFile = stand.configure(everything());
  const behind = ['env', clockBehind(86_400_000)];
  const daemon = await stand.start(configFile, behind);
  t.ok(
    Date.parse((await daemon.status()).startedAt) < Date.now() - 80_000_000,
    'the daemon tells wrong times',
  );
  const before = await diagnose(stand.host, configFile, behind);
  const finding = findingOf(before, 'clock-behind');
  t.match(finding, { severity: 'warning', remedy: /^timedatectl set-ntp true/ });
  t.equal(before.exitCode, 0, 'copies leave all the same');
  checkShown(t, 'clock', stand, finding);

  const stepped = findingOf(await diagnose(stand.host, configFile), 'clock-stepped');
  t.match(stepped, { text: /was set forward by 86[34]\d\d s/ }, 'it was set right while the daemon ran');
  await daemon.stop();
  const again = await stand.start(configFile);
  const after = await diagnose(stand.host, configFile);
  t.same(
    after.report.findings.filter(({ code, severity }) => code.startsWith('clock') && severity !== 'hint'),
    [],
  );
  await again.stop();
  // A configuration that was written by a host whose clock is ahead.
  utimesSync(configFile, new Date(), new Date(Date.now() + 7_200_000));
  findingOf(await diagnose(stand.host, configFile), 'clock-behind');
});

function clockBehind(ms: number): string {
  const code = `const now = Date.now.bind(Date), Real = Date;
globalThis.Date = class extends Real {
  constructor(...args) { super(...(args.length === 0 ? [now() - ${ms}] : args)); }
  static now() { return now() - ${ms}; }
};`;
  return `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(code)}`;
}

/** Longer than the test; it is ended before. */
const LOAD_SECONDS = 120;
/** Fills a ring of 1 MiB, which holds some 5,000 frames, while the engine is stopped. */
const OVERFLOWING_RATE = 8000;
const STOPPED_MS = 1300;
const WORKING_MS = 200;
const TURNS = 4;

t.test('full-ring', { skip: skipUnless() || skipIo('ring') }, async (t) => {
  const stand = buildReceiving(t);
  const withRing = (ringMegabytes: number): string =>
    stand.configure({ ...everything(), engine: { ...ROUTED, ringMegabytes } });
  const configFile = withRing(1);
  const load = new Load(stand, LOAD_SECONDS, OVERFLOWING_RATE, undefined, 5);
  t.teardown(() => load.stop());
  const small = await stand.start(configFile);
  await slowDown(small);
  await small.until('drops', ({ sources }) => sources[0]?.troubles.includes('ring-drops') === true);
  const before = await diagnose(stand.host, configFile);
  const finding = findingOf(before, 'ring-drops');
  t.equal(finding.severity, 'error');
  t.equal(before.exitCode, 1);
  checkShown(t, 'full-ring', stand, finding);
  await small.stop();

  const [, megabytes] = /^engine\.ringMegabytes: (\d+);/.exec(finding.remedy) ?? [];
  withRing(Number(megabytes));
  const large = await stand.start(configFile);
  await slowDown(large);
  const { sources } = await large.status();
  t.equal(sources[0]?.ringDropped, 0, 'the same load finds room');
  const after = await diagnose(stand.host, configFile);
  t.same(errorsOf(after), []);
  t.equal(after.exitCode, 0);
  load.stop();
  await large.stop();
});

/** Stops the engine a few times, each time after it has moved: the daemon would replace one that hangs. */
async function slowDown(daemon: Daemon): Promise<void> {
  const pid = (await daemon.status()).engines[0]!.pid!;
  for (let turn = 0; turn < TURNS; turn++) {
    process.kill(pid, 'SIGSTOP');
    await sleep(STOPPED_MS);
    process.kill(pid, 'SIGCONT');
    await daemon.until('it moves', ({ engines }) => engines[0]!.beatAgeMs < 500);
    await sleep(WORKING_MS);
  }
}

const NOBODY = [
  'setpriv',
  '--reuid',
  '65534',
  '--regid',
  '65534',
  '--clear-groups',
  '--bounding-set',
  '-all',
];

t.test('unprivileged', { skip: skipUnless('setpriv', 'nft') || skipIo('ring') }, async (t) => {
  const stand = buildReceiving(t, { targetMtu: 1500 });
  const configFile = stand.configure(everything());
  const daemon = await stand.start(configFile);
  chmodSync(stand.directory, 0o711);
  chmodSync(configFile, 0o644);
  const diagnosis = await diagnose(stand.host, configFile, NOBODY);
  findingOf(diagnosis, 'mtu-cuts');
  t.equal(diagnosis.exitCode, 1, 'it works, and finds what is to be seen');
  const left = diagnosis.report.notLookedAt.map(({ what }) => what);
  for (const what of ['firewall rules', "the daemon's counters", 'whether targets answer'])
    t.ok(left.includes(what), what);
  await daemon.stop();
});

t.test('traffic', { skip: skipUnless() || skipIo('ring') }, async (t) => {
  const stand = buildReceiving(t);
  const wanted = {
    ruleNumber: 10,
    ruleAction: 'accept',
    protocol: 17,
    sourcePortRange: { fromPort: 1024, toPort: 1031 },
    ...EVERYWHERE,
  };
  const configFile = stand.configure(withRules([wanted]));
  const daemon = await stand.start(configFile);
  const load = new Load(stand, LOAD_SECONDS, 400, undefined, 5);
  t.teardown(() => load.stop());
  await daemon.until('copies', (status) => sessionSum(status, 'mirrored') > 0);
  const diagnosis = await diagnose(stand.host, configFile);
  t.equal(diagnosis.exitCode, 0);
  const [, passed = '', read = '', matched = ''] =
    /received (\d+) frames in .* of which (\d+) were read and (\d+) mirrored/.exec(
      findingOf(diagnosis, 'traffic').text,
    ) ?? [];
  // Eight flows of 64, and each count is of a moment of its own.
  t.ok(Number(passed) > 200, `passed ${passed}`);
  t.ok(Number(matched) > 0 && Number(matched) < Number(passed) / 2, `matched ${matched}`);
  t.equal(read, matched, 'the kernel keeps the others');
  load.stop();
  await daemon.stop();
});

t.test('a daemon that does not run, and then does', { skip: skipUnless() || skipIo('ring') }, async (t) => {
  const stand = buildReceiving(t);
  const configFile = stand.configure(everything());
  const before = await diagnose(stand.host, configFile);
  t.match(findingOf(before, 'daemon-not-running').remedy, /traffic-mirror run --config/);
  t.equal(before.exitCode, 1);
  checkShown(t, 'no-daemon', stand, findingOf(before, 'daemon-not-running'));
  const checked = await diagnose(stand.host, configFile, [], ['check', '--environment']);
  t.same(errorsOf(checked), [], 'for a start all is well');
  t.equal(checked.exitCode, 0);
  const daemon = await stand.start(configFile);
  t.same(errorsOf(await diagnose(stand.host, configFile)), []);
  t.notMatch(daemon.log(), /"finding":/, 'and nothing is logged');
  await daemon.stop();
});

t.test(
  'from another namespace, the daemon’s is looked at',
  { skip: skipUnless() || skipIo('ring') },
  async (t) => {
    const stand = buildReceiving(t, { targetMtu: 1500 });
    const configFile = stand.configure(everything());
    const daemon = await stand.start(configFile);
    const { pid } = await daemon.status();
    const diagnosis = await diagnose(stand.ids, configFile);
    findingOf(diagnosis, 'daemon-elsewhere');
    t.match(
      findingOf(diagnosis, 'mtu-cuts').remedy,
      `nsenter --net=/proc/${pid}/ns/net ip link set dev mir0 mtu 1550`,
    );
    await daemon.stop();
  },
);

t.test(
  'what a start finds is logged once it runs, also after a reload',
  { skip: skipUnless() || skipIo('ring') },
  async (t) => {
    const stand = buildReceiving(t, { targetMtu: 1500 });
    const configFile = stand.configure(everything());
    const daemon = await stand.start(configFile);
    const found =
      /"finding":"mtu-cuts","subject":"tms-everything","problem":"[^"]+","remedy":"ip link set dev mir0 mtu 1550/;
    await waitFor('a finding', daemon.log, (log) => found.test(log));
    const lines = daemon.log().split('\n');
    const at = (text: string): number => lines.findIndex((line) => line.includes(text));
    t.ok(at('"started"') < at('"finding"'), 'the start does not wait for it');
    stand.configure(everything('veth0', '10.77.0.1'));
    await reload(daemon);
    await waitFor('another', daemon.log, (log) => log.includes('"finding":"route-missing"'));
    t.equal(await daemon.stop(), 0);
  },
);

t.test('nothing-listens', { skip: skipUnless() || skipIo('ring') }, async (t) => {
  const stand = buildStand(t);
  const configFile = stand.configure(everything());
  const daemon = await stand.start(configFile);
  const before = await diagnose(stand.host, configFile);
  const finding = findingOf(before, 'target-refuses');
  t.equal(finding.severity, 'warning');
  t.equal(before.exitCode, 0, 'copies leave all the same');
  checkShown(t, 'nothing-listens', stand, finding);
  const [, command = ''] = /, or (ip link add .* up) #/.exec(finding.remedy) ?? [];
  stand.ids.run('sh', '-c', command);
  await waitFor(
    'the target to be well',
    () => diagnose(stand.host, configFile),
    ({ report }) => report.findings.every(({ code }) => code !== 'target-refuses'),
  );
  await daemon.stop();
});
