/**
 * A program that is not this project's as a contender, with `--external NAME=COMMAND`. The shell runs COMMAND in the
 * namespace of the source, once for each way that copies can leave, with these variables:
 *
 *     BENCH_WAY              routed (a raw socket), direct (a packet socket) or xdp (AF_XDP)
 *     BENCH_SOURCE_DEVICE    whose incoming frames are mirrored
 *     BENCH_TARGET_ADDRESS   where copies go: VXLAN, to UDP port 4789
 *     BENCH_TARGET_MAC       the target's link address
 *     BENCH_EGRESS_DEVICE    by which they leave
 *     BENCH_EGRESS_ADDRESS   its address
 *     BENCH_EGRESS_MAC       its link address
 *
 * It mirrors every frame of the device, from when it binds a packet socket to the device until it gets SIGTERM.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from '../../lab/namespaces.js';
import type { Topology } from '../../lab/topology.js';
import type { Way } from './contender-names.js';
import { type Mirroring, mirroringOf } from './mirroring.js';

const POLL_MS = 50;
const START_LIMIT_MS = 10_000;
/** Place of the interface index in a line of /proc/net/packet. */
const INTERFACE_FIELD = 4;

export interface ExternalCommand {
  readonly name: string;
  readonly command: string;
}

/** @param text NAME=COMMAND. @throws Error when it is not. */
export function parseExternal(text: string): ExternalCommand {
  const [, name, command] = /^([^=|]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined || command === undefined) {
    throw new Error(`--external ${text}: must be NAME=COMMAND, with no | in NAME`);
  }
  return { name: name.trim(), command };
}

/** Resolves when the program captures. @throws Error when it ends, or does not within 10 s. */
export async function startExternal(
  { name, command }: ExternalCommand,
  { host, ids }: Topology,
  way: Way,
): Promise<Mirroring> {
  const variables = {
    BENCH_WAY: way,
    BENCH_SOURCE_DEVICE: 'veth0',
    BENCH_TARGET_ADDRESS: '10.9.0.2',
    BENCH_TARGET_MAC: linkOf(ids, 'ids0').address,
    BENCH_EGRESS_DEVICE: 'mir0',
    BENCH_EGRESS_ADDRESS: '10.9.0.1',
    BENCH_EGRESS_MAC: linkOf(host, 'mir0').address,
  };
  const child = host.spawn('sh', ['-c', command], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const source = linkOf(host, 'veth0').ifindex;
  const deadline = performance.now() + START_LIMIT_MS;
  while (!isCaptured(host.run('cat', '/proc/net/packet'), source)) {
    if (child.exitCode !== null || child.pid === undefined || performance.now() > deadline) {
      throw new Error(`${name} has no packet socket on veth0; exit code ${child.exitCode}`);
    }
    await sleep(POLL_MS);
  }
  return mirroringOf(child);
}

interface Link {
  readonly ifindex: number;
  readonly address: string;
}

function linkOf(namespace: Namespace, device: string): Link {
  return JSON.parse(namespace.ip('-j', 'link', 'show', device))[0];
}

/** @param sockets text of /proc/net/packet. */
function isCaptured(sockets: string, ifindex: number): boolean {
  return sockets.split('\n').some((line) => line.trim().split(/\s+/)[INTERFACE_FIELD] === String(ifindex));
}
