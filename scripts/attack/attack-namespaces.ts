/**
 * The namespaces and the directory of one attack: the lab's topology, in which nothing but the attack sends. `close`
 * removes them.
 */
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
    addNeighbours(host, ids);
    dropArrivals(ids);
  } catch (error) {
    close();
    throw error;
  }
  return { client: client.name, host: host.name, ids: ids.name, directory, hostNamespace: host, close };
}

/** Turns IPv6 off: its solicitations and reports would be counted among the copies. */
function silenceIpv6(namespace: Namespace): void {
  namespace.run('sh', '-c', 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 1 > $f; done');
}

/** Adds permanent neighbours, so that no ARP is counted among the copies and no copy waits for it. */
function addNeighbours(host: Namespace, ids: Namespace): void {
  const macOf = (namespace: Namespace, device: string): string =>
    (JSON.parse(namespace.ip('-j', 'link', 'show', device)) as [{ address: string }])[0].address;
  const add = (namespace: Namespace, device: string, address: string, mac: string): string =>
    namespace.ip('neigh', 'replace', address, 'lladdr', mac, 'dev', device, 'nud', 'permanent');
  add(host, 'mir0', '10.9.0.2', macOf(ids, 'ids0'));
  add(ids, 'ids0', '10.9.0.1', macOf(host, 'mir0'));
}

/** Drops what arrives, after the device has counted it: the target would answer that no port is open. */
function dropArrivals(ids: Namespace): void {
  const chain = 'type filter hook ingress device ids0 priority 0; policy drop;';
  ids.run('nft', `add table netdev silent; add chain netdev silent ingress { ${chain} }`);
}
