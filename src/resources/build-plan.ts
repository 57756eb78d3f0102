/** Builds the plan of the data path from resources. */
import {
  type EngineOptions,
  type HealthCheckPlan,
  type MirrorPlan,
  type RateLimitPlan,
  SESSION_OPTIONS,
  type SessionOptions,
  type SessionPlan,
  UNMIRRORED_TYPES,
  type UnmirroredType,
} from '../plan/mirror-plan.js';
import { addressPlan, type IpAddress, type UnderlayAddress } from './address.js';
import { type InterfaceResolver, interfaceResolver, type NetworkInterface } from './network-interface.js';
import { PlanCache, type Reached, type RulePlans } from './plan-cache.js';
import { type ReceiverResolver, type ResourceSet, receiverResolver } from './resource-set.js';
import type { TrafficMirrorFilter } from './traffic-mirror-filter.js';
import type { TrafficMirrorSession } from './traffic-mirror-session.js';
import { RECEIVER_KEYS, type TrafficMirrorTarget } from './traffic-mirror-target.js';

/** The settings of the data path, defaults applied. */
export interface EngineSettings extends EngineOptions {
  /** In any order. */
  readonly unmirroredTraffic: readonly UnmirroredType[];
  readonly amazonDnsAddresses: readonly IpAddress[];
}

/** What is to be mirrored, and how. A loaded configuration is one. */
export interface PlanInput {
  readonly resources: ResourceSet;
  readonly engine: EngineSettings;
}

/** Finds resources by id. */
interface Directory {
  readonly networkInterface: InterfaceResolver<NetworkInterface>;
  readonly target: (id: string) => TrafficMirrorTarget;
  /** The same object while target and receivers are the same. */
  readonly reached: (target: TrafficMirrorTarget) => Reached;
  readonly filter: (id: string) => TrafficMirrorFilter;
}

interface Limited {
  readonly maximumBitsPerSecond?: number;
}

interface SourceSessions {
  readonly source: NetworkInterface;
  readonly sessions: TrafficMirrorSession[];
}

/**
 * The plan of resources in which `checkResources` finds no problem; equal resources give equal plans. Sources are in
 * the order of their declarations. Undeclared ones follow, in the order of their sessions.
 * @param cache of earlier plans
 * @throws Error when a reference finds nothing, which `checkResources` reports
 */
export function buildPlan({ resources, engine }: PlanInput, cache = new PlanCache()): MirrorPlan {
  const directory = openDirectory(resources, cache);
  const { unmirroredTraffic, amazonDnsAddresses, ...options } = engine;
  const unmirrored = UNMIRRORED_TYPES.filter((type) => unmirroredTraffic.includes(type));
  const dnsAddresses = amazonDnsAddresses.map(addressPlan);
  const ofAll = JSON.stringify([unmirrored, dnsAddresses]);
  const sources = sessionsBySource(resources, directory).map(({ source, sessions }) => {
    const parts = [source, ofAll, ...sessions.flatMap((session) => partsOf(session, directory))];
    return cache.source(source.networkInterfaceId, parts, () => ({
      id: source.networkInterfaceId,
      device: found(source.device, `device of ${source.networkInterfaceId}`),
      ...(source.netns !== undefined && { netns: source.netns }),
      ...(source.netnsIdentity !== undefined && { netnsIdentity: source.netnsIdentity }),
      ...(source.selectorId !== undefined && { selectorId: source.selectorId }),
      ...(source.perspective === 'peer' && { perspective: source.perspective }),
      ...(source.address !== undefined && { address: source.address }),
      ...(source.maximumBitsPerSecond !== undefined && { maximumBitsPerSecond: source.maximumBitsPerSecond }),
      unmirrored,
      amazonDnsAddresses: dnsAddresses,
      sessions: sessions
        .toSorted((a, b) => a.sessionNumber - b.sessionNumber)
        .map((session) => sessionPlan(session, directory, cache.rules)),
    }));
  });
  cache.keepOnly(sources);
  return {
    sources: sources.map(({ plan }) => plan),
    engine: options,
    healthChecks: healthCheckPlans(resources),
  };
}

/** What the plan of a session is made of. */
function partsOf(session: TrafficMirrorSession, directory: Directory): unknown[] {
  const target = directory.target(session.trafficMirrorTargetId);
  const filter = directory.filter(session.trafficMirrorFilterId);
  return [session, target, filter, directory.reached(target)];
}

