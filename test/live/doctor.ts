/**
 * Ten setups that are broken: `doctor` says what is wrong, its remedy is followed, and copies arrive whole. What it says is
 * in docs/troubleshooting.md.
 */
import { chmodSync, utimesSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { type Daemon, startDaemon } from '../../lab/daemon.js';
import type { Finding, FindingCode } from '../../src/doctor/finding.js';
import type { Status } from '../../src/status/status.js';
import { checkLines } from '../fixtures/doctor/example.js';
import { everything, REJECT_FIRST, ROUTED, SETUPS, withRules } from '../fixtures/doctor/setups.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { COMMAND } from '../fixtures/live/daemon/command.js';
import { EVERYTHING, EVERYWHERE } from '../fixtures/live/daemon/configurations.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand, type Stand, type StandOptions } from '../fixtures/live/daemon/stand.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { commandOf, type Diagnosis, diagnose, findingOf, runIn } from '../fixtures/live/doctor/run-doctor.js';
import { skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { deviceCounter, Load } from '../fixtures/live/traffic/load.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

const FRAMES = 20;
/** The longest frame of a device with an MTU of 1500. */
const LONGEST = 1514;
const WITHOUT_NET_RAW = ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];

/** A stand with something that listens at the target: the kernel's own VXLAN device, which knows none of the networks. */
function buildReceiving(t: Test, options?: StandOptions): Stand {
  const stand = buildStand(t, options);
  stand.ids.ip('link', 'add', 'vxlan0', 'type', 'vxlan', 'external', 'dstport', '4789');
  stand.ids.ip('link', 'set', 'vxlan0', 'up');
  return stand;
}

interface Case {
  /** Also of the example in docs/troubleshooting.md. */
  readonly name: string;
  readonly stand?: StandOptions;
  /** The configuration, with what is wrong in it. */
  readonly sections: (stand: Stand) => object;
  /** Breaks the host, before the daemon starts. */
  readonly breakIt?: (stand: Stand) => void;
  readonly want: FindingCode;
  /** Absent: the daemon finds the same at its start, and logs it. */
  readonly isLogged?: false;
  /** Follows the remedy. @returns the configuration as it then is; undefined: the same. */
  readonly follow: (stand: Stand, finding: Finding) => Promise<object | undefined> | object | undefined;
  /** Where frames are sent from, and from which device. */
  readonly from?: (stand: Stand) => Sender;
  readonly device?: string;
}

async function obey(stand: Stand, finding: Finding): Promise<undefined> {
  const { exitCode, stderr } = await runIn(stand.host, ['sh', '-c', commandOf(finding)]);
  if (exitCode !== 0) throw new Error(`${commandOf(finding)}: ${stderr}`);
}

const webDevice = `web${process.pid}`;

const CASES: readonly Case[] = [
  {
    name: 'mtu',
    stand: { targetMtu: 1500 },
    sections: () => everything(),
    want: 'mtu-cuts',
    follow: async (stand, finding) => {
      await obey(stand, finding);
      stand.ids.ip('link', 'set', 'dev', 'ids0', 'mtu', '1550');
      return undefined;
    },
  },
  {
    name: 'route',
    sections: () => everything(),
    breakIt: ({ host }) => host.ip('route', 'del', '10.9.0.0/24', 'dev', 'mir0'),
    want: 'route-missing',
    follow: obey,
  },
  {
    name: 'firewall',
    sections: () => everything(),
    breakIt: ({ host }) => {
      const chain = 'type filter hook output priority 0; policy accept;';
      const rule = 'add rule inet filter output udp dport 4789 drop';
      host.run('nft', `add table inet filter; add chain inet filter output { ${chain} }; ${rule}`);
    },
    want: 'firewall-drops',
    follow: obey,
  },
  {
    name: 'wrong-name',
    sections: () => everything('vteh0'),
    want: 'device-missing',
    follow: (_, { remedy }) => everything(/device: (\S+)$/.exec(remedy)?.[1]),
  },
  {
    name: 'filter',
    sections: () => withRules(REJECT_FIRST),
    want: 'session-accepts-nothing',
    follow: (_, { remedy }) => {
      if (!/accept.*lower ruleNumber/.test(remedy)) throw new Error(remedy);
      return withRules([
        ...EVERYTHING.map((rule, index) => ({ ...rule, ruleNumber: 1 + index })),
        { ruleNumber: 5, ruleAction: 'reject', ...EVERYWHERE },
      ]);
    },
  },
  {
    name: 'dead-target',
    sections: () => everything('veth0', '10.9.0.77'),
    want: 'next-hop-silent',
    // Nothing is sent at the start. The log tells once copies are: "target not reachable".
    isLogged: false,
    follow: ({ ids }, { remedy }) => {
      if (!/is it up, in this network, and is this its address\?/.test(remedy)) throw new Error(remedy);
      ids.ip('addr', 'add', '10.9.0.77/24', 'dev', 'ids0');
      return undefined;
    },
  },
  {
    name: 'wrong-namespace',
    sections: () => everything(webDevice),
    breakIt: ({ client }) => {
      client.ip('link', 'set', 'dev', 'veth1', 'down');
      client.ip('link', 'set', 'dev', 'veth1', 'name', webDevice);
      client.ip('link', 'set', 'dev', webDevice, 'up');
    },
    want: 'device-missing',
    follow: (_, { remedy }) => {
      const [, netns] = /netns: (\S+)/.exec(remedy) ?? [];
      const sections = everything(webDevice) as { networkInterfaces: object[] };
      const [source, ...others] = sections.networkInterfaces;
      return { ...sections, networkInterfaces: [{ ...source, netns }, ...others] };
    },
    from: ({ host }) => new Sender(host),
    device: 'veth0',
  },
];

/** Those of the table that have a test of their own below. */
const OTHERS = ['full-ring', 'no-capability', 'clock'];

t.test('the ten of the page are made here', async (t) => {
  t.same([...CASES.map(({ name }) => name), ...OTHERS].toSorted(), SETUPS.map(({ name }) => name).toSorted());
});

for (const one of CASES) {
  t.test(one.name, { skip: skipUnless('nft') || skipIo('ring') }, async (t) => {
    const { name, sections, breakIt, want, follow } = one;
    const stand = buildReceiving(t, one.stand);
    breakIt?.(stand);
    const configFile = stand.configure(sections(stand));
    const daemon = await startDaemon(stand.host, configFile, stand.directory);
    await daemon.until('started', ({ engines }) => engines.every(({ beatAgeMs }) => beatAgeMs < 1000));
    const traffic = new Traffic(stand, one);
    const arrived = await traffic.arrives(daemon);
    t.not(arrived, 'whole', 'copies do not arrive whole');

    const before = await diagnose(stand.host, configFile);
    const finding = findingOf(before, want);
    t.equal(finding.severity, 'error');
    t.equal(before.exitCode, 1, 'exit code');
    example(t, name, stand, finding);
    if (one.isLogged !== false) {
      const logged = await waitFor('the same in the log', daemon.log, (log) =>
        log.includes(`"finding":"${want}"`),
      );
      t.ok(logged.includes(JSON.stringify(finding.remedy)), 'with its remedy');
    }

    const changed = await follow(stand, finding);
    if (changed !== undefined) {
      stand.configure(changed);
      t.equal((await reload(daemon)).reload.lastResult, 'applied');
    }
    await waitFor(
      'copies to arrive whole',
      () => traffic.arrives(daemon),
      (what) => what === 'whole',
    );
    // What was counted is told for another ten seconds.
    const after = await waitFor(
      'nothing to be wrong any more',
      () => diagnose(stand.host, configFile),
      (diagnosis) => errorsOf(diagnosis).length === 0,
      500,
    );
    t.equal(after.exitCode, 0, 'exit code');
    traffic.close();
    t.equal(await daemon.stop(), 0, 'exit code of the daemon');
  });
}

type Arrival = 'none' | 'cut' | 'whole';

/** Frames that are sent into the source, and what of them arrives at the target's device. */
class Traffic {
  readonly #stand: Stand;
  readonly #sender: Sender;
  readonly #device: string;
  #round = 0;

  constructor(stand: Stand, { from, device = 'veth1' }: Pick<Case, 'from' | 'device'>) {
    this.#stand = stand;
    this.#sender = from?.(stand) ?? new Sender(stand.client);
    this.#device = device;
  }

  async arrives(daemon: Daemon): Promise<Arrival> {
    const received = () => deviceCounter(this.#stand.ids, 'ids0', 'rx_packets');
    const before = await daemon.status();
    const arrivedBefore = received();
    this.#round += 1;
    await this.#sender.send(this.#device, longFrames(this.#round));
    const due = sessionSum(before, 'matched') + FRAMES;
    // Those that nobody wants are never counted: half a second is long for twenty frames.
    const deadline = performance.now() + 1500;
    let now = before;
    while (
      performance.now() < deadline &&
      (sessionSum(now, 'matched') < due || received() - arrivedBefore < FRAMES)
    ) {
      await sleep(50);
      now = await daemon.status();
    }
    if (sessionSum(now, 'mirrored') - sessionSum(before, 'mirrored') < FRAMES) return 'none';
    if (received() - arrivedBefore < FRAMES) return 'none';
    return cutSum(now) > cutSum(before) ? 'cut' : 'whole';
  }

  close(): void {
    this.#sender.close();
  }
}

function longFrames(round: number): Uint8Array[] {
  return Array.from({ length: FRAMES }, (_, index) =>
    frame(ethernet(), ipv4(), udp(), payload(Uint8Array.of(round, index)), payload(LONGEST - 44)),
  );
}

function cutSum({ lanes }: Status): number {
  return lanes.reduce((sum, { sessions }) => sum + sessions.reduce((part, { cut }) => part + cut, 0), 0);
}

function errorsOf({ report }: Diagnosis): Finding[] {
  return report.findings.filter(({ severity }) => severity === 'error');
}

/** The page shows what was found, as it is printed here, and the remedy that is followed. */
function example(
  t: Test,
  name: string,
  stand: Stand,
  { severity, code, subject, text, remedy }: Finding,
): void {
  const lines = `${severity} [${code}] ${subject}: ${text}\n${remedy}`;
  checkLines(t, name, lines, [
    [`${stand.directory}/configuration.json`, '/etc/traffic-mirror/config.yaml'],
    [stand.directory, '/var/lib/traffic-mirror'],
    [webDevice, 'web0'],
    [/the clock says \S+,/g, 'the clock says 2026-01-01T00:00:10Z,'],
    [/written at \S+:/g, 'written at 2026-01-02T00:00:10Z:'],
  ]);
}

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
  example(t, 'no-capability', stand, finding);
  const checked = await diagnose(stand.host, configFile, WITHOUT_NET_RAW, ['check', '--environment']);
  t.same(errorsOf(checked), [finding], 'check --environment says the same, and asks no daemon');
  t.equal(checked.exitCode, 1);

  const daemon = await stand.start(configFile);
  const traffic = new Traffic(stand, {});
  t.equal(await traffic.arrives(daemon), 'whole', 'as root, copies arrive');
  const after = await diagnose(stand.host, configFile);
  t.same(errorsOf(after), []);
  t.equal(after.exitCode, 0);
  traffic.close();
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
  example(t, 'clock', stand, finding);

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
  example(t, 'full-ring', stand, finding);
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
  example(t, 'no-daemon', stand, findingOf(before, 'daemon-not-running'));
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
  example(t, 'nothing-listens', stand, finding);
  const [, command = ''] = /, or (ip link add .* up) #/.exec(finding.remedy) ?? [];
  stand.ids.run('sh', '-c', command);
  await waitFor(
    'the target to be well',
    () => diagnose(stand.host, configFile),
    ({ report }) => report.findings.every(({ code }) => code !== 'target-refuses'),
  );
  await daemon.stop();
});
