/**
 * The engine's second thread. It talks to the daemon: orders come in and counters go out even while the main thread is
 * busy with frames. Nothing here waits for the kernel: the daemon kills an engine that is silent. Started by
 * `daemon-link.ts`.
 */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import { endOf, type LaneBases } from '../counters/lane-bases.js';
import { readGauges, readLane } from '../counters/snapshot.js';
import { laneKey } from '../plan/lanes.js';
import type { RouteReport } from '../targets/route.js';
import { TargetsAside } from '../targets/targets-aside.js';
import { CopyPump } from './copy-pump.js';
import {
  type ControlEvent,
  type ControlNotice,
  type ControlThreadData,
  type LayoutNotice,
  PULSE_DELAY,
  PULSE_INVALID_DESCRIPTORS,
  PULSE_PUBLISHED,
  PULSE_ROUNDS,
  wrappedTimeMs,
} from './daemon-link.js';
import { type EngineOrder, type EngineReport, JsonLines } from './messages.js';
import { SharedCounters } from './shared-counters.js';
import {
  longestEncapsulations,
  mirroredSources,
  type PlannedTargets,
  type Watched,
  watchedAfter,
} from './watched-targets.js';

/** The engine's end of the socket pair, given by the daemon when it starts the engine. */
const DAEMON_DESCRIPTOR = 3;
/** Far below a second, so that `status` is never older than one where threads wait for a processor. */
const REPORT_INTERVAL_MS = 200;
/** The interval of a report that takes long, as one of thousands of lanes does, is so many times as long as it takes. */
const REPORT_INTERVAL_FACTOR = 20;
const LONGEST_REPORT_INTERVAL_MS = 500;
const BEAT_INTERVAL_MS = 250;
/** The daemon allows 2 s from order to end. */
const STOP_LIMIT_MS = 1500;
/** For giving back what the kernel has for many sources, once the last counts are told. */
const CLOSE_LIMIT_MS = 4000;

const { port: main, targets: targetPort, pulse } = workerData as ControlThreadData;
const pulseSeen = new Int32Array(pulse);
const daemon = new Socket({ fd: DAEMON_DESCRIPTOR });
const orders = new JsonLines<EngineOrder>();
const targets = new TargetsAside(
  {
    route: postToMain,
    report: send,
    sets: (sets) => postToMain({ type: 'dead-targets', ...sets }),
    egress: (places) => postToMain({ type: 'egress', places }),
    ways: (ways) => postToMain({ type: 'direct-ways', ways }),
    nextHop: (address, nextHop) => postToMain({ type: 'next-hop', address, nextHop }),
  },
  targetPort,
);
const copies = new CopyPump();
let shared: SharedCounters | undefined;
let stopLimit: NodeJS.Timeout | undefined;
/** Equal for the same targets. */
let watched = '';
/** The sources that were told last, as JSON. */
let toldSources = '';
let layout = 0;
const lanes = new Map<string, LaneBases>();
/** The counters as they were reported last. */
let reported: Float64Array = new Float64Array(0);
/** Where the sources of the plan that runs, and of the newest one from the daemon, send to. */
let running: Watched = { planned: new Map(), emit: 'routed', workers: 1 };
let wanted = running;
/** Plans of which the outcome is not known yet, by generation. */
const ordered = new Map<number, Watched>();
/** Resolves when the targets of the newest plan are watched. */
let watching: Promise<void> = Promise.resolve();

daemon.setEncoding('utf8');
daemon.on('data', (text: string) => {
  for (const order of orders.push(text)) handleOrder(order);
});
// An engine that lost its daemon would never be stopped.
daemon.on('close', endNow);
daemon.on('error', endNow);

main.on('message', (notice: ControlNotice) => {
  switch (notice.type) {
    case 'layout':
      changeLayout(notice);
      break;
    case 'report':
      noteOutcome(notice.report);
      send(notice.report);
      break;
    case 'emissions':
      targets.setEmissions(notice.emissions);
      break;
    case 'send-errors':
      targets.addSendErrors(notice.errors);
      break;
    case 'copies':
      copies.attach(notice.memory);
      break;
    case 'final':
      copies.pump();
      sendCounters(true);
      clearTimeout(stopLimit);
      stopLimit = setTimeout(endNow, CLOSE_LIMIT_MS);
      break;
    case 'stopped':
      daemon.off('close', endNow).end(endThread);
      break;
  }
});

reportCounters();
setInterval(sendBeat, BEAT_INTERVAL_MS);

function handleOrder(order: EngineOrder): void {
  switch (order.type) {
    case 'plan':
      wanted = watchedAfter(wanted, order.change);
      ordered.set(order.generation, wanted);
      watchInTurn(wanted, (routes) => postToMain({ ...order, routes }));
      break;
    case 'unhealthy':
      targets.setUnhealthy(order.addresses);
      break;
    case 'peek':
      postToMain(order);
      break;
    case 'stop':
      postToMain(order);
      stopLimit = setTimeout(endNow, STOP_LIMIT_MS);
      break;
  }
}

/** One after the other: a change must not reach the main thread before the plan that it changes. */
function watchInTurn(plan: Watched, then: (routes: readonly RouteReport[]) => void = () => {}): void {
  watching = watching.then(() => watchTargets(plan)).then(then);
}

/**
 * Watches the targets of this engine's sessions; `targetAddresses` of the plan has those of other engines too.
 * @returns the routes, when they were looked up: none when the targets are those that are watched, or the kernel does not
 * answer.
 */
