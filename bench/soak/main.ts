/**
 * `npm run soak -- --hours N`: a daemon under load and under faults, one a minute, chosen at random; then a report:
 * does it stay small, does it come back, does it count to the packet.
 *
 *     npm run soak -- [--hours N] [--every SECONDS] [--rate PPS] [--seed N] [--fault NAME] [--write]
 *
 * `--write` makes docs/soak.md of it. Ends with 1 when something did not come back, or the counts do not add up.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { capturing, startDaemon } from '../../lab/daemon.js';
import { buildTopology } from '../../lab/topology.js';
import { configurationOf } from '../load/configuration.js';
import { framesOf } from '../load/frames.js';
import { SMALL_FRAMES } from '../load/scenario.js';
import { residentBytes } from '../processes.js';
import {
  type Account,
  accountOf,
  arrivals,
  countAtSource,
  countAtTarget,
  difference,
  type Harm,
  laneProblems,
  problemsOf,
  type Renamed,
} from './account.js';
import { FAULTS, type SoakStand } from './faults.js';
import { SoakLoad } from './load.js';
import { type Outcome, renderSoak, type Sample } from './report.js';

const SAMPLE_MS = 5000;
const LOOK_MS = 20;
/** Beyond it a fault counts as not survived. */
const RECOVERY_LIMIT_MS = 15_000;
/** Until the last frames are through, and the daemon was told of them. */
const SETTLE_MS = 2000;
const LAST_MS = 10_000;
/** Behind this share of the time no engine is ended any more, so that one lives long enough to be seen to grow. */
const ENGINE_FAULTS_SHARE = 0.4;

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '1' },
    every: { type: 'string', default: '60' },
    rate: { type: 'string', default: '10000' },
    fault: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    write: { type: 'boolean', default: false },
  },
});
const lastsMs = Number(values.hours) * 3_600_000;
const everyMs = Number(values.every) * 1000;

const topology = buildTopology();
const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-soak-'));
const configFile = join(directory, 'soak.json');
const configuration = JSON.stringify({
  ...configurationOf(SMALL_FRAMES, { io: 'ring', emit: 'routed' }),
  state: { directory },
});
const writeConfiguration = (isBroken: boolean): void =>
  writeFileSync(configFile, isBroken ? configuration.slice(0, -20) : configuration);
writeConfiguration(false);
const framesFile = join(directory, 'frames.json');
writeFileSync(framesFile, JSON.stringify(framesOf(SMALL_FRAMES)));

countAtSource(topology);
countAtTarget(topology);
const daemon = await startDaemon(topology.host, configFile, directory);
await daemon.until('every lane capturing', capturing);
const load = new SoakLoad(topology.client, values.rate, framesFile);

const renamed: Renamed[] = [];
const stand: SoakStand = { topology, daemon, load, addRenamed, writeConfiguration };
const samples: Sample[] = [];
const outcomes: Outcome[] = [];
const problems: string[] = [];
let lastAccount = await settle();
const firstAccount = lastAccount;
const started = performance.now();
const sampler = setInterval(() => void takeSample(), SAMPLE_MS);
const random = sequence(Number(values.seed));

load.resume();
while (passedMs() < lastsMs) {
  const next = performance.now() + everyMs;
  const wanted = FAULTS.filter(({ name }) => (values.fault ?? name) === name);
  const faults = wanted.filter(({ harm }) => harm !== 'engine' || passedMs() < lastsMs * ENGINE_FAULTS_SHARE);
  const { name, harm, strike } = faults[Math.floor(random() * faults.length)];
  await strike(stand);
  const recoveredMs = await recover();
  console.error(`${minutes()} ${name}: mirrors again after ${recoveredMs ?? 'never'} ms`);
  outcomes.push({ name, recoveredMs, account: await pauseAndAccount(name, harm) });
  load.resume();
  await sleep(Math.max(0, next - performance.now()));
}
await pauseAndAccount('before the last load', 'nothing');
load.resume();
await sleep(LAST_MS);
const undisturbed = await pauseAndAccount('undisturbed', 'nothing');
clearInterval(sampler);
const exitCode = await daemon.stop();
topology.namespaces.close();
rmSync(directory, { recursive: true });
const report = renderSoak({
  hours: Number(values.hours),
  seed: values.seed,
  rate: Number(values.rate),
  samples,
  outcomes,
  renamed,
  whole: difference(lastAccount, firstAccount),
  undisturbed,
  problems,
  exitCode,
});
console.log(report);
if (values.write) writeFileSync(new URL('../../../docs/soak.md', import.meta.url), report);
const cameBack = outcomes.every(({ recoveredMs }) => recoveredMs !== undefined);
process.exitCode = problems.length === 0 && cameBack && exitCode === 0 ? 0 : 1;

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

/** What was added since the last account; whatever of it does not add up is a problem. */
async function pauseAndAccount(name: string, harm: Harm): Promise<Account> {
  await load.pause();
  const account = await settle();
  const added = difference(account, lastAccount);
  lastAccount = account;
  problems.push(...problemsOf(added, harm).map((problem) => `${minutes()} ${name}: ${problem}`));
  return added;
}

async function settle(): Promise<Account> {
  await sleep(SETTLE_MS);
  const status = await daemon.status();
  problems.push(...laneProblems(status));
  const passed = renamed.reduce((sum, one) => sum + one.passed, 0);
  return accountOf(topology, status, passed);
}

function addRenamed(one: Renamed): void {
  renamed.push(one);
  if (one.captured >= 0 && one.captured <= one.passed) return;
  problems.push(`${minutes()} source renamed: not all before, or more than passed: ${JSON.stringify(one)}`);
}

async function takeSample(): Promise<void> {
  const asked = performance.now();
  const status = await daemon.status().catch(() => undefined);
  const engine = status?.engines[0];
  if (status === undefined || engine === undefined || engine.pid === null) return;
  const answerMs = performance.now() - asked;
  try {
    samples.push({
      seconds: passedMs() / 1000,
      residentBytes: { daemon: residentBytes(status.pid), engine: residentBytes(engine.pid) },
      descriptors: { daemon: descriptors(status.pid), engine: descriptors(engine.pid) },
      delayMs: { daemon: status.loopDelayMs, engine: engine.loopDelayMs },
      answerMs,
      loadAverage: loadavg()[0] ?? 0,
    });
  } catch {
    // A fault took the engine away while it was looked at.
  }
}

function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function passedMs(): number {
  return performance.now() - started;
}

function minutes(): string {
  return `${(passedMs() / 60_000).toFixed(1)} min`;
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
