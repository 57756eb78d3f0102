/** Watches the routes to the targets: their device, their MTU, and whether there is one. */
import { innerLengthWithin } from '../encapsulate/outer-size.js';
import { lookUpRoute } from './route.js';

const ROUTE_INTERVAL_MS = 500;

/** The kernel's route to a target. */
export interface RouteReport {
  readonly type: 'route';
  readonly address: string;
  /** The kernel's choice of source address; empty without a route. */
  readonly sourceAddress: string;
  /** Egress device; empty without a route. */
  readonly device: string;
  /** Most bytes of a frame that fit into one outer packet; 0 without a route. */
  readonly maximumInnerLength: number;
  /** Why there is none; else empty. */
  readonly reason: string;
}

/** Looks up the route to a target. Never rejects: a missing route is reported too. */
async function reportRoute(address: string): Promise<RouteReport> {
  try {
    const { localAddress, device, mtu } = await lookUpRoute(address);
    const maximumInnerLength = innerLengthWithin(mtu, address);
    return { type: 'route', address, sourceAddress: localAddress, device, maximumInnerLength, reason: '' };
  } catch (error) {
    const reason = (error as Error).message;
    return { type: 'route', address, sourceAddress: '', device: '', maximumInnerLength: 0, reason };
  }
}

/** Looks routes up twice a second, and reports those that changed; the first look-up of a target counts as a change. */
export class RouteWatch {
  readonly #onChange: (route: RouteReport) => void;
  #last = new Map<string, RouteReport>();

  constructor(onChange: (route: RouteReport) => void) {
    this.#onChange = onChange;
    setInterval(() => {
      for (const address of this.#last.keys()) void this.#ask(address);
    }, ROUTE_INTERVAL_MS);
  }

  /** Watches these targets and no others from now on. @returns their routes of now. */
  async watch(addresses: readonly string[]): Promise<RouteReport[]> {
    const before = this.#last;
    const routes = await Promise.all(addresses.map(reportRoute));
    this.#last = new Map(routes.map((route) => [route.address, route]));
    for (const route of routes) if (!isSame(before.get(route.address), route)) this.#onChange(route);
    return routes;
  }

  async #ask(address: string): Promise<void> {
    const route = await reportRoute(address);
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
