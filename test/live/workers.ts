/**
 * Two workers share a source: what belongs together is mirrored by one of them, everything once, also while plans change,
 * devices come and go, and a worker dies.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import type { Daemon } from '../../lab/daemon.js';
import { joinByVeth } from '../../lab/namespaces.js';
import { workerShare } from '../../src/match/bpf/worker-share.js';
import { runBpf } from '../fixtures/bpf/run-bpf.js';
import {
  checkSums,
  readSum,
  ringDroppedSum,
  sessionSum,
  skippedSum,
} from '../fixtures/live/daemon/accounts.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { processorsOf, survivorsOf } from '../fixtures/live/daemon/processes.js';
import { reload } from '../fixtures/live/daemon/reloading.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { skipUnless } from '../fixtures/live/requirements.js';
import { type FlowFrame, flowMix } from '../fixtures/live/traffic/flow-mix.js';
import { deviceCounter, LOAD_FRAMES, Load } from '../fixtures/live/traffic/load.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

const FLOWS = 400;
const LOAD_SECONDS = 5;
const LOAD_RATE = 4000;
/** No copy for so long: a worker that runs has sent all that it will. */
const QUIET_MS = 300;
/** The daemon ends an engine that stands still for longer. */
const STILL_LIMIT_MS = 2000;
const RELOADS = 8;

interface Running {
  readonly stand: Stand;
  readonly daemon: Daemon;
  readonly recording: Recording;
}

function configuration(engine: object, virtualNetworkId = 5): object {
  return { ...mirrorEverything('veth0', virtualNetworkId), engine: { io: 'ring', workers: 2, ...engine } };
}

async function start(t: Test, engine: object = {}): Promise<Running> {
  const stand = buildStand(t, { silentTarget: true });
  const daemon = await stand.start(stand.configure(configuration(engine)));
  const file = `${stand.directory}/arrived.pcap`;
  const recording = await Recording.start(stand.ids, 'ids0', file, '-Q', 'in', 'udp port 4789');
  return { stand, daemon, recording };
}

/** Sends every frame past the source, in its direction. */
async function send({ client, host }: Stand, mix: ReturnType<typeof flowMix>): Promise<void> {
  const bytesOf = (frames: readonly FlowFrame[]): Uint8Array[] => frames.map(({ bytes }) => bytes);
  const [clients, hosts] = [new Sender(client), new Sender(host)];
  await Promise.all([clients.send('veth1', bytesOf(mix.ingress)), hosts.send('veth0', bytesOf(mix.egress))]);
  for (const sender of [clients, hosts]) sender.close();
}

function arrived({ ids }: Stand): number {
  return deviceCounter(ids, 'ids0', 'rx_packets');
}

/** Resolves with the number of copies when no more come. */
async function untilQuiet(stand: Stand): Promise<number> {
  let count = arrived(stand);
  for (let since = performance.now(); performance.now() - since < QUIET_MS; ) {
    await sleep(20);
    const now = arrived(stand);
    if (now === count) continue;
    count = now;
    since = performance.now();
  }
  return count;
}

function innerFrames(recording: Recording): string[] {
  return recording.frames().map(({ bytes }) => readCopy(bytes).inner.toString('hex'));
}

function enginePid(
  { engines }: { engines: readonly { worker: number; pid: number | null }[] },
  worker: number,
): number {
  return engines.find((engine) => engine.worker === worker)!.pid!;
}

