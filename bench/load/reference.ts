/** The same loop in C, built here where there is a compiler. It shows how much of the time is the kernel's. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Topology } from '../../lab/topology.js';
import type { C_WAYS } from './contender-names.js';
import { type Mirroring, mirroringOf } from './mirroring.js';

const SOURCE = fileURLToPath(new URL('../../../bench/load/reference-loop.c', import.meta.url));

/** @returns the program's path, or undefined without a compiler. */
export async function compileReference(): Promise<string | undefined> {
  const program = join(mkdtempSync(join(tmpdir(), 'traffic-mirror-bench-')), 'reference-loop');
  try {
    execFileSync('cc', ['-O2', '-o', program, SOURCE]);
    return program;
  } catch {
    console.error('no C compiler: the bench goes without the C loop');
    return undefined;
  }
}

export async function startReference(
  program: string,
  { host, ids }: Topology,
  emit: (typeof C_WAYS)[number],
): Promise<Mirroring> {
  const mac = (namespace: typeof host, device: string): string =>
    JSON.parse(namespace.ip('-j', 'link', 'show', device))[0].address;
  const way = emit === 'direct' ? ['mir0', mac(host, 'mir0'), mac(ids, 'ids0'), '10.9.0.1'] : [];
  const child = host.spawn(program, ['veth0', '10.9.0.2', ...way], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (child.stdout !== null) await once(child.stdout, 'data');
  return mirroringOf(child);
}
