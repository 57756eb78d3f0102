/**
 * `npm run soak -- --hours N`: a daemon under load and under faults, one a minute, chosen at random; then a report:
 * does it stay small, does it come back, does it count to the packet.
 *
 *     npm run soak -- [--hours N] [--every SECONDS] [--rate PPS] [--seed N] [--write]
 *
 * `--write` makes docs/soak.md of it. Ends with 1 when something did not come back, or the counts do not add up.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { capturing, startDaemon } from '../lab/daemon.js';
import { buildTopology, type Topology } from '../lab/topology.js';
import type { Status } from '../src/daemon/status.js';
import { residentBytes } from './processes.js';
import { configurationOf, framesOf, SCENARIOS } from './scenario.js';
import { FAULTS, type SoakStand } from './soak-faults.js';
import { type Recovery, renderSoak, type Sample } from './soak-report.js';

const GENERATOR = fileURLToPath(new URL('../lab/generator.js', import.meta.url));
const SAMPLE_MS = 5000;
const LOOK_MS = 20;
/** Beyond it a fault counts as not survived. */
const RECOVERY_LIMIT_MS = 15_000;
/** Some faults end the generator with its device. */
const LOAD_PAUSE_MS = 200;
const LOAD_SECONDS = 30;
const LAST_SECONDS = 10;
const SETTLE_MS = 2000;

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    every: { type: 'string', default: '60' },
    rate: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    write: { type: 'boolean', default: false },
  },
});
const lastsMs = Number(values.hours) * 3_600_000;
const everyMs = Number(values.every) * 1000;
const scenario = SCENARIOS[0];

const topology = buildTopology();
const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-soak-'));
const configFile = join(directory, 'soak.json');
const configuration = configurationOf(scenario, { io: 'ring', emit: 'routed' }, directory);
const writeConfiguration = (isBroken: boolean): void =>
  writeFileSync(configFile, isBroken ? configuration.slice(0, -20) : configuration);
writeConfiguration(false);
const framesFile = join(directory, 'frames.json');
writeFileSync(framesFile, JSON.stringify(framesOf(scenario)));

// The copies are counted at the device and go no further.
const chain = 'type filter hook ingress device ids0 priority 0; policy accept; udp dport 4789 counter drop;';
topology.ids.run('nft', `add table netdev soak; add chain netdev soak ingress { ${chain} }`);
const daemon = await startDaemon(topology.host, configFile, directory);
await daemon.until('every lane capturing', capturing);

const stand: SoakStand = { topology, daemon, writeConfiguration };
const samples: Sample[] = [];
const recoveries: Recovery[] = [];
let isLoading = true;
const load = keepLoading();
const started = performance.now();
const sampler = setInterval(() => void takeSample(), SAMPLE_MS);
const random = sequence(Number(values.seed));

while (performance.now() - started < lastsMs) {
  const next = performance.now() + everyMs;
  const fault = FAULTS[Math.floor(random() * FAULTS.length)];
  await fault.strike(stand);
  const recovery = { name: fault.name, milliseconds: await recover() };
  recoveries.push(recovery);
  console.error(`${minutes()} ${fault.name}: mirrors again after ${recovery.milliseconds ?? 'never'} ms`);
  await sleep(Math.max(0, next - performance.now()));
}
isLoading = false;
await load;
clearInterval(sampler);
const account = await lastAccount();
const exitCode = await daemon.stop();
topology.namespaces.close();
rmSync(directory, { recursive: true });
const report = renderSoak({
  hours: Number(values.hours),
  seed: values.seed,
  rate: Number(values.rate),
  samples,
  recoveries,
  account,
  exitCode,
});
console.log(report);
if (values.write) writeFileSync(new URL('../../docs/soak.md', import.meta.url), report);
process.exitCode =
  account.problems.length === 0 && recoveries.every((one) => one.milliseconds !== undefined) ? 0 : 1;