/** While the second worker stands still, copies are the first one's; what comes after that is the second one's. */
async function flowByFlow(t: Test): Promise<void> {
  const { stand, daemon, recording } = await start(t);
  const mix = flowMix(FLOWS);
  const all = [...mix.ingress, ...mix.egress];
  const second = enginePid(await daemon.status(), 2);
  const before = arrived(stand);
  const stopped = performance.now();
  process.kill(second, 'SIGSTOP');
  await send(stand, mix);
  const ofFirst = (await untilQuiet(stand)) - before;
  process.kill(second, 'SIGCONT');
  const stillMs = Math.round(performance.now() - stopped);
  const status = await daemon.until('all counted', (now) => sessionSum(now, 'mirrored') >= all.length);
  await recording.until('every copy', (frames) => frames.length >= all.length);
  await untilQuiet(stand);
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
  t.ok(stillMs < STILL_LIMIT_MS, `the second worker stood still for ${stillMs} ms`);

  const copies = innerFrames(recording);
  const ledger = new Ledger();
  for (const { bytes, flow } of all) ledger.expect(Buffer.from(bytes).toString('hex'), flow);
  for (const inner of copies) ledger.arrive(inner, inner);
  ledger.check(t, 'copies');
  const flowOf = new Map(all.map(({ bytes, flow }) => [Buffer.from(bytes).toString('hex'), flow]));
  const [first, other] = [copies.slice(0, ofFirst), copies.slice(ofFirst)].map(
    (some) => new Set(some.map((inner) => flowOf.get(inner)!)),
  );
  t.same(
    [...first!].filter((flow) => other!.has(flow)),
    [],
    'no flow and no datagram of both workers',
  );
  t.ok(first!.size > FLOWS / 4 && other!.size > FLOWS / 4, `${first!.size} flows and ${other!.size}`);

  checkSums(t, status, 'accounting');
  t.equal(readSum(status), all.length, 'every frame is read once');
  t.equal(sessionSum(status, 'mirrored'), all.length, 'and mirrored once');
  t.equal(ringDroppedSum(status) + skippedSum(status), 0, 'nothing is lost');
  t.equal(
    status.engines.reduce((sum, { readPackets }) => sum + readPackets, 0),
    all.length,
    'the workers read all of it together',
  );
  t.same(
    status.engines.map(({ worker, restarts }) => ({ worker, restarts })),
    [
      { worker: 1, restarts: 0 },
      { worker: 2, restarts: 0 },
    ],
    'both are in the status',
  );
}

/** Copies of each of the load's flows. */
function countByFlow(recording: Recording): number[] {
  const places = new Map(LOAD_FRAMES.map((bytes, place) => [Buffer.from(bytes).toString('hex'), place]));
  const counts = LOAD_FRAMES.map(() => 0);
  for (const inner of innerFrames(recording)) counts[places.get(inner)!]! += 1;
  return counts;
}