async function watchTargets({ planned, emit, workers }: Watched): Promise<readonly RouteReport[]> {
  const sources = [...planned.values()];
  const sessions = sources.flatMap((source) => source.sessions);
  if (emit === 'auto') tellSources(sources);
  const several = sessions.filter(({ targetAddresses }) => targetAddresses.length > 1);
  const addresses = longestEncapsulations(sessions);
  const balanced = new Set(several.flatMap(({ targetAddresses }) => targetAddresses));
  const key = JSON.stringify([[...addresses].sort(), [...balanced].sort(), emit]);
  if (key === watched) return [];
  watched = key;
  return targets.watch({ targets: addresses, balanced, emit, workers });
}

/** Nobody asks for them but `emit: auto`, and a copy of thousands for each plan would be for nothing. */
function tellSources(sources: readonly PlannedTargets[]): void {
  const mirrored = mirroredSources(sources);
  const addresses = [...mirrored.addresses].map(([target, outer]) => [target, ...outer]);
  const text = JSON.stringify([[...mirrored.devices], addresses]);
  if (text === toldSources) return;
  toldSources = text;
  targets.setSources(mirrored);
}

/** When a plan is refused, the targets of the running plan are watched again. */
function noteOutcome(report: EngineReport): void {
  if (report.type !== 'applied' && report.type !== 'refused') return;
  const of = ordered.get(report.generation);
  ordered.delete(report.generation);
  if (report.type === 'applied') running = of ?? running;
  else {
    wanted = running;
    watchInTurn(running);
  }
}

/**
 * Tells the last counts of what the new layout does not have, then those of the same lanes as they are now. What else has
 * changed is told with the next report: a change of many lanes is not answered later for that.
 */
function changeLayout({ memory, layout: number, put, removed, last }: LayoutNotice): void {
  const ageMs = publishedAgeMs();
  if (last.length > 0) send({ type: 'counters', lanes: last, gauges: [], removed: [], final: false, ageMs });
  for (const lane of removed) lanes.delete(laneKey(lane));
  for (const lane of put) {
    lanes.set(laneKey(lane), lane);
    // Whatever stood there before was of another lane.
    reported.fill(Number.NaN, lane.base, endOf(lane));
  }
  if (shared?.memory !== memory) shared = SharedCounters.attach(memory);
  layout = number;
  const values = shared.read(layout);
  const remaining = last.flatMap((lane) => lanes.get(laneKey(lane)) ?? []);
  const now = values === undefined ? [] : remaining.map((lane) => readLane(values, lane));
  if (now.length + removed.length > 0)
    send({ type: 'counters', lanes: now, gauges: [], removed, final: false, ageMs });
}

/** Sends the counters now, and goes on doing so: less often while nothing is counted. */
function reportCounters(): void {
  const startedMs = performance.now();
  const isQuiet = sendCounters(false) === 0;
  const tookMs = performance.now() - startedMs;
  const intervalMs = isQuiet
    ? LONGEST_REPORT_INTERVAL_MS
    : Math.max(REPORT_INTERVAL_MS, REPORT_INTERVAL_FACTOR * tookMs);
  setTimeout(reportCounters, Math.min(intervalMs, LONGEST_REPORT_INTERVAL_MS));
}

/** @returns of how many lanes the counts were others than before; undefined: they could not be read. */
function sendCounters(final: boolean): number | undefined {
  // Before the counters are read: they are at least as new.
  const ageMs = publishedAgeMs();
  // Of a layout that is on its way here there is nothing to tell yet.
  const values = shared?.read(layout);
  if (values === undefined) {
    if (final) send({ type: 'counters', lanes: [], gauges: [], removed: [], final, ageMs });
    return undefined;
  }
  const changed = [...lanes.values()].filter((lane) => hasChanged(values, lane));
  reported = values;
  send({
    type: 'counters',
    lanes: changed.map((lane) => readLane(values, lane)),
    gauges: changed.map((lane) => readGauges(values, lane)),
    removed: [],
    final,
    ageMs,
  });
  return changed.length;
}

function hasChanged(values: Float64Array, lane: LaneBases): boolean {
  const end = endOf(lane);
  for (let index = lane.base; index < end; index++) if (values[index] !== reported[index]) return true;
  return false;
}

/** How long ago the main thread published counters, in milliseconds. */
function publishedAgeMs(): number {
  // Both wrap around: the difference does not, as an Int32.
  return Math.max(0, (wrappedTimeMs() - Atomics.load(pulseSeen, PULSE_PUBLISHED)) | 0);
}

function sendBeat(): void {
  const loopDelayMs = Atomics.load(pulseSeen, PULSE_DELAY) / 1000;
  const rounds = Atomics.load(pulseSeen, PULSE_ROUNDS);
  const xdpInvalidDescriptors = Atomics.load(pulseSeen, PULSE_INVALID_DESCRIPTORS);
  send({ type: 'beat', rounds, loopDelayMs, xdpInvalidDescriptors });
}

function send(report: EngineReport): void {
  daemon.write(JsonLines.format(report));
}

function postToMain(event: ControlEvent): void {
  main.postMessage(event);
}

/**
 * Ends this thread, and the main thread with it. What NODE_OPTIONS preloads may do something at the end that an engine may
 * not, such as write a file, and throw: nothing would end the process then but the limits.
 */
function endThread(): void {
  try {
    process.exit();
  } catch {
    endNow();
  }
}

/** Ends the whole process at once; process.exit() would end this thread only while the main thread is busy. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
