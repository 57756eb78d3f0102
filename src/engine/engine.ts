/**
 * The engine: a plan in, lanes that mirror, counters out. Everything besides frames is done in `#turn`, which
 * the event loop calls when there is little to do and capture calls when there is much.
 */
import type { Counters } from '../counters/counters.js';
import { buildMirror, layOutCounters } from '../mirror/lane.js';
import { RawSocket } from '../transmit/raw-socket.js';
import type { Control } from './control.js';
import { LibpcapLane } from './libpcap-lane.js';
import type { EnginePlan } from './messages.js';
import { Publication } from './publication.js';
import { reportTarget, type TargetReport } from './route-watch.js';
import { Targets } from './targets.js';

/** How long frames may keep everything else waiting. */
const ROUND_MS = 5;
const IDLE_TURN_MS = 50;
/** The outer source address that lets the kernel choose (raw(7)). */
const BY_ROUTE = '0.0.0.0';

export class Engine {
  readonly #control: Control;
  #lanes: LibpcapLane[] = [];
  #timer: NodeJS.Timeout | undefined;
  #targets: Targets | undefined;
  #counters: Counters | undefined;
  #publication: Publication | undefined;
  #socket: RawSocket | undefined;
  #lastTurnMs = 0;

  constructor(control: Control) {
    this.#control = control;
  }

  /** Starts every lane of the plan. @throws Error when the raw socket is refused or a package is missing. */
  async start(plan: EnginePlan): Promise<void> {
    const { counters, bases } = layOutCounters(plan.lanes);
    const publication = Publication.create(counters.values.length);
    const targetAddresses = targetsOf(plan);
    this.#control.post({ type: 'layout', memory: publication.memory, bases, targetAddresses });
    this.#counters = counters;
    this.#publication = publication;

    this.#socket = await RawSocket.open();
    const routes = await Promise.all(targetAddresses.map(reportTarget));
    const targets = new Targets(this.#socket, counters, routes);
    this.#targets = targets;
    this.#lanes = plan.lanes.map((lane, index) => {
      const address = lane.source.address ?? BY_ROUTE;
      const { id: sourceId } = lane.source;
      return new LibpcapLane({
        lane,
        consumer: buildMirror(lane, address, counters, bases[index], (target) => targets.sinkOf(target)),
        targetAddresses: plan.targetAddresses,
        bufferBytes: plan.ringMegabytes << 20,
        onFrames: () => this.#turnIfDue(),
        onState: (state, reason) =>
          this.#control.report({ type: 'lane', sourceId, direction: lane.direction, state, reason }),
      });
    });
    await Promise.all(this.#lanes.map((lane) => lane.open()));
    this.#timer = setInterval(() => this.#turn(), IDLE_TURN_MS);
  }

  followRoute(report: TargetReport): void {
    this.#targets?.follow(report);
  }

  /** Stops capturing, publishes the last counts and lets the process end. May be called between frames. */
  stop(): void {
    clearInterval(this.#timer);
    for (const lane of this.#lanes) lane.close();
    this.#socket?.close();
    this.#publish();
    this.#control.post({ type: 'stopped' });
  }

  #turnIfDue(): void {
    if (performance.now() - this.#lastTurnMs >= ROUND_MS) this.#turn();
  }

  #turn(): void {
    this.#lastTurnMs = performance.now();
    this.#publish();
    this.#control.poll();
  }

  #publish(): void {
    if (this.#counters !== undefined) this.#publication?.write(this.#counters.values);
  }
}

function targetsOf(plan: EnginePlan): string[] {
  const sessions = plan.lanes.flatMap(({ source }) => source.sessions);
  return [...new Set(sessions.flatMap(({ targetAddresses }) => targetAddresses))];
}