async function deathOfOne(t: Test): Promise<void> {
  const { stand, daemon, recording } = await start(t);
  const before = await daemon.status();
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  await sleep(500);
  const killed = enginePid(before, 2);
  process.kill(killed, 'SIGKILL');
  const { sent } = await load.end();
  await untilQuiet(stand);
  await recording.stop();
  const status = await daemon.until('counted', (now) =>
    now.lanes.every(({ state }) => state === 'capturing'),
  );

  const keep = [...workerShare(0, 2), { code: 0x06, jt: 0, jf: 0, k: 1 }];
  const counts = countByFlow(recording);
  const isFirst = LOAD_FRAMES.map((bytes) => runBpf(keep, bytes) === 1);
  const turns = Math.floor(sent / LOAD_FRAMES.length);
  const due = counts.map((_, place) => turns + (place < sent % LOAD_FRAMES.length ? 1 : 0));
  const lost = due.map((count, place) => count - counts[place]!);
  t.same(
    lost.filter((_, place) => isFirst[place]),
    isFirst.filter(Boolean).map(() => 0),
    'of the flows of the other worker nothing is lost, and nothing comes twice',
  );
  const ofSecond = lost.filter((_, place) => !isFirst[place]);
  t.ok(
    ofSecond.every((count) => count > 0),
    `of each of its ${ofSecond.length} flows some are lost: ${Math.min(...ofSecond)}–${Math.max(...ofSecond)}`,
  );
  const blind = Math.max(
    ...status.lanes.map(({ blindSeconds }, place) => blindSeconds - before.lanes[place]!.blindSeconds),
  );
  // Half a second on a quiet machine; a process starts as slowly as others let it.
  t.ok(blind < 10, `for ${Math.round(blind * 1000)} ms`);
  t.match(status.engines, [
    { worker: 1, restarts: 0, pid: enginePid(before, 1) },
    { worker: 2, lastExit: { signal: 'SIGKILL' } },
  ]);
  t.ok(status.engines[1]!.restarts >= 1, 'the other was started again');
  t.match(daemon.log(), /"worker":2,.*"engine ended"/, 'the log names it');
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function reloads(t: Test): Promise<void> {
  const { stand, daemon, recording } = await start(t);
  const pids = (await daemon.status()).engines.map(({ pid }) => pid);
  const before = arrived(stand);
  const load = new Load(stand, LOAD_SECONDS, LOAD_RATE);
  await daemon.until('mirroring', (status) => sessionSum(status, 'mirrored') > 0);
  for (let count = 1; count <= RELOADS; count++) {
    stand.configure(configuration({}, 5 + (count % 2)));
    const { reload: outcome } = await reload(daemon);
    t.equal(outcome.lastResult, 'applied', `reload ${count}: ${outcome.problems.join()}`);
    await sleep(200);
  }
  const { sent } = await load.end();
  const status = await daemon.until('all counted', (now) => sessionSum(now, 'matched') >= sent);
  await untilQuiet(stand);
  await recording.stop();
  t.same(
    status.engines.map(({ pid }) => pid),
    pids,
    'both workers went on',
  );
  t.equal(sessionSum(status, 'matched'), sent, 'every frame is judged once');
  t.equal(arrived(stand) - before, sent, 'as many copies as frames');
  t.equal(ringDroppedSum(status) + skippedSum(status), 0, 'nothing is lost');
  stand.configure(configuration({ workers: 3 }));
  t.match((await reload(daemon)).reload.problems, [/engine\.workers: a change takes a new start/]);
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** Frames that the rings still hold when the daemon is told to stop are mirrored. */
async function drain(t: Test): Promise<void> {
  const { stand, daemon, recording } = await start(t);
  const before = arrived(stand);
  const load = new Load(stand, 1, LOAD_RATE);
  const { sent } = await load.end();
  t.equal(await daemon.stop(), 0, 'exit code');
  await untilQuiet(stand);
  await recording.stop();
  t.equal(arrived(stand) - before, sent, 'every frame has its copy');
}

async function newDevice(t: Test): Promise<void> {
  const { stand, daemon, recording } = await start(t);
  const { client, host } = stand;
  const mix = flowMix(40);
  const all = [...mix.ingress, ...mix.egress];
  await send(stand, mix);
  await daemon.until('the first', (now) => sessionSum(now, 'mirrored') >= all.length);
  host.ip('link', 'del', 'veth0');
  await daemon.until('lost', ({ lanes }) => lanes.every(({ state }) => state === 'waiting'));
  joinByVeth(
    { namespace: host, device: 'veth0', addresses: [] },
    { namespace: client, device: 'veth1', addresses: [] },
  );
  await daemon.until('found', ({ lanes }) => lanes.every(({ state }) => state === 'capturing'));
  await send(stand, mix);
  const status = await daemon.until('the second', (now) => sessionSum(now, 'mirrored') >= 2 * all.length);
  await untilQuiet(stand);
  await recording.stop();
  const ledger = new Ledger();
  for (const { bytes, flow } of [...all, ...all]) ledger.expect(Buffer.from(bytes).toString('hex'), flow);
  for (const inner of innerFrames(recording)) ledger.arrive(inner, inner);
  ledger.check(t, 'copies');
  t.same(
    status.engines.map(({ restarts }) => restarts),
    [0, 0],
  );
  t.equal(await daemon.stop(), 0, 'exit code');
}

async function affinity(t: Test): Promise<void> {
  const allowed = processorsOf(process.pid);
  const last = Number(allowed.split(/[-,]/).at(-1));
  const first = Number(allowed.split(/[-,]/)[0]);
  const { daemon, stand, recording } = await start(t, { workerCpus: [first, last] });
  const { engines } = await daemon.status();
  t.same(
    engines.map(({ pid }) => processorsOf(pid!)),
    [`${first}`, `${last}`],
    'each worker is kept to its processor',
  );
  process.kill(engines[1]!.pid!, 'SIGKILL');
  await daemon.until('the next worker', ({ engines: now }) => now[1]!.restarts === 1 && now[1]!.pid !== null);
  const again = await daemon.until('capturing again', ({ lanes }) =>
    lanes.every(({ state }) => state === 'capturing'),
  );
  t.equal(processorsOf(again.engines[1]!.pid!), `${last}`, 'so is the one that follows it');
  await recording.stop();
  t.equal(await daemon.stop(), 0, 'exit code');
  t.same(await survivorsOf(again.engines.map(({ pid }) => pid!)), [], 'no worker is left');
  const missing = last + 1000;
  const file = stand.configure(configuration({ workerCpus: [first, missing] }));
  await t.rejects(stand.start(file), {
    message: new RegExp(`engine\\.workerCpus: ${missing} is no processor that this process may run on`),
  });
}

const skip = skipUnless('tcpdump', 'nft');
t.test('flow by flow, and datagram by datagram', { skip }, flowByFlow);
t.test('a worker dies', { skip }, deathOfOne);
t.test('plans change under load', { skip }, reloads);
t.test('the daemon is told to stop', { skip }, drain);
t.test('the device is another one', { skip }, newDevice);
t.test('processors', { skip }, affinity);
