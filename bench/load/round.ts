/** Measures one contender in one scenario once, at the highest load that the generator makes. */
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generate } from '../generate.js';
import { cpuSeconds, machineBusySeconds, residentBytes } from '../processes.js';
import { copiesArrived, type Stand, silence, withStand } from '../stand.js';
import type { Contender } from './contender.js';
import { DevicePackets } from './device-packets.js';
import { framesOf, wantedAmong } from './frames.js';
import type { Mirroring } from './mirroring.js';
import { type RateSample, type Rates, ratesOf } from './rates.js';
import { peerDevice, type Scenario, sourceDevice } from './scenario.js';

const SAMPLE_MS = 150;
/** What is still on its way when the generator ends has come when nothing came for so long. */
const QUIET_MS = 150;
const DRAIN_LIMIT_MS = 10_000;

export interface Measurement extends Rates {
  /** Frames that the sources' devices took, from the first to the last: what the source still forwards. */
  readonly forwarded: number;
  /** Copies that came to the target. */
  readonly mirrored: number;
  /** Copies due: the wanted ones of the forwarded frames. */
  readonly due: number;
  /** Most memory of the processes that move frames, rings included. */
  readonly residentBytes: number;
  /** How copies left at the end, as the contender says; absent: it does not say. */
  readonly emission?: string;
}

/** Builds namespaces of its own and removes them. @throws Error when a process of the contender ended. */
export function measureLoad(contender: Contender, scenario: Scenario, seconds: number): Promise<Measurement> {
  return withStand({ targetMtu: 1600 }, async (stand) => {
    addSources(stand, scenario.sources);
    silence(stand.topology);
    const mirroring = await contender.start(stand, scenario);
    const measurement = await measure(stand, mirroring, scenario, seconds);
    await mirroring.stop();
    return measurement;
  });
}

/** Beside veth0. Only frames of the generator pass. */
function addSources({ topology: { host, client }, directory }: Stand, sources: number): void {
  const lines: string[] = [];
  for (let index = 1; index < sources; index++) {
    const [source, peer] = [sourceDevice(index), peerDevice(index)];
    lines.push(
      `link add ${source} type veth peer name ${peer} netns ${client.name}`,
      `link set ${source} up`,
    );
  }
  const batch = join(directory, 'links');
  writeFileSync(batch, `${lines.join('\n')}\n`);
  host.ip('-batch', batch);
  writeFileSync(batch, lines.map((_, index) => `link set ${peerDevice(1 + (index >> 1))} up\n`).join(''));
  client.ip('-batch', batch);
}

async function measure(
  stand: Stand,
  { pids, enginePids, emission }: Mirroring,
  scenario: Scenario,
  seconds: number,
): Promise<Measurement> {
  const { topology } = stand;
  const indexes = Array.from({ length: scenario.sources }, (_, index) => index);
  const source = new DevicePackets(topology.host, indexes.map(sourceDevice));
  const target = new DevicePackets(topology.ids, ['ids0']);
  const sum = (of: readonly number[], figure: (pid: number) => number): number =>
    of.reduce((total, pid) => total + figure(pid), 0);
  const read = async (): Promise<RateSample> => {
    const [forwarded, mirrored] = await Promise.all([source.read(), target.read()]);
    // A process that ended has no CPU time any more: that is an error.
    const used = { cpuSeconds: sum(pids, cpuSeconds), busySeconds: machineBusySeconds() };
    return { ms: performance.now(), forwarded, mirrored, ...used };
  };
  const before = { ...(await read()), copies: copiesArrived(topology) };
  const samples: RateSample[] = [];
  let resident = 0;
  const ended = generate(topology.client, {
    device: indexes.map(peerDevice).join(','),
    seconds,
    rate: 0,
    frames: framesOf(scenario),
    processor: cpus().length - 1,
  }).then(() => true);
  for (let isOver = false; !isOver; ) {
    samples.push(await read());
    resident = Math.max(resident, sum(enginePids, residentBytes));
    isOver = await Promise.race([ended, sleep(SAMPLE_MS).then(() => false)]);
  }
  const drained = await drain(read);
  const way = await emission();
  source.close();
  target.close();
  const forwarded = drained.forwarded - before.forwarded;
  return {
    ...ratesOf([...samples, drained]),
    forwarded,
    mirrored: copiesArrived(topology) - before.copies,
    due: wantedAmong(scenario, forwarded),
    residentBytes: resident,
    ...(way !== undefined && { emission: way }),
  };
}

/** Waits until no more copies come. */
async function drain(read: () => Promise<RateSample>): Promise<RateSample> {
  const deadline = performance.now() + DRAIN_LIMIT_MS;
  let last = await read();
  for (;;) {
    await sleep(QUIET_MS);
    const now = await read();
    if (now.mirrored === last.mirrored || now.ms > deadline) return now;
    last = now;
  }
}
