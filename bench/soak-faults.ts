/** What may happen to a host in a night: each fault comes, lasts a few seconds and goes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../lab/daemon.js';
import { joinByVeth } from '../lab/namespaces.js';
import type { Topology } from '../lab/topology.js';

export interface SoakStand {
  readonly topology: Topology;
  readonly daemon: Daemon;
  /** Writes the configuration file: as it is meant, or broken. */
  readonly writeConfiguration: (isBroken: boolean) => void;
}

export interface Fault {
  readonly name: string;
  /** Resolves when its cause is gone. */
  strike(stand: SoakStand): Promise<void>;
}

const SHORT_MS = 2000;
/** Longer than the daemon waits for a sign of life. */
const HANG_MS = 7000;
const TARGET_MTU = 9000;
const LOW_MTU = 1300;
const STORM = 20;

export const FAULTS: readonly Fault[] = [
  {
    name: 'source down',
    strike: ({ topology: { host } }) =>
      during(
        () => host.ip('link', 'set', 'veth0', 'down'),
        () => host.ip('link', 'set', 'veth0', 'up'),
      ),
  },
  {
    name: 'source deleted and made anew',
    strike: async ({ topology: { host, client } }) => {
      host.ip('link', 'del', 'veth0');
      await sleep(SHORT_MS);
      joinByVeth(
        { namespace: host, device: 'veth0', addresses: ['10.1.0.1/24'] },
        { namespace: client, device: 'veth1', addresses: ['10.1.0.2/24'] },
      );
    },
  },
  {
    name: 'egress device down',
    strike: ({ topology: { host } }) =>
      during(
        () => host.ip('link', 'set', 'mir0', 'down'),
        () => host.ip('link', 'set', 'mir0', 'up'),
      ),
  },
  {
    name: 'target gone',
    strike: ({ topology: { ids } }) =>
      during(
        () => ids.ip('link', 'set', 'ids0', 'down'),
        () => ids.ip('link', 'set', 'ids0', 'up'),
      ),
  },
  {
    name: 'firewall',
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
    strike: ({ topology: { host } }) =>
      during(
        () => host.ip('link', 'set', 'mir0', 'mtu', String(LOW_MTU)),
        () => host.ip('link', 'set', 'mir0', 'mtu', String(TARGET_MTU)),
      ),
  },
  {
    name: 'reload storm',
    strike: async ({ daemon }) => {
      for (let count = 0; count < STORM; count++) {
        daemon.process.kill('SIGHUP');
        await sleep(10);
      }
    },
  },
  {
    name: 'broken configuration',
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
  { name: 'engine killed', strike: async ({ daemon }) => void (await signalEngine(daemon, 'SIGKILL')) },
  {
    name: 'engine hangs',
    strike: async ({ daemon }) => {
      await signalEngine(daemon, 'SIGSTOP');
      await sleep(HANG_MS);
    },
  },
];

async function during(begin: () => unknown, end: () => unknown): Promise<void> {
  begin();
  await sleep(SHORT_MS);
  end();
}

async function signalEngine(daemon: Daemon, signal: NodeJS.Signals): Promise<void> {
  for (const { pid } of (await daemon.status()).engines) if (pid !== null) process.kill(pid, signal);
}
