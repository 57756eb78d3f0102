/**
 * The engine's third thread: it watches the targets. It asks the kernel, which may answer only after seconds, since some
 * questions wait for a lock (rtnl) that others hold while they remove many devices. Started by `targets-aside.ts`.
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import { TargetWatch } from './target-watch.js';
import type { TargetAnswer, TargetOrder, WatchOrder } from './targets-aside.js';

const control = parentPort as MessagePort;
const targets = new TargetWatch({
  route: answer,
  report: answer,
  sets: (sets) => answer({ type: 'sets', sets }),
  egress: (places) => answer({ type: 'egress', places }),
  ways: (ways) => answer({ type: 'ways', ways }),
  nextHop: (address, nextHop) => answer({ type: 'next-hop', address, nextHop }),
});
/** Resolves when the targets of the newest order are watched. */
let watching: Promise<void> = Promise.resolve();

control.on('message', (order: TargetOrder) => {
  switch (order.type) {
    case 'watch':
      // In their order: the last one counts.
      watching = watching.then(() => watch(order));
      break;
    case 'sources':
      targets.setSources(order.sources);
      break;
    case 'send-errors':
      targets.addSendErrors(order.errors);
      break;
    case 'emissions':
      targets.setEmissions(order.emissions);
      break;
    case 'unhealthy':
      targets.setUnhealthy(order.addresses);
      break;
  }
});

async function watch({ number, wanted }: WatchOrder): Promise<void> {
  const encapsulations = [...wanted.targets].map(
    ([address, name]) => [address, encapsulationOf(name)] as const,
  );
  const { balanced, emit, workers } = wanted;
  const routes = await targets.watch(new Map(encapsulations), balanced, emit, workers);
  answer({ type: 'watched', number, routes });
}

function answer(of: TargetAnswer): void {
  control.postMessage(of);
}
