/** Mistakes of new users besides the ten of the table: `doctor` says what is wrong, and its remedy mends it. */
import t from 'tap';
import { everything, ONLY_TCP, withRules } from '../fixtures/doctor/setups.js';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { COMMAND } from '../fixtures/live/daemon/command.js';
import { EVERYTHING } from '../fixtures/live/daemon/configurations.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import type { Stand } from '../fixtures/live/daemon/stand.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { LongFrames } from '../fixtures/live/doctor/long-frames.js';
import { buildReceiving, checkShown, untilMended } from '../fixtures/live/doctor/receiving-stand.js';
import { commandOf, diagnose, findingOf, runIn } from '../fixtures/live/doctor/run-doctor.js';
import { skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { Load } from '../fixtures/live/traffic/load.js';

interface Mistake {
  readonly name: string;
  readonly target?: string;
  readonly make: (stand: Stand) => void;
  readonly want: string;
  /** What is wrong, in the words of `doctor`. */
  readonly says: RegExp;
  /** Stands for ADDRESS in the remedy. */
  readonly address?: string;
  /** Follows what is no command. */
  readonly follow?: (stand: Stand) => void;
  /** The page has it. */
  readonly isShown?: true;
}

const MISTAKES: readonly Mistake[] = [
  {
    name: 'way-down',
    make: ({ host }) => host.ip('link', 'set', 'dev', 'mir0', 'down'),
    want: 'route-missing',
    says: /device mir0, which has 10\.9\.0\.1\/24, is down$/,
    isShown: true,
  },
  {
    name: 'no address',
    make: ({ host }) => host.ip('addr', 'del', '10.9.0.1/24', 'dev', 'mir0'),
    want: 'route-missing',
    says: /device mir0 has no IPv4 address$/,
    address: '10.9.0.1',
  },
  {
    name: 'IPv6 is off',
    target: 'fd00:9::2',
    make: ({ ids }) => {
      ids.run('sysctl', '-qw', 'net.ipv6.conf.ids0.disable_ipv6=0');
      ids.ip('addr', 'add', 'fd00:9::2/64', 'dev', 'ids0', 'nodad');
    },
    want: 'route-missing',
    says: /IPv6 is off on mir0$/,
    address: 'fd00:9::1',
  },
  {
    name: 'no-carrier',
    make: ({ ids }) => ids.ip('link', 'set', 'dev', 'ids0', 'down'),
    want: 'device-no-carrier',
    says: /by which copies to 10\.9\.0\.2 leave, has no carrier/,
    follow: ({ ids }) => ids.ip('link', 'set', 'dev', 'ids0', 'up'),
    isShown: true,
  },
];

for (const { name, target, make, want, says, address, follow, isShown } of MISTAKES) {
  t.test(name, { skip: skipUnless('sysctl') || skipIo('ring') }, async (t) => {
    const stand = buildReceiving(t);
    make(stand);
    const configFile = stand.configure(everything('veth0', target));
    const daemon = await stand.start(configFile);
    const frames = new LongFrames(stand);
    t.equal(await frames.arrives(daemon), 'none', 'copies do not arrive');
    const before = await diagnose(stand.host, configFile);
    const finding = findingOf(before, want);
    t.match(finding, { severity: 'error', text: says });
    t.equal(before.exitCode, 1);
    if (isShown) checkShown(t, name, stand, finding);
    if (follow === undefined) {
      const command = commandOf(finding).replace('ADDRESS', address ?? 'ADDRESS');
      t.match(await runIn(stand.host, ['sh', '-c', command]), { exitCode: 0, stderr: '' }, command);
    } else follow(stand);
    await untilMended(t, { stand, configFile, daemon, frames });
    frames.close();
    await daemon.stop();
  });
}

/** Longer than the test; it is ended before. */
const LOAD_SECONDS = 120;

t.test('nothing-matches', { skip: skipUnless() || skipIo('ring') }, async (t) => {
  const stand = buildReceiving(t);
  const configFile = stand.configure(withRules(ONLY_TCP));
  const daemon = await stand.start(configFile);
  const load = new Load(stand, LOAD_SECONDS, 400, undefined, 5);
  t.teardown(() => load.stop());
  const before = await waitFor(
    'frames to pass',
    () => diagnose(stand.host, configFile),
    ({ report }) => report.findings.some(({ code }) => code === 'nothing-matches'),
  );
  const finding = findingOf(before, 'nothing-matches');
  t.match(finding, { severity: 'warning', subject: 'eni-source', text: /^none of the \d+ frames/ });
  t.match(finding.remedy, /^tcpdump -ni veth0 -c 5 # /);
  t.equal(before.exitCode, 0, 'it may be meant so');
  const [, explain = ''] =
    /traffic-mirror (explain --config \S+ --source \S+) --packet/.exec(finding.remedy) ?? [];
  const packet = ['--packet', 'udp 10.1.0.2:1024 > 10.1.0.1:9'];
  const explained = await runIn(stand.host, [process.execPath, COMMAND, ...explain.split(' '), ...packet]);
  t.match(explained.stdout, /verdict +not mirrored: no session accepts it/, 'as the remedy says');
  stand.configure(withRules(EVERYTHING));
  t.equal((await reload(daemon)).reload.lastResult, 'applied');
  await daemon.until('copies', (status) => sessionSum(status, 'mirrored') > 0);
  const after = await diagnose(stand.host, configFile);
  t.notOk(after.report.findings.some(({ code }) => code === 'nothing-matches'));
  load.stop();
  await daemon.stop();
});
