/** The faults of a soak: each comes, lasts a few seconds and goes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../../lab/daemon.js';
import { joinByVeth } from '../../lab/namespaces.js';
import type { Topology } from '../../lab/topology.js';
import {
  type Account,
  accountOf,
  countAtSource,
  difference,
  type Harm,
  NameIndependentCount,
  type Renamed,
} from './account.js';
import type { SoakLoad } from './load.js';

export interface SoakStand {
  readonly topology: Topology;
  readonly daemon: Daemon;
  readonly load: SoakLoad;
  /** Takes what a source passed while it had another name. */
  readonly addRenamed: (renamed: Renamed) => void;
  /** Writes the configuration file: as it is meant, or broken. */
  readonly writeConfiguration: (isBroken: boolean) => void;
}

export interface Fault {
  readonly name: string;
  readonly harm: Harm;
  /** Resolves when its cause is gone, or the daemon has to deal with it. */
  strike(stand: SoakStand): Promise<void>;
}

const SHORT_MS = 2000;
/** Long enough for copies that an engine sent before it was stopped to arrive. */
const STOPPED_MS = 50;
/** Shorter than a hang. */
const PAUSE_MS = 1500;
const TARGET_MTU = 9000;
const LOW_MTU = 1300;
const STORM = 20;

export const FAULTS: readonly Fault[] = [
  {
    name: 'source down',
    harm: 'source',
    strike: ({ topology: { host } }) =>
      during(
        () => host.ip('link', 'set', 'veth0', 'down'),
        () => host.ip('link', 'set', 'veth0', 'up'),
      ),
  },
  {
    name: 'source deleted and made anew',
    harm: 'source',
    strike: async ({ topology, load }) => {
      const { host, client } = topology;
      host.ip('link', 'del', 'veth0');
      await sleep(SHORT_MS);
      await load.pause();
      joinByVeth(
        { namespace: host, device: 'veth0', addresses: ['10.1.0.1/24'] },
        { namespace: client, device: 'veth1', addresses: ['10.1.0.2/24'] },
      );
      countAtSource(topology);
      load.resume();
    },
  },
  {
    name: 'source renamed',
    harm: 'source',
    strike: renameSource,
  },
  {
    name: 'source moved to another namespace',
    harm: 'source',
    strike: ({ topology }) => {
      const { host, ids } = topology;
      return during(
        () => host.ip('link', 'set', 'veth0', 'netns', ids.name),
        () => {
          ids.ip('link', 'set', 'veth0', 'netns', host.name);
          host.ip('addr', 'add', '10.1.0.1/24', 'dev', 'veth0');
          countAtSource(topology);
          host.ip('link', 'set', 'veth0', 'up');
        },
      );
    },
  },
  {
    name: 'egress device down',
    harm: 'way',
    strike: ({ topology: { host } }) =>
      during(
        () => host.ip('link', 'set', 'mir0', 'down'),
        () => host.ip('link', 'set', 'mir0', 'up'),
      ),
  },
  {
    name: 'target gone',
    harm: 'way',
    strike: ({ topology: { ids } }) =>
      during(
        () => ids.ip('link', 'set', 'ids0', 'down'),
        () => ids.ip('link', 'set', 'ids0', 'up'),
      ),
  },
  {
    name: 'firewall',
    harm: 'nothing',
    strike: ({ topology: { host } }) =>
      during(
        () => {
          const chain = 'type filter hook output priority 0; udp dport 4789 drop;';
          host.run('nft', `add table inet soak; add chain inet soak output { ${chain} }`);
        },
        () => host.run('nft', 'delete table inet soak'),
      ),
  },
  {
    name: 'full queue',
    harm: 'way',
    strike: ({ topology: { host } }) =>
      during(
        () => {
          const bucket = ['rate', '1mbit', 'burst', '10kb', 'limit', '20kb'];
          host.run('tc', 'qdisc', 'add', 'dev', 'mir0', 'root', 'tbf', ...bucket);
        },
        () => host.run('tc', 'qdisc', 'del', 'dev', 'mir0', 'root'),
      ),
  },
  {
    name: 'lower MTU',
    harm: 'nothing',
    strike: ({ topology: { host } }) =>
      during(
        () => host.ip('link', 'set', 'mir0', 'mtu', String(LOW_MTU)),
        () => host.ip('link', 'set', 'mir0', 'mtu', String(TARGET_MTU)),
      ),
  },
  {
    name: 'reload storm',
    harm: 'nothing',
    strike: async ({ daemon }) => {
      for (let count = 0; count < STORM; count++) {
        daemon.process.kill('SIGHUP');
        await sleep(10);
      }
    },
  },
  {
    name: 'broken configuration',
    harm: 'nothing',
    strike: ({ daemon, writeConfiguration }) => {
      const reload = (isBroken: boolean): void => {
        writeConfiguration(isBroken);
        daemon.process.kill('SIGHUP');
      };
      return during(
        () => reload(true),
        () => reload(false),
      );
    },
  },
  {
    name: 'engine stopped for a moment',
    harm: 'nothing',
    strike: async ({ daemon }) => {
      await signalEngine(daemon, 'SIGSTOP');
      await sleep(PAUSE_MS);
      await signalEngine(daemon, 'SIGCONT');
    },
  },
  {
    name: 'daemon stopped for a moment',
    harm: 'nothing',
    strike: async ({ daemon }) => {
      const { pid } = await daemon.status();
      process.kill(pid, 'SIGSTOP');
      await sleep(PAUSE_MS);
      process.kill(pid, 'SIGCONT');
    },
  },
  {
    name: 'engine killed',
    harm: 'engine',
    strike: ({ daemon }) => signalEngine(daemon, 'SIGKILL'),
  },
  {
    name: 'engine hangs',
    harm: 'engine',
    strike: async ({ daemon }) => {
      await signalEngine(daemon, 'SIGSTOP');
      await sleep(STOPPED_MS);
    },
  },
];

/** Counted from a standstill to a standstill. The source gets its name back before the load goes on. */
async function renameSource({ topology, daemon, load, addRenamed }: SoakStand): Promise<void> {
  const { host } = topology;
  const account = async (): Promise<Account> => {
    await load.pause();
    await sleep(SHORT_MS);
    return accountOf(topology, await daemon.status(), 0);
  };
  const before = await account();
  const count = await NameIndependentCount.start(topology);
  load.resume();
  await sleep(SHORT_MS);
  host.ip('link', 'set', 'veth0', 'name', 'away0');
  await sleep(SHORT_MS);
  const { passed, matched, ringDropped } = difference(await account(), before);
  addRenamed({ passed: (await count.stop()) - passed, captured: matched + ringDropped - passed });
  host.ip('link', 'set', 'away0', 'name', 'veth0');
  load.resume();
}

async function during(begin: () => unknown, end: () => unknown): Promise<void> {
  begin();
  await sleep(SHORT_MS);
  end();
}

async function signalEngine(daemon: Daemon, signal: NodeJS.Signals): Promise<void> {
  for (const { pid } of (await daemon.status()).engines) if (pid !== null) process.kill(pid, signal);
}
