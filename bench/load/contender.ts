/** Who mirrors in a round: nobody, the kernel, this project in each of its ways, the same loop in C, programs of others. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stand } from '../stand.js';
import { C_WAYS, cLoopName, KERNEL_MIRROR, loopName, NO_MIRROR, WAYS } from './contender-names.js';
import { type ExternalCommand, startExternal } from './external.js';
import { type Mirroring, mirroringOf } from './mirroring.js';
import { PROJECT_ENGINES, startProject } from './project.js';
import { compileReference, startReference } from './reference.js';
import { type Scenario, sourceDevice } from './scenario.js';

export interface Contender {
  readonly name: string;
  start(stand: Stand, scenario: Scenario): Promise<Mirroring>;
}

/** Everything that takes part on this machine. */
export async function contenders(externals: readonly ExternalCommand[]): Promise<Contender[]> {
  const reference = await compileReference();
  return [
    { name: NO_MIRROR, start: async () => mirroringOf() },
    { name: KERNEL_MIRROR, start: startKernelMirror },
    ...Object.entries(PROJECT_ENGINES).map(([name, engine]) => ({
      name,
      start: (stand: Stand, scenario: Scenario) => startProject(stand, scenario, engine),
    })),
    ...(reference === undefined ? [] : cLoops(reference)),
    ...externals.flatMap((external) =>
      WAYS.map((way) => ({
        name: loopName(external.name, way),
        start: ({ topology }: Stand) => startExternal(external, topology, way),
      })),
    ),
  ];
}

function cLoops(program: string): Contender[] {
  return C_WAYS.map((way) => ({
    name: cLoopName(way),
    start: ({ topology }) => startReference(program, topology, way),
  }));
}

/** It cannot truncate, and its u32 filter stands for one rule. */
async function startKernelMirror(
  { topology: { host }, directory }: Stand,
  { protocol, sources }: Scenario,
): Promise<Mirroring> {
  const remote = ['id', '1', 'dstport', '4789', 'remote', '10.9.0.2', 'local', '10.9.0.1'];
  host.ip('link', 'add', 'vx0', 'type', 'vxlan', ...remote);
  host.ip('link', 'set', 'vx0', 'up');
  const match = `u32 match ip protocol ${protocol} 0xff match ip dport 80 0xffff`;
  const lines = Array.from({ length: sources }, (_, index) => sourceDevice(index)).flatMap((device) => [
    `qdisc add dev ${device} ingress`,
    `filter add dev ${device} parent ffff: protocol ip ${match} action mirred egress mirror dev vx0`,
  ]);
  const batch = join(directory, 'tc');
  writeFileSync(batch, `${lines.join('\n')}\n`);
  host.run('tc', '-batch', batch);
  return mirroringOf();
}
