/** The lab's topology and a daemon in it, for one measurement. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capturing, type Daemon, startDaemon } from '../lab/daemon.js';
import type { Namespace } from '../lab/namespaces.js';
import { buildTopology, type Topology, type TopologyOptions } from '../lab/topology.js';

export interface Stand {
  readonly topology: Topology;
  /** For files; also the daemon's state directory. */
  readonly directory: string;
  /**
   * Starts the daemon in `host`; it stops with the stand. Resolves when every lane captures.
   * @param main the command's own file; another build's, to compare with.
   */
  start(configuration: object, main?: string): Promise<Daemon>;
}

/** Builds a stand, and removes it after `use`. */
export async function withStand<T>(options: TopologyOptions, use: (stand: Stand) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-bench-'));
  const topology = buildTopology(options);
  let daemon: Daemon | undefined;
  try {
    return await use({
      topology,
      directory,
      start: async (configuration, main) => {
        const file = join(directory, 'configuration.json');
        writeFileSync(file, JSON.stringify({ ...configuration, state: { directory } }), { mode: 0o600 });
        daemon = await startDaemon(topology.host, file, directory, [], main);
        await daemon.until('capturing', capturing);
        return daemon;
      },
    });
  } finally {
    await daemon?.stop();
    topology.namespaces.close();
    rmSync(directory, { recursive: true });
  }
}

/**
 * Turns IPv6 off in all namespaces, so that nothing passes but what is sent; asks for the target's link address; and has
 * the target count and drop what comes, without an answer.
 */
export function silence({ client, host, ids }: Topology): void {
  for (const namespace of [client, host, ids]) {
    namespace.run('sh', '-c', 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done');
  }
  host.run('ping', '-c', '1', '-W', '1', '10.9.0.2');
  const chain = 'type filter hook ingress device ids0 priority 0; policy accept;';
  ids.run(
    'nft',
    `add table netdev silent; add chain netdev silent ingress { ${chain} }; ` +
      'add rule netdev silent ingress udp dport 4789 counter drop',
  );
}

/** Copies that came to a target since `silence`: a counter of nft(8) in its namespace, of UDP packets to port 4789. */
export function copiesArrived({ ids }: Topology): number {
  const listed = ids.run('nft', 'list', 'chain', 'netdev', 'silent', 'ingress');
  const packets = /counter packets (\d+)/.exec(listed)?.[1];
  if (packets === undefined) throw new Error(`nft counts no copies: ${listed}`);
  return Number(packets);
}

/** A counter of a device, such as `rx_packets`. */
export function deviceCounter(namespace: Namespace, device: string, name: string): number {
  return Number(namespace.run('cat', `/sys/class/net/${device}/statistics/${name}`));
}
