/** The ways to the targets, as the kernel has them, and what comes of an empty datagram to each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { reasonOf } from '../counters/send-error.js';
import { encapsulationOf } from '../encapsulate/encapsulations.js';
import type { Device } from '../linux/devices.js';
import { LinuxError } from '../linux/errors.js';
import type { Libc } from '../linux/libc.js';
import { NextHops, type Way } from '../linux/routes.js';
import { ProbeSocket, pathMtu, SOCKET_MARK } from '../linux/sending-sockets.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';
import { addressText } from '../resources/address.js';
import { isIpv6Text } from '../wire/address.js';
import type { ProbeOutcome, WayFacts } from './facts.js';
import type { Unseen } from './finding.js';
import type { Place } from './gather-places.js';
import { deliveriesOf, targetsByAddress } from './plan-view.js';

const MOST_TARGETS = 1000;
const MOST_PROBES = 100;
/** Hosts answer within that, and the kernel has asked for a next hop twice. */
const ANSWER_MS = 1200;

export interface Ways {
  readonly ways: Map<string, WayFacts>;
  readonly unseen: readonly Unseen[];
}

/** Asks for the ways, in the namespace that copies leave from. @throws LinuxError, NamespaceError */
export function askWays(libc: Libc, home: Place, devices: readonly Device[], plan: MirrorPlan): Ways {
  const byIndex = new Map(devices.map((device) => [device.index, device]));
  const addresses = [...targetsByAddress(plan).keys()];
  const sources = sourceAddresses(plan);
  const ways = home.enter(() => {
    const hops = new NextHops(libc);
    try {
      return new Map(
        addresses
          .slice(0, MOST_TARGETS)
          .map((address) => [address, wayTo(libc, hops, byIndex, address, sources.get(address) ?? [])]),
      );
    } finally {
      hops.close();
    }
  });
  const left = addresses.length - ways.size;
  const unseen =
    left > 0 ? [{ what: `the ways to ${left} targets`, why: `there are more than ${MOST_TARGETS}` }] : [];
  return { ways, unseen };
}

/** The outer source addresses that are configured, by target address. */
function sourceAddresses(plan: MirrorPlan): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>();
  for (const { address, source } of deliveriesOf(plan)) {
    if (source.address === undefined || isIpv6Text(source.address) || isIpv6Text(address)) continue;
    found.set(address, (found.get(address) ?? new Set()).add(source.address));
  }
  return new Map([...found].map(([address, sources]) => [address, [...sources]]));
}

function wayTo(
  libc: Libc,
  hops: NextHops,
  devices: ReadonlyMap<number, Device>,
  address: string,
  sources: readonly string[],
): WayFacts {
  const way = tryWay(hops, address, { mark: SOCKET_MARK });
  const device = way && devices.get(way.interfaceIndex);
  const isThereAtAll = way !== undefined || tryWay(hops, address, {}) !== undefined;
  return {
    device,
    nextHop: way === undefined ? address : addressText(way.neighbour),
    neighbour: way && hops.neighbour(way)?.state,
    sourceAddress: way?.source === undefined ? '' : addressText(way.source),
    mtu: device === undefined || way === undefined ? 0 : mtuOf(libc, address, way, device),
    isLostByMark: way === undefined && isThereAtAll,
    badSources:
      way === undefined ? [] : sources.filter((source) => tryWay(hops, address, { source }) === undefined),
    probe: undefined,
  };
}

/** A zone without its device is no route. */
function tryWay(hops: NextHops, address: string, sender: Parameters<NextHops['way']>[1]): Way | undefined {
  try {
    return hops.way(address, sender);
  } catch (error) {
    if (error instanceof LinuxError) return undefined;
    throw error;
  }
}

/** A connected socket knows also what routers told, and what IPsec takes. */
function mtuOf(libc: Libc, address: string, way: Way, device: Device): number {
  const ofRoute = Math.min(way.mtu ?? device.mtu, device.mtu);
  if (isIpv6Text(address)) return ofRoute;
  try {
    return Math.min(ofRoute, pathMtu(libc, address));
  } catch (error) {
    if (error instanceof LinuxError) return ofRoute;
    throw error;
  }
}

/**
 * Sends an empty datagram to each target, as the engine does to those that do not answer: then the kernel asks for the
 * next hop, and a host on which nothing listens says so. Takes a second or so.
 */
export async function probeTargets(
  libc: Libc,
  home: Place,
  plan: MirrorPlan,
  { ways }: Ways,
): Promise<Unseen[]> {
  const targets = [...targetsByAddress(plan).values()].filter(
    ({ address }) => ways.get(address)?.device !== undefined,
  );
  const probes = new Map<string, ProbeSocket>();
  const outcomes = new Map<string, ProbeOutcome>();
  const unseen: Unseen[] = [];
  try {
    for (const { address, encapsulation } of targets.slice(0, MOST_PROBES)) {
      const { port } = encapsulationOf(encapsulation);
      if (port === undefined) continue;
      try {
        const probe = home.enter(() => new ProbeSocket(libc, address, port));
        probes.set(address, probe);
        outcomes.set(address, outcomeOf(probe.send()));
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        if (!error.op.endsWith('SO_MARK')) outcomes.set(address, outcomeOf(error.errno));
        else {
          unseen.push({
            what: 'whether targets answer',
            why: 'to send with the mark of copies takes CAP_NET_RAW: run it as root',
          });
          break;
        }
      }
    }
    if (probes.size > 0) await sleep(ANSWER_MS);
    for (const [address, probe] of probes) {
      if (outcomes.get(address) === 'sent') outcomes.set(address, outcomeOf(probe.send()));
    }
  } finally {
    for (const probe of probes.values()) probe.close();
  }
  const neighbours = askNeighbours(libc, home, [...outcomes.keys()]);
  for (const [address, probe] of outcomes) {
    const way = ways.get(address);
    if (way === undefined) continue;
    const neighbour = neighbours.get(address);
    // It was asked for long enough.
    ways.set(address, { ...way, probe, neighbour: neighbour === 'asking' ? 'failed' : neighbour });
  }
  if (targets.length > MOST_PROBES) {
    unseen.push({
      what: `whether ${targets.length - MOST_PROBES} targets answer`,
      why: `there are more than ${MOST_PROBES}`,
    });
  }
  return unseen;
}

function askNeighbours(
  libc: Libc,
  home: Place,
  addresses: readonly string[],
): Map<string, WayFacts['neighbour']> {
  return home.enter(() => {
    const hops = new NextHops(libc);
    try {
      return new Map(
        addresses.map((address) => {
          const way = tryWay(hops, address, { mark: SOCKET_MARK });
          return [address, way && hops.neighbour(way)?.state];
        }),
      );
    } finally {
      hops.close();
    }
  });
}

function outcomeOf(errno: number): ProbeOutcome {
  if (errno === 0) return 'sent';
  const reason = reasonOf(errno);
  return reason === 'refused' || reason === 'permission' || reason === 'no-route' ? reason : 'other';
}
