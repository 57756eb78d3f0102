/**
 * The engine's second thread: it speaks with the daemon, so that orders come in and counters go out even while
 * the first thread does nothing but frames. Started by `control.ts`.
 */
import { Socket } from 'node:net';
import { type MessagePort, workerData } from 'node:worker_threads';
import { type LaneBases, readLane } from '../counters/snapshot.js';
import type { ControlNotice } from './control.js';
import { type EngineOrder, type EngineReport, JsonLines } from './messages.js';
import { Publication } from './publication.js';
import { watchRoutes } from './route-watch.js';

/** The engine's end of the socket pair, given by the daemon when it starts the engine. */
const DAEMON_DESCRIPTOR = 3;
const REPORT_INTERVAL_MS = 1000;
/** The daemon allows 2 s from order to end. */
const STOP_LIMIT_MS = 1500;

const main = workerData as MessagePort;
const daemon = new Socket({ fd: DAEMON_DESCRIPTOR });
const orders = new JsonLines<EngineOrder>();
let publication: Publication | undefined;
let bases: readonly LaneBases[] = [];

daemon.setEncoding('utf8');
daemon.on('data', (text: string) => {
  for (const order of orders.push(text)) {
    main.postMessage(order);
    if (order.type === 'stop') setTimeout(endNow, STOP_LIMIT_MS);
  }
});
// Without the daemon nobody would ever stop this engine.
daemon.on('close', endNow);
daemon.on('error', endNow);

main.on('message', (notice: ControlNotice) => {
  switch (notice.type) {
    case 'layout':
      publication = Publication.attach(notice.memory);
      bases = notice.bases;
      watchRoutes(notice.targetAddresses, (report) => {
        main.postMessage(report);
        send(report);
      });
      break;
    case 'report':
      send(notice.report);
      break;
    case 'stopped':
      sendCounters(true);
      daemon.off('close', endNow).end(() => process.exit());
      break;
  }
});

setInterval(() => sendCounters(false), REPORT_INTERVAL_MS);

function sendCounters(final: boolean): void {
  if (publication === undefined) return;
  const values = publication.read();
  send({ type: 'counters', lanes: bases.map((lane) => readLane(values, lane)), final });
}

function send(report: EngineReport): void {
  daemon.write(JsonLines.format(report));
}

/** The whole process, even while the first thread is deep in frames; process.exit() would end this thread only. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}