/** @returns how long until copies arrive again; undefined: they do not. */
async function recover(): Promise<number | undefined> {
  const since = performance.now();
  const before = arrivals(topology);
  while (performance.now() - since < RECOVERY_LIMIT_MS) {
    if (arrivals(topology) > before) return Math.round(performance.now() - since);
    await sleep(LOOK_MS);
  }
  return undefined;
}

async function takeSample(): Promise<void> {
  const asked = performance.now();
  const status = await daemon.status().catch(() => undefined);
  if (status === undefined) return;
  const answerMs = performance.now() - asked;
  const pids = [status.pid, ...status.engines.flatMap(({ pid }) => pid ?? [])];
  try {
    samples.push({
      seconds: (performance.now() - started) / 1000,
      residentBytes: pids.reduce((sum, pid) => sum + residentBytes(pid), 0),
      descriptors: pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0),
      answerMs,
      engines: pids.length - 1,
    });
  } catch {
    // A fault took the engine away while it was looked at.
  }
}

/** Without faults: every frame of a last load is read, mirrored and arrives. */
async function lastAccount(): Promise<{ sent: number; problems: string[] }> {
  await sleep(SETTLE_MS);
  const before = await daemon.status();
  const arrivedBefore = arrivals(topology);
  const child = generate(LAST_SECONDS);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await once(child, 'close');
  const { sent } = JSON.parse(output) as { sent: number };
  await sleep(SETTLE_MS);
  const after = await daemon.status();
  const arrived = arrivals(topology) - arrivedBefore;
  const problems: string[] = [];
  const equal = (what: string, got: number, wanted: number): void => {
    if (got !== wanted) problems.push(`${what}: ${got}, not ${wanted}`);
  };
  equal('frames read in the end', total(after, 'read') - total(before, 'read'), sent);
  equal('copies mirrored in the end', total(after, 'mirrored') - total(before, 'mirrored'), sent);
  equal('copies that arrived in the end', arrived, sent);
  for (const lane of after.lanes) {
    const matched = lane.sessions.reduce((sum, session) => sum + session.matched.packets, 0);
    const others = Object.values(lane.unmirrored).reduce((sum, count) => sum + count, 0);
    equal(`${lane.direction}: read`, lane.read.packets, matched + lane.unmatched + lane.unparsable + others);
    for (const session of lane.sessions) {
      const skipped = Object.values(session.skipped).reduce((sum, { packets }) => sum + packets, 0);
      const due = session.matched.packets - session.segmented + session.segments;
      equal(`${session.sessionId}: mirrored + skipped`, session.mirrored.packets + skipped, due);
    }
  }
  return { sent, problems };
}

function total(status: Status, of: 'read' | 'mirrored'): number {
  return status.lanes
    .flatMap((lane) => (of === 'read' ? [lane.read] : lane.sessions.map(({ mirrored }) => mirrored)))
    .reduce((sum, { packets }) => sum + packets, 0);
}

async function keepLoading(): Promise<void> {
  while (isLoading) {
    const child = generate(LOAD_SECONDS);
    child.stdout?.resume();
    const closed = once(child, 'close');
    while (isLoading && child.exitCode === null && child.signalCode === null) {
      await Promise.race([closed, sleep(LOAD_PAUSE_MS)]);
    }
    child.kill('SIGKILL');
    await closed;
    await sleep(LOAD_PAUSE_MS);
  }
}

function generate(seconds: number): ChildProcess {
  const command = ['netns', 'exec', topology.client.name, process.execPath, GENERATOR];
  return spawn('ip', [...command, 'veth1', String(seconds), values.rate, framesFile], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Copies alone: a device that comes back says a word of its own. */
function arrivals({ ids }: Topology): number {
  const chain = ids.run('nft', 'list', 'chain', 'netdev', 'soak', 'ingress');
  return Number(/counter packets (\d+)/.exec(chain)?.[1]);
}

function minutes(): string {
  return `${((performance.now() - started) / 60_000).toFixed(1)} min`;
}

/** Numbers from 0 to 1 by a seed (mulberry32), so that a soak can be repeated. */
function sequence(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
