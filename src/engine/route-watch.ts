/** Follows the routes of the targets: their device, their MTU, and when there is none. */
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { innerLengthWithin } from '../encapsulate/outer-size.js';
import { lookUpRoute } from '../transmit/route.js';

const ROUTE_INTERVAL_MS = 500;
/** The kernel finds the route of a protocol without ports by that of UDP to port 0. */
const NO_PORT = 0;

/** The kernel's way to a target. */
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

/** How a target can be reached now. Never rejects: no route is an answer. */
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

/** Asks twice a second, and tells what is new; the first answers are new. */
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

  /** Follows these targets and no others from now on. @param targets by address. @returns how each can be reached. */
  async follow(targets: ReadonlyMap<string, Encapsulation>): Promise<RouteReport[]> {
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
    // Perhaps it is no longer followed.
    if (last === undefined || isSame(last, route)) return;
    this.#last.set(address, route);
    this.#onChange(route);
  }
}

function isSame(a: RouteReport | undefined, b: RouteReport): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
