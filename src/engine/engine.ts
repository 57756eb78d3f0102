/**
 * The engine: a plan in, lanes that mirror, counters out. Everything besides frames is done in `#turn`, which
 * the event loop calls when there is little to do and capture calls when there is much.
 */
import type { Counters } from '../counters/counters.js';
import { compile } from '../match/compile.js';
import { buildMirror, layOutCounters } from '../mirror/lane.js';
import type { PacketSink } from '../transmit/packet-sink.js';
import type { Control } from './control.js';
import type { EngineIo, EngineIoOptions } from './engine-io.js';
import { LibpcapIo } from './libpcap-io.js';
import type { EnginePlan } from './messages.js';
import { Publication } from './publication.js';
import { RingIo } from './ring-io.js';
import { reportTarget, type TargetReport } from './route-watch.js';

/** How long frames may keep everything else waiting. */
const ROUND_MS = 5;
const IDLE_TURN_MS = 200;
/** The outer source address that lets the kernel choose (raw(7)). */
const BY_ROUTE = '0.0.0.0';

export class Engine {
  readonly #control: Control;
  #timer: NodeJS.Timeout | undefined;
  #counters: Counters | undefined;
  #publication: Publication | undefined;
  #io: EngineIo | undefined;
  #lastTurnMs = 0;

  constructor(control: Control) {
    this.#control = control;
  }

  /** Starts every lane of the plan. @throws what the I/O throws when it cannot work at all. */
  async start(plan: EnginePlan): Promise<void> {
    const { counters, bases } = layOutCounters(plan.lanes);
    const publication = Publication.create(counters.values.length);
    const targetAddresses = targetsOf(plan);
    this.#control.post({ type: 'layout', memory: publication.memory, bases, targetAddresses });
    this.#counters = counters;
    this.#publication = publication;

    const routes = await Promise.all(targetAddresses.map(reportTarget));
    const io = await openIo({ plan, counters, routes, onFrames: () => this.#turnIfDue() });
    this.#io = io;
    await Promise.all(
      plan.lanes.map((lane, index) => {
        const { id: sourceId, address } = lane.source;
        const { direction } = lane;
        const filter = compile(lane.source, direction);
        const sinkOf = (target: string): PacketSink => io.sinkOf(address, target);
        return io.openLane({
          lane,
          bases: bases[index],
          filter,
          consumer: buildMirror(lane, filter, address ?? BY_ROUTE, counters, bases[index], sinkOf),
          onState: (state, reason) =>
            this.#control.report({ type: 'lane', sourceId, direction, state, reason }),
        });
      }),
    );
    this.#timer = setInterval(() => this.#turn(), IDLE_TURN_MS);
  }

  followRoute(report: TargetReport): void {
    this.#io?.followRoute(report);
  }

  /** Stops capturing, publishes the last counts and lets the process end. May be called between frames. */
  stop(): void {
    clearInterval(this.#timer);
    this.#io?.close();
    this.#publish();
    this.#control.post({ type: 'stopped' });
  }

  #turnIfDue(): void {
    if (performance.now() - this.#lastTurnMs >= ROUND_MS) this.#turn();
  }

  #turn(): void {
    this.#lastTurnMs = performance.now();
    this.#io?.collect();
    this.#publish();
    this.#control.poll();
  }

  #publish(): void {
    if (this.#counters !== undefined) this.#publication?.write(this.#counters.values);
  }
}

function openIo(options: EngineIoOptions): Promise<EngineIo> {
  return options.plan.io === 'ring' ? RingIo.open(options) : LibpcapIo.open(options);
}

function targetsOf(plan: EnginePlan): string[] {
  const sessions = plan.lanes.flatMap(({ source }) => source.sessions);
  return [...new Set(sessions.flatMap(({ targetAddresses }) => targetAddresses))];
}
