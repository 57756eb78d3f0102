/** Two workers share a source: what belongs together is mirrored by one of them, and everything once. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../../src/status/status.js';
import { generate } from '../generate.js';
import { deviceCounter, type Stand, silence, withStand } from '../stand.js';
import { mirrorEverything } from './configuration.js';
import { type Copy, CopyRecording } from './copy-recording.js';
import { flowFrames } from './flow-frames.js';
import type { Scenario } from './scenario.js';

const FLOWS = 400;
const DATAGRAMS = 50;
/** Each way: long enough for every frame to be sent once, short enough for a worker to stand still meanwhile. */
const RATE = 4000;
const SECONDS = 0.4;
/** A ring spends a block every millisecond, and nobody reads that of the worker that stands still. */
const RING_MEGABYTES = 128;
/** No copy for so long: a worker that runs has sent all that it will. */
const QUIET_MS = 300;
const POLL_MS = 20;

export function workersScenarios(): readonly Scenario[] {
  const none = (name: string) => ({ name, unit: '', digits: 0, atMost: 0 });
  return [
    {
      name: `two workers, ${FLOWS} flows both ways, fragments, VLAN, IPv6 with one-sided flow labels`,
      goal: [
        none('datagrams and unfragmented flows seen by both'),
        none('frames lost'),
        none('frames counted or copied twice'),
        { name: 'flows and datagrams of the worker with fewer', unit: '', digits: 0, atLeast: 1 },
      ],
      run: () => withStand({}, flowByFlow),
    },
  ];
}

/** While the second worker stands still, copies are the first one's; what comes after that is the second one's. */
async function flowByFlow({ topology, directory, start }: Stand): Promise<number[]> {
  const { client, host, ids } = topology;
  silence(topology);
  const devices = ['veth0'];
  const blocks = ['0.0.0.0/0', '::/0'];
  const daemon = await start(
    mirrorEverything({
      devices,
      address: '10.9.0.2',
      blocks,
      engine: { workers: 2, ringMegabytes: RING_MEGABYTES },
    }),
  );
  const recording = await CopyRecording.start(ids, 'ids0', `${directory}/copies.pcap`);
  const { ingress, egress } = flowFrames(FLOWS, DATAGRAMS);
  const common = { seconds: SECONDS, rate: RATE };
  const second = secondWorker(await daemon.status());
  process.kill(second, 'SIGSTOP');
  const [received, sent] = await Promise.all([
    generate(client, { ...common, device: 'veth1', frames: [...ingress.keys()] }),
    generate(host, { ...common, device: 'veth0', frames: [...egress.keys()], isQueued: true }),
  ]);
  const arrived = () => deviceCounter(ids, 'ids0', 'rx_packets');
  if (received.refused + sent.refused > 0) throw new Error('a device refused frames');
  if (received.sent < ingress.size || sent.sent < egress.size) throw new Error('not every frame was sent');
  await untilQuiet(arrived);
  const continuedMs = Date.now();
  process.kill(second, 'SIGCONT');
  await untilQuiet(arrived);
  const copies = await recording.end();
  const total = received.sent + sent.sent;
  const status = await daemon.until('all counted', (now) => readOf(now) + droppedOf(now) >= total);
  if (status.engines.some(({ restarts }) => restarts > 0))
    throw new Error('a worker stood still for too long');
  const due = new Map([...dueOf(ingress, received.sent), ...dueOf(egress, sent.sent)]);
  const { lost, twice } = compare(copies, due);
  const [ofFirst, ofSecond] = split(copies, continuedMs, new Map([...ingress, ...egress]));
  return [
    [...ofFirst].filter((flow) => ofSecond.has(flow)).length,
    lost,
    Math.max(twice, readOf(status) - total),
    Math.min(ofFirst.size, ofSecond.size),
  ];
}

function secondWorker({ engines }: Status): number {
  const pid = engines.find(({ worker }) => worker === 2)?.pid;
  if (pid === undefined || pid === null) throw new Error('no second worker');
  return pid;
}

/** Resolves when the count rests. */
async function untilQuiet(count: () => number): Promise<void> {
  let last = count();
  for (let since = performance.now(); performance.now() - since < QUIET_MS; ) {
    await sleep(POLL_MS);
    const now = count();
    if (now !== last) since = performance.now();
    last = now;
  }
}

/** How often each frame was sent: the generator sends them in turn. */
function dueOf(frames: ReadonlyMap<string, string>, sent: number): [string, number][] {
  const turns = Math.floor(sent / frames.size);
  return [...frames.keys()].map((frame, place) => [frame, turns + (place < sent % frames.size ? 1 : 0)]);
}

function compare(copies: readonly Copy[], due: ReadonlyMap<string, number>): { lost: number; twice: number } {
  const missing = new Map(due);
  for (const { frame } of copies) {
    const left = missing.get(frame);
    if (left !== undefined) missing.set(frame, left - 1);
  }
  const left = [...missing.values()];
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    lost: sum(left.map((value) => Math.max(0, value))),
    twice: sum(left.map((value) => Math.max(0, -value))),
  };
}

/** Flows and datagrams of which copies came before a time, and after. */
function split(
  copies: readonly Copy[],
  timeMs: number,
  flowOf: ReadonlyMap<string, string>,
): [ReadonlySet<string>, ReadonlySet<string>] {
  const flows = (some: readonly Copy[]) => new Set(some.flatMap(({ frame }) => flowOf.get(frame) ?? []));
  return [
    flows(copies.filter((copy) => copy.timeMs < timeMs)),
    flows(copies.filter((copy) => copy.timeMs >= timeMs)),
  ];
}

function readOf({ lanes }: Status): number {
  return lanes.reduce((sum, { read }) => sum + read.packets, 0);
}

function droppedOf({ lanes }: Status): number {
  return lanes.reduce((sum, { ringDropped }) => sum + ringDropped, 0);
}
