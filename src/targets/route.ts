/**
 * The kernel's route to a target, found without sending anything: a connected UDP socket has the source address, the
 * source address belongs to a device, and the device has an MTU. All of it is of the namespace of this thread. Routes are
 * looked up again and again, and changes are reported.
 */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { Encapsulation } from '../encapsulate/encapsulation.js';
import { innerLengthWithin } from '../encapsulate/outer-header.js';
import { type HostDevice, type HostDevices, HostQuestions } from '../linux/host-devices.js';
import { openLibc } from '../linux/libc.js';
import { devicesInSysfs } from '../linux/sysfs-devices.js';
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
  /** Has the devices looked at anew. */
  readonly #look: Promise<() => HostDevices>;

  constructor(onChange: (route: RouteReport) => void) {
    this.#onChange = onChange;
    this.#look = openDevices();
    setInterval(() => void this.#lookUpAll(), ROUTE_INTERVAL_MS);
  }

  /** Watches these targets and no others. @param targets by address. @returns their current routes. */
  async watch(targets: ReadonlyMap<string, Encapsulation>): Promise<RouteReport[]> {
    const devices = (await this.#look)();
    const before = this.#last;
    const routes = await Promise.all(
      [...targets].map(([address, encapsulation]) => reportRoute(address, encapsulation, devices)),
    );
    this.#targets = targets;
    this.#last = new Map(routes.map((route) => [route.address, route]));
    for (const route of routes) if (!isSame(before.get(route.address), route)) this.#onChange(route);
    return routes;
  }

  async #lookUpAll(): Promise<void> {
    const devices = (await this.#look)();
    for (const [address, encapsulation] of this.#targets) void this.#lookUp(address, encapsulation, devices);
  }

  async #lookUp(address: string, encapsulation: Encapsulation, devices: HostDevices): Promise<void> {
    const route = await reportRoute(address, encapsulation, devices);
    const last = this.#last.get(address);
    // `watch` may have removed the target meanwhile.
    if (last === undefined || isSame(last, route)) return;
    this.#last.set(address, route);
    this.#onChange(route);
  }
}

/** Addresses of this host's devices that are up, without zones: those of the namespace of this thread. */
export function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
}

/** Never rejects: a missing route is reported too. */
async function reportRoute(
  address: string,
  encapsulation: Encapsulation,
  devices: HostDevices,
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
async function lookUpRoute(address: string, port: number, devices: HostDevices): Promise<Route> {
  const zone = zoneOf(address);
  if (zone !== undefined && devices.named(zone) === undefined) {
    throw new Error(`device ${zone} does not exist`);
  }
  const localAddress = await sourceAddressFor(address, port);
  const device = zone === undefined ? devices.withAddress(localAddress) : devices.named(zone);
  if (device === undefined) throw new Error(`no device has the source address ${localAddress}`);
  const mtu = mtuFor(address, device);
  if (mtu === undefined) throw new Error(`device ${device.name} has no MTU`);
  return { localAddress, device: device.name, mtu };
}

/** MTU of a device for the address's family, in bytes; undefined: it has none. */
function mtuFor(address: string, { mtu, mtuIpv6 }: HostDevice): number | undefined {
  return isIpv6Text(address) ? mtuIpv6 : mtu;
}

/** With koffi the kernel is asked; without, /sys and /proc are read. Never rejects. */
async function openDevices(): Promise<() => HostDevices> {
  try {
    const questions = new HostQuestions(await openLibc());
    return () => questions.look();
  } catch {
    return devicesInSysfs;
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
