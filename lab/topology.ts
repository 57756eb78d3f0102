/**
 * The lab's hosts, each a network namespace:
 *
 *     client  veth1 ------------ veth0  host  mir0 ------------ ids0  ids
 *             10.1.0.2           10.1.0.1     10.9.0.1          10.9.0.2 (and more)
 *             fd00:1::2          fd00:1::1     (fd00:9::1)        (fd00:9::2)
 *
 * The daemon runs in `host`: veth0 is the source, and copies leave by mir0 for the target, `ids` (an intrusion detection
 * system).
 */
import { joinByVeth, type Namespace, Namespaces } from './namespaces.js';

export interface Topology {
  readonly namespaces: Namespaces;
  readonly client: Namespace;
  readonly host: Namespace;
  readonly ids: Namespace;
}

export interface TopologyOptions {
  readonly sourceMtu?: number;
  /** MTU of the link to the target; the default leaves room for the outer headers of a full frame. */
  readonly targetMtu?: number;
  /** How many addresses the target has, from 10.9.0.2 on. */
  readonly targets?: number;
  /** The link to the target has IPv6 too: fd00:9::1 and fe80::1 to fd00:9::2 and fe80::2. */
  readonly ipv6Target?: boolean;
}

const DEFAULT_TARGET_MTU = 9000;

/** @throws Error when not root, or without iproute2. */
export function buildTopology(options: TopologyOptions = {}): Topology {
  const { targets = 1, targetMtu = DEFAULT_TARGET_MTU, sourceMtu, ipv6Target = false } = options;
  const namespaces = new Namespaces();
  const client = namespaces.add('client');
  const host = namespaces.add('host');
  const ids = namespaces.add('ids');
  const source = sourceMtu === undefined ? {} : { mtu: sourceMtu };
  joinByVeth(
    { namespace: host, device: 'veth0', addresses: ['10.1.0.1/24', 'fd00:1::1/64'], ...source },
    { namespace: client, device: 'veth1', addresses: ['10.1.0.2/24', 'fd00:1::2/64'], ...source },
  );
  const ipv6 = (host: number): string[] => (ipv6Target ? [`fd00:9::${host}/64`, `fe80::${host}/64`] : []);
  const targetAddresses = Array.from({ length: targets }, (_, index) => `10.9.0.${2 + index}/24`);
  joinByVeth(
    { namespace: host, device: 'mir0', addresses: ['10.9.0.1/24', ...ipv6(1)], mtu: targetMtu },
    { namespace: ids, device: 'ids0', addresses: [...targetAddresses, ...ipv6(2)], mtu: targetMtu },
  );
  return { namespaces, client, host, ids };
}
