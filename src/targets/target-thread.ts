/**
 * The engine's third thread: it watches the targets. It asks the kernel, which may answer only after seconds, since some
 * questions wait for a lock (rtnl) that others hold while they remove many devices. Started by `targets-aside.ts`.
 */
import { type MessagePort, workerData } from 'node:worker_threads';
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import type { RouteReport } from './route.js';
import { TargetWatch } from './target-watch.js';
import type { TargetAnswer, TargetOrder, WantedTargets } from './targets-aside.js';

const control = workerData as MessagePort;
const targets = new TargetWatch({
  route: answer,
  report: answer,
  sets: (sets) => answer({ type: 'sets', sets }),
  egress: (places) => answer({ type: 'egress', places }),
  ways: (ways) => answer({ type: 'ways', ways }),
  nextHop: (address, nextHop) => answer({ type: 'next-hop', address, nextHop }),
});

/** The next one comes when this one is answered. */
control.on('message', async ({ sources, wanted, unhealthy, emissions = [], errors = [] }: TargetOrder) => {
  if (sources !== undefined) targets.setSources(sources);
  const routes = wanted === undefined ? [] : await watch(wanted);
  if (unhealthy !== undefined) targets.setUnhealthy(unhealthy);
  targets.setEmissions(emissions);
  targets.addSendErrors(errors);
  answer({ type: 'taken', routes });
});

function watch({ targets: names, balanced, emit, workers }: WantedTargets): Promise<RouteReport[]> {
  const encapsulations = [...names].map(([address, name]) => [address, encapsulationOf(name)] as const);
  return targets.watch(new Map(encapsulations), balanced, emit, workers);
}

function answer(of: TargetAnswer): void {
  control.postMessage(of);
}
