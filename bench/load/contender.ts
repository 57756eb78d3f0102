/** Who mirrors in a round: nobody, the kernel, this project in each of its ways, the same loop in C. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capturing, startDaemon } from '../../lab/daemon.js';
import type { Topology } from '../../lab/topology.js';
import { compileReference, type Mirroring, startReference } from './reference.js';
import { configurationOf, type Io, NO_MIRROR_NAME, type Scenario } from './scenario.js';

export interface Contender {
  readonly name: string;
  /** @returns false for a scenario that it has no way to do. */
  can(scenario: Scenario): boolean;
  start(topology: Topology, scenario: Scenario): Promise<Mirroring>;
}

export const NO_MIRROR: Contender = {
  name: NO_MIRROR_NAME,
  can: () => true,
  start: async () => ({ pids: [], stop: async () => {} }),
};

const KERNEL_MIRROR: Contender = {
  name: 'tc mirred + vxlan device',
  // It cannot truncate, and its u32 filter stands for one rule.
  can: ({ packetLength, sessions }) => packetLength === undefined && sessions === 1,
  start: async ({ host }, { protocol }) => {
    const remote = ['id', '1', 'dstport', '4789', 'remote', '10.9.0.2', 'local', '10.9.0.1'];
    host.ip('link', 'add', 'vx0', 'type', 'vxlan', ...remote);
    host.ip('link', 'set', 'vx0', 'up');
    host.run('tc', 'qdisc', 'add', 'dev', 'veth0', 'ingress');
    const ofProtocol = ['match', 'ip', 'protocol', String(protocol), '0xff'];
    const match = ['u32', ...ofProtocol, 'match', 'ip', 'dport', '80', '0xffff'];
    const action = ['action', 'mirred', 'egress', 'mirror', 'dev', 'vx0'];
    host.run('tc', 'filter', 'add', 'dev', 'veth0', 'parent', 'ffff:', 'protocol', 'ip', ...match, ...action);
    return { pids: [], stop: async () => {} };
  },
};

/** Everything that takes part on this machine. */
export async function contenders(): Promise<Contender[]> {
  const reference = await compileReference();
  return [
    NO_MIRROR,
    KERNEL_MIRROR,
    thisProject('libpcap', { io: 'libpcap', emit: 'routed' }),
    thisProject('ring, routed', { io: 'ring', emit: 'routed' }),
    thisProject('ring, direct', { io: 'ring', emit: 'direct', xdpMegabytes: 0 }),
    thisProject('ring, AF_XDP', { io: 'ring', emit: 'direct', xdpMegabytes: 256 }),
    ...(reference === undefined ? [] : [sameLoopInC('C loop, routed', reference, 'routed')]),
    ...(reference === undefined ? [] : [sameLoopInC('C loop, direct', reference, 'direct')]),
  ];
}

function thisProject(name: string, io: Io): Contender {
  return {
    name,
    can: () => true,
    start: async ({ host }, scenario) => {
      const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-bench-'));
      const file = join(directory, 'bench.json');
      writeFileSync(file, configurationOf(scenario, io, directory));
      const daemon = await startDaemon(host, file, directory);
      await daemon.until('capturing', capturing);
      // AF_XDP comes a moment later.
      const isXdp = io.xdpMegabytes !== undefined && io.xdpMegabytes > 0;
      const status = await daemon.until('copies leaving as they are to', ({ targets }) =>
        targets.every(({ emission }) => !isXdp || emission === 'xdp'),
      );
      return {
        pids: status.engines.flatMap(({ pid }) => pid ?? []),
        stop: async () => {
          await daemon.stop();
          rmSync(directory, { recursive: true });
        },
      };
    },
  };
}

function sameLoopInC(name: string, program: string, emit: Io['emit']): Contender {
  return {
    name,
    // It mirrors whole frames, with no filter.
    can: ({ packetLength, sessions, wanted, protocol }) =>
      packetLength === undefined && sessions === 1 && wanted === 1 && protocol === 17,
    start: (topology) => startReference(program, topology, emit),
  };
}
