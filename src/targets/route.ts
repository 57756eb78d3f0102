/**
 * The kernel's route to a target, found without sending anything: a connected UDP socket has the source address, the
 * source address belongs to a device, and a file of the kernel holds the device's MTU. Routes are looked up again and
 * again, and changes are reported.
 */
import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { innerLengthWithin } from '../encapsulate/outer-header.js';
import { hostOf, isIpv6Text, zoneOf } from '../wire/address.js';

const ROUTE_INTERVAL_MS = 500;
/** For protocols without ports: the kernel looks up the route of UDP to port 0. */
const NO_PORT = 0;

/** A route as the kernel has it. */
interface Route {
  /** Without a zone. */
  readonly localAddress: string;
  /** The egress device. */
  readonly device: string;
  readonly mtu: number;
}

/** The route to a target, or why there is none. */
export interface RouteReport {
  readonly type: 'route';
  readonly address: string;
  /** The kernel's choice of source address; empty without a route. */
  readonly sourceAddress: string;
  /** Egress device; empty without a route. */
  readonly device: string;
  /** UDP port of the copies; absent where they are not UDP. */
  readonly port?: number;
  /** MTU of the egress device, in bytes; 0 without a route. */
  readonly mtu: number;
  /** Most bytes of a frame that fit into one outer packet; 0 without a route. */
  readonly maximumInnerLength: number;
  /** Why there is none; else empty. */
  readonly reason: string;
}

/** Looks routes up twice a second, and reports those that changed; the first look-up of a target counts as a change. */
export class RouteWatch {
  readonly #onChange: (route: RouteReport) => void;
  #targets: ReadonlyMap<string, Encapsulation> = new Map();
  #last = new Map<string, RouteReport>();

  constructor(onChange: (route: RouteReport) => void) {
    this.#onChange = onChange;
    setInterval(() => {
      const devices = new DevicesByAddress();
      for (const [address, encapsulation] of this.#targets)
        void this.#lookUp(address, encapsulation, devices);
    }, ROUTE_INTERVAL_MS);
  }

  /** Watches these targets and no others. @param targets by address. @returns their current routes. */
  async watch(targets: ReadonlyMap<string, Encapsulation>): Promise<RouteReport[]> {
    const before = this.#last;
    const devices = new DevicesByAddress();
    const routes = await Promise.all(
      [...targets].map(([address, encapsulation]) => reportRoute(address, encapsulation, devices)),
    );
    this.#targets = targets;
    this.#last = new Map(routes.map((route) => [route.address, route]));
    for (const route of routes) if (!isSame(before.get(route.address), route)) this.#onChange(route);
    return routes;
  }

  async #lookUp(address: string, encapsulation: Encapsulation, devices: DevicesByAddress): Promise<void> {
    const route = await reportRoute(address, encapsulation, devices);
    const last = this.#last.get(address);
    // `watch` may have removed the target meanwhile.
    if (last === undefined || isSame(last, route)) return;
    this.#last.set(address, route);
    this.#onChange(route);
  }
}

/** MTU of a device for the address's family, in bytes; undefined: there is no such device. */
export function deviceMtu(device: string, address: string): number | undefined {
  const file = isIpv6Text(address) ? `/proc/sys/net/ipv6/conf/${device}/mtu` : `/sys/class/net/${device}/mtu`;
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Addresses of this host's devices, without zones. */
export function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
}

/** Never rejects: a missing route is reported too. */
async function reportRoute(
  address: string,
  encapsulation: Encapsulation,
  devices: DevicesByAddress,
): Promise<RouteReport> {
  const { port } = encapsulation;
  const target = { type: 'route', address, ...(port !== undefined && { port }) } as const;
  try {
    const { localAddress, device, mtu } = await lookUpRoute(address, port ?? NO_PORT, devices);
    const maximumInnerLength = innerLengthWithin(encapsulation, address, mtu);
    return { ...target, sourceAddress: localAddress, device, mtu, maximumInnerLength, reason: '' };
  } catch (error) {
    const reason = (error as Error).message;
    return { ...target, sourceAddress: '', device: '', mtu: 0, maximumInnerLength: 0, reason };
  }
}

function isSame(a: RouteReport | undefined, b: RouteReport): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Looks up the route to an address. @param port of UDP. @throws Error with the kernel's reason when there is no route to the address. */
async function lookUpRoute(address: string, port: number, devices: DevicesByAddress): Promise<Route> {
  const zone = zoneOf(address);
  if (zone !== undefined && !existsSync(`/sys/class/net/${zone}`)) {
    throw new Error(`device ${zone} does not exist`);
  }
  const localAddress = await sourceAddressFor(address, port);
  const device = zone ?? devices.find(localAddress);
  if (device === undefined) throw new Error(`no device has the source address ${localAddress}`);
  const mtu = deviceMtu(device, address);
  if (mtu === undefined) throw new Error(`device ${device} has no MTU`);
  return { localAddress, device, mtu };
}

/** The devices of this host's addresses, listed once for many look-ups: with many devices that takes long. */
class DevicesByAddress {
  #devices: ReadonlyMap<string, string> | undefined;

  find(address: string): string | undefined {
    const device = this.#devices?.get(address);
    if (device !== undefined) return device;
    // The address may be new.
    const named = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses.map((one) => [one.address, name] as const),
    );
    // Where several have it, the first counts.
    this.#devices = new Map(named.reverse());
    return this.#devices.get(address);
  }
}

function sourceAddressFor(address: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIpv6Text(address) ? 'udp6' : 'udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    // A callback given to `connect` would be called for errors too; a listener is not.
    socket.once('connect', () => {
      const local = socket.address().address;
      socket.close();
      resolve(hostOf(local));
    });
    socket.connect(port, address);
  });
}
