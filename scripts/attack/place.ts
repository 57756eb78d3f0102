/** Where one attack happens: the lab's topology, made silent, and a directory; both gone when it is over. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from '../../lab/namespaces.js';
import { buildTopology } from '../../lab/topology.js';

/** Names of the namespaces, and the directory. */
export interface Place {
  readonly client: string;
  readonly host: string;
  readonly ids: string;
  readonly directory: string;
}

export interface OpenPlace extends Place {
  readonly hostNamespace: Namespace;
  /** Ends every process inside and removes everything. */
  close(): void;
}

/** @throws Error when not root, or without iproute2 and nftables */
export function openPlace(): OpenPlace {
  const directory = mkdtempSync(join(tmpdir(), 'tm-attack-'));
  const { namespaces, client, host, ids } = buildTopology();
  const close = (): void => {
    namespaces.close();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    for (const namespace of [client, host, ids]) silenceIpv6(namespace);
    nameTarget(host, ids);
    silenceTarget(ids);
  } catch (error) {
    close();
    throw error;
  }
  return { client: client.name, host: host.name, ids: ids.name, directory, hostNamespace: host, close };
}

/** Its solicitations and reports would be counted among the copies. */
function silenceIpv6(namespace: Namespace): void {
  namespace.run('sh', '-c', 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done');
}

/** So that no ARP is counted among the copies, and no copy waits for it. */
function nameTarget(host: Namespace, ids: Namespace): void {
  const link = (namespace: Namespace, device: string): string =>
    (JSON.parse(namespace.ip('-j', 'link', 'show', device)) as [{ address: string }])[0].address;
  const name = (namespace: Namespace, device: string, address: string, mac: string): string =>
    namespace.ip('neigh', 'replace', address, 'lladdr', mac, 'dev', device, 'nud', 'permanent');
  name(host, 'mir0', '10.9.0.2', link(ids, 'ids0'));
  name(ids, 'ids0', '10.9.0.1', link(host, 'mir0'));
}

/** Its device counts the copies, and nobody answers that no port is open. */
function silenceTarget(ids: Namespace): void {
  const chain = 'type filter hook ingress device ids0 priority 0; policy drop;';
  ids.run('nft', `add table netdev silent; add chain netdev silent ingress { ${chain} }`);
}
