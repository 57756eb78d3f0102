/** Watches the routes to the targets: their device, their MTU, and whether there is one. */
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { innerLengthWithin } from '../encapsulate/outer-header.js';
import { lookUpRoute } from './route.js';

const ROUTE_INTERVAL_MS = 500;
/** The kernel finds the route of a protocol without ports by that of UDP to port 0. */
const NO_PORT = 0;

/** The kernel's route to a target. */
export interface RouteReport {
  readonly type: 'route';
  readonly address: string;
  /** The kernel's choice of source address; empty without a route. */
  readonly sourceAddress: string;
  /** Egress device; empty without a route. */
  readonly device: string;
  /** UDP port of the copies; absent where they are not UDP. */
  readonly port?: number;
  /** Of the egress device, in bytes; 0 without a route. */
  readonly mtu: number;
  /** Most bytes of a frame that fit into one outer packet; 0 without a route. */
  readonly maximumInnerLength: number;
  /** Why there is none; else empty. */
  readonly reason: string;
}

/** Looks up the route to a target. Never rejects: a missing route is reported too. */
async function reportRoute(address: string, encapsulation: Encapsulation): Promise<RouteReport> {
  const { port } = encapsulation;
  const target = { type: 'route', address, ...(port !== undefined && { port }) } as const;
  try {
    const { localAddress, device, mtu } = await lookUpRoute(address, port ?? NO_PORT);
    const maximumInnerLength = innerLengthWithin(encapsulation, address, mtu);
    return { ...target, sourceAddress: localAddress, device, mtu, maximumInnerLength, reason: '' };
  } catch (error) {
    const reason = (error as Error).message;
    return { ...target, sourceAddress: '', device: '', mtu: 0, maximumInnerLength: 0, reason };
  }
}

/** Looks routes up twice a second, and reports those that changed; the first look-up of a target counts as a change. */
export class RouteWatch {
  readonly #onChange: (route: RouteReport) => void;
  #targets: ReadonlyMap<string, Encapsulation> = new Map();
  #last = new Map<string, RouteReport>();

  constructor(onChange: (route: RouteReport) => void) {
    this.#onChange = onChange;
    setInterval(() => {
      for (const [address, encapsulation] of this.#targets) void this.#ask(address, encapsulation);
    }, ROUTE_INTERVAL_MS);
  }

  /** Watches these targets and no others from now on. @param targets by address. @returns their routes of now. */
  async watch(targets: ReadonlyMap<string, Encapsulation>): Promise<RouteReport[]> {
    const before = this.#last;
    const routes = await Promise.all(
      [...targets].map(([address, encapsulation]) => reportRoute(address, encapsulation)),
    );
    this.#targets = targets;
    this.#last = new Map(routes.map((route) => [route.address, route]));
    for (const route of routes) if (!isSame(before.get(route.address), route)) this.#onChange(route);
    return routes;
  }

  async #ask(address: string, encapsulation: Encapsulation): Promise<void> {
    const route = await reportRoute(address, encapsulation);
    const last = this.#last.get(address);
    // `watch` may have removed the target meanwhile.
    if (last === undefined || isSame(last, route)) return;
    this.#last.set(address, route);
    this.#onChange(route);
  }
}

function isSame(a: RouteReport | undefined, b: RouteReport): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