/** The health checks of the load balancers that are targets of sessions. */
function healthCheckPlans(resources: ResourceSet): HealthCheckPlan[] {
  const targets = new Set(resources.trafficMirrorSessions.map((session) => session.trafficMirrorTargetId));
  const arns = new Set(
    resources.trafficMirrorTargets
      .filter(({ trafficMirrorTargetId }) => targets.has(trafficMirrorTargetId))
      .map(({ networkLoadBalancerArn }) => networkLoadBalancerArn),
  );
  return resources.networkLoadBalancers.flatMap(
    ({ networkLoadBalancerArn, targets: addresses, healthCheck }) =>
      healthCheck === undefined || !arns.has(networkLoadBalancerArn)
        ? []
        : addresses.map((address) => ({ address, ...healthCheck })),
  );
}

function openDirectory(resources: ResourceSet, cache: PlanCache): Directory {
  const { networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints } = resources;
  const networkInterface = interfaceResolver(networkInterfaces);
  const loadBalancers = new Map(networkLoadBalancers.map((one) => [one.networkLoadBalancerArn, one]));
  const endpoints = new Map(
    gatewayLoadBalancerEndpoints.map((one) => [one.gatewayLoadBalancerEndpointId, one]),
  );
  const receiver = (key: string, id: string): Limited | undefined => {
    if (key === 'networkInterfaceId') return networkInterface(id);
    return key === 'networkLoadBalancerArn' ? loadBalancers.get(id) : endpoints.get(id);
  };
  const addressesOf = receiverResolver(resources);
  const known = cache.reached([networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints]);
  const reached = (target: TrafficMirrorTarget): Reached => {
    const found = known.get(target) ?? {
      addresses: targetAddresses(target, addressesOf),
      limits: limitsOf(target, receiver),
    };
    known.set(target, found);
    return found;
  };
  return {
    networkInterface,
    reached,
    target: finder(resources.trafficMirrorTargets, 'trafficMirrorTargetId'),
    filter: finder(resources.trafficMirrorFilters, 'trafficMirrorFilterId'),
  };
}

function finder<Item, Key extends keyof Item>(items: readonly Item[], key: Key): (id: Item[Key]) => Item {
  const byId = new Map(items.map((item) => [item[key], item]));
  return (id) => found(byId.get(id), `${String(key)} ${String(id)}`);
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`build plan: no ${name}`);
  return value;
}

/** Only interfaces with sessions are sources. */
function sessionsBySource(resources: ResourceSet, directory: Directory): SourceSessions[] {
  const byId = new Map<string, SourceSessions>();
  for (const source of resources.networkInterfaces) {
    byId.set(source.networkInterfaceId, { source, sessions: [] });
  }
  for (const session of resources.trafficMirrorSessions) {
    const id = session.networkInterfaceId;
    const source = found(directory.networkInterface(id), `networkInterfaceId ${id}`);
    const entry = byId.get(source.networkInterfaceId) ?? { source, sessions: [] };
    byId.set(source.networkInterfaceId, entry);
    entry.sessions.push(session);
  }
  return [...byId.values()].filter(({ sessions }) => sessions.length > 0);
}

function sessionPlan(session: TrafficMirrorSession, directory: Directory, rulePlans: RulePlans): SessionPlan {
  const target = directory.target(session.trafficMirrorTargetId);
  const filter = directory.filter(session.trafficMirrorFilterId);
  const { addresses, limits } = directory.reached(target);
  return {
    id: session.trafficMirrorSessionId,
    sessionNumber: session.sessionNumber,
    vni: session.virtualNetworkId,
    ...sessionOptions(session),
    amazonDns: filter.networkServices.includes('amazon-dns'),
    rules: rulePlans.of(filter),
    targetId: target.trafficMirrorTargetId,
    targetAddresses: addresses,
    ...(limits.length > 0 && { limits }),
  };
}

/** What limits copies to a target: its own rate, and that of its receiver, which other targets may share. */
function limitsOf(
  target: TrafficMirrorTarget,
  receiver: (key: string, id: string) => Limited | undefined,
): RateLimitPlan[] {
  const limit = (name: string, { maximumBitsPerSecond }: Limited = {}): RateLimitPlan[] =>
    maximumBitsPerSecond === undefined ? [] : [{ name, bitsPerSecond: maximumBitsPerSecond }];
  const receivers = RECEIVER_KEYS.flatMap((key) => {
    const id = target[key];
    return id === undefined ? [] : limit(`${key} ${id}`, receiver(key, id));
  });
  return [...limit(`target ${target.trafficMirrorTargetId}`, target), ...receivers];
}

function sessionOptions(session: TrafficMirrorSession): SessionOptions {
  const given = SESSION_OPTIONS.filter((name) => session[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, session[name]]));
}

function targetAddresses(
  target: TrafficMirrorTarget,
  addressesOf: ReceiverResolver,
): readonly UnderlayAddress[] {
  const addresses = addressesOf(target);
  if (addresses.length === 0) throw new Error(`build plan: no address of ${target.trafficMirrorTargetId}`);
  return addresses;
}
