/**
 * Setups that are broken: `doctor` says what is wrong, its remedy is followed, and copies arrive whole. What it says is in
 * docs/troubleshooting.md.
 */
import t from 'tap';
import { startDaemon } from '../../lab/daemon.js';
import type { Finding, FindingCode } from '../../src/doctor/finding.js';
import { everything, REJECT_FIRST, SETUPS, withRules } from '../fixtures/doctor/setups.js';
import { EVERYTHING, EVERYWHERE } from '../fixtures/live/daemon/configurations.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import type { Stand, StandOptions } from '../fixtures/live/daemon/stand.js';
import { waitFor } from '../fixtures/live/daemon/waiting.js';
import { LongFrames } from '../fixtures/live/doctor/long-frames.js';
import { buildReceiving, checkShown, untilMended } from '../fixtures/live/doctor/receiving-stand.js';
import { commandOf, diagnose, findingOf, runIn } from '../fixtures/live/doctor/run-doctor.js';
import { skipIo, skipUnless } from '../fixtures/live/requirements.js';

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
  /** Where frames are sent from; absent: from the client, by veth1. */
  readonly frames?: (stand: Stand) => LongFrames;
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
    frames: (stand) => new LongFrames(stand, stand.host, 'veth0'),
  },
];

/** Those of the table that test/live/doctor.ts makes. */
const OTHERS = ['full-ring', 'no-capability', 'clock'];

t.test('each setup of the page is made', async (t) => {
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
    const frames = one.frames?.(stand) ?? new LongFrames(stand);
    const arrived = await frames.arrives(daemon);
    t.not(arrived, 'whole', 'copies do not arrive whole');

    const before = await diagnose(stand.host, configFile);
    const finding = findingOf(before, want);
    t.equal(finding.severity, 'error');
    t.equal(before.exitCode, 1, 'exit code');
    checkShown(t, name, stand, finding);
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
    await untilMended(t, { stand, configFile, daemon, frames });
    frames.close();
    t.equal(await daemon.stop(), 0, 'exit code of the daemon');
  });
}
