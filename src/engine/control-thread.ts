/**
 * The engine's second thread. It talks to the daemon: orders come in and counters go out even while the main thread is
 * busy with frames. Started by `daemon-link.ts`.
 */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';
import type { LaneBases } from '../counters/lane-bases.js';
import { readGauges, readLane } from '../counters/snapshot.js';
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import type { EnginePlan } from '../plan/engine-plan.js';
import type { RouteReport } from '../targets/route.js';
import { TargetWatch } from '../targets/target-watch.js';
import {
  type ControlEvent,
  type ControlNotice,
  type ControlThreadData,
  PULSE_DELAY,
  PULSE_ROUNDS,
} from './daemon-link.js';
import { type EngineOrder, type EngineReport, JsonLines } from './messages.js';
import { SharedCounters } from './shared-counters.js';

/** The engine's end of the socket pair, given by the daemon when it starts the engine. */
const DAEMON_DESCRIPTOR = 3;
const REPORT_INTERVAL_MS = 1000;
const BEAT_INTERVAL_MS = 250;
/** The daemon allows 2 s from order to end. */
const STOP_LIMIT_MS = 1500;

const { port: main, pulse } = workerData as ControlThreadData;
const pulseSeen = new Int32Array(pulse);
const daemon = new Socket({ fd: DAEMON_DESCRIPTOR });
const orders = new JsonLines<EngineOrder>();
const targets = new TargetWatch({
  route: postToMain,
  report: send,
  sets: (sets) => postToMain({ type: 'dead-targets', ...sets }),
  egress: (places) => postToMain({ type: 'egress', places }),
});
let shared: SharedCounters | undefined;
let bases: readonly LaneBases[] = [];
/** The plan that runs, and the newest one from the daemon. */
let running: EnginePlan | undefined;
let wanted: EnginePlan | undefined;

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
      // The last counts of lanes and sessions that the new layout does not have.
      sendCounters(false);
      shared = SharedCounters.attach(notice.memory);
      bases = notice.bases;
      sendCounters(false);
      break;
    case 'report':
      noteOutcome(notice.report);
      send(notice.report);
      break;
    case 'send-errors':
      targets.addSendErrors(notice.errors);
      break;
    case 'stopped':
      sendCounters(true);
      daemon.off('close', endNow).end(() => process.exit());
      break;
  }
});

setInterval(() => sendCounters(false), REPORT_INTERVAL_MS);
setInterval(sendBeat, BEAT_INTERVAL_MS);

function handleOrder(order: EngineOrder): void {
  switch (order.type) {
    case 'plan':
      wanted = order.plan;
      void watchTargets(order.plan).then((routes) => postToMain({ ...order, routes }));
      break;
    case 'unhealthy':
      targets.setUnhealthy(order.addresses);
      break;
    case 'stop':
      postToMain(order);
      setTimeout(endNow, STOP_LIMIT_MS);
      break;
  }
}

/** Watches the targets of this engine's sessions; `targetAddresses` of the plan has those of other engines too. */
function watchTargets({ lanes, engine }: EnginePlan): Promise<RouteReport[]> {
  const sessions = lanes.flatMap(({ source }) => source.sessions);
  const encapsulations = sessions.flatMap(({ encapsulation, targetAddresses }) =>
    targetAddresses.map((address) => [address, encapsulationOf(encapsulation)] as const),
  );
  const balanced = sessions.filter(({ targetAddresses }) => targetAddresses.length > 1);
  return targets.watch(
    new Map(encapsulations),
    new Set(balanced.flatMap(({ targetAddresses }) => targetAddresses)),
    engine.emit === 'direct',
  );
}

/** When a plan is refused, the targets of the running plan are watched again. */
function noteOutcome(report: EngineReport): void {
  if (report.type === 'applied') running = wanted;
  if (report.type === 'refused' && running !== undefined) void watchTargets(running);
}

function sendCounters(final: boolean): void {
  if (shared === undefined) return;
  const values = shared.read();
  send({
    type: 'counters',
    lanes: bases.map((lane) => readLane(values, lane)),
    gauges: bases.map((lane) => readGauges(values, lane)),
    final,
  });
}

function sendBeat(): void {
  const loopDelayMs = Atomics.load(pulseSeen, PULSE_DELAY) / 1000;
  send({ type: 'beat', rounds: Atomics.load(pulseSeen, PULSE_ROUNDS), loopDelayMs });
}

function send(report: EngineReport): void {
  daemon.write(JsonLines.format(report));
}

function postToMain(event: ControlEvent): void {
  main.postMessage(event);
}

/** Ends the whole process at once; process.exit() would end this thread only while the main thread is busy. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
