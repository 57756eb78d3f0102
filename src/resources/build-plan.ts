/** Builds the plan of the data path from resources. */
import {
  type EngineOptions,
  type HealthCheckPlan,
  type InactiveSessionPlan,
  type MirrorPlan,
  SESSION_OPTIONS,
  type SessionOptions,
  type SessionPlan,
  UNMIRRORED_TYPES,
  type UnmirroredType,
} from '../plan/mirror-plan.js';
import { addressPlan, type IpAddress } from './address.js';
import { encapsulationPlan } from './encapsulation.js';
import { balancedAddress } from './load-balancing.js';
import { type InterfaceResolver, interfaceResolver, type NetworkInterface } from './network-interface.js';
import { PlanCache } from './plan-cache.js';
import { loadBalancerPlans, obstacleOf, type Reached, reachedFinder } from './reached.js';
import type { ResourceSet } from './resource-set.js';
import type { RulePlans } from './rule-plans.js';
import type { TrafficMirrorFilter } from './traffic-mirror-filter.js';
import type { TrafficMirrorSession } from './traffic-mirror-session.js';
import type { TrafficMirrorTarget } from './traffic-mirror-target.js';

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
  /** Sessions that are not among the resources, since what they need is missing; for the status. */
  readonly inactive?: readonly InactiveSession[];
}

/** A session that mirrors nothing, with the reason. */
export interface InactiveSession {
  readonly session: TrafficMirrorSession;
  readonly reason: string;
}

/** Finds resources by id. */
interface Directory {
  readonly networkInterface: InterfaceResolver<NetworkInterface>;
  readonly target: (id: string) => TrafficMirrorTarget;
  /** The same object while target and receivers are the same. */
  readonly reached: (target: TrafficMirrorTarget) => Reached;
  readonly filter: (id: string) => TrafficMirrorFilter;
}

interface SourceSessions {
  readonly source: NetworkInterface;
  readonly sessions: TrafficMirrorSession[];
}

/** The sessions of all sources, and those whose target takes nothing of their source. */
interface DividedSessions {
  readonly sources: readonly SourceSessions[];
  readonly inactive: readonly InactiveSessionPlan[];
}

/**
 * The plan of resources in which `checkResources` finds no problem; equal resources give equal plans. Sources are in
 * the order of their declarations. Undeclared ones follow, in the order of their sessions.
 * @param cache of earlier plans
 * @throws Error when a reference finds nothing, which `checkResources` reports
 */
export function buildPlan(
  { resources, engine, inactive = [] }: PlanInput,
  cache = new PlanCache(),
): MirrorPlan {
  const directory = openDirectory(resources, cache);
  const { unmirroredTraffic, amazonDnsAddresses, ...options } = engine;
  const unmirrored = UNMIRRORED_TYPES.filter((type) => unmirroredTraffic.includes(type));
  const dnsAddresses = amazonDnsAddresses.map(addressPlan);
  const ofAll = JSON.stringify([unmirrored, dnsAddresses]);
  const divided = divideSessions(resources, directory);
  const sources = divided.sources.map(({ source, sessions }) => {
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
        .map((session) => sessionPlan(session, source, directory, cache.rules)),
    }));
  });
  cache.keepOnly(sources);
  const inactiveSessions = [...divided.inactive, ...inactive.map(inactivePlan)];
  const used = new Set(resources.trafficMirrorSessions.map((session) => session.trafficMirrorTargetId));
  const targets = resources.trafficMirrorTargets.filter((one) => used.has(one.trafficMirrorTargetId));
  const loadBalancers = loadBalancerPlans(
    targets.map((target) => ({ target, reached: directory.reached(target) })),
  );
  const planned = divided.sources.flatMap(({ sessions }) => sessions);
  return {
    sources: sources.map(({ plan }) => plan),
    engine: options,
    healthChecks: healthCheckPlans(planned, resources),
    ...(inactiveSessions.length > 0 && { inactiveSessions }),
    ...(loadBalancers.length > 0 && { loadBalancers }),
  };
}

function inactivePlan({ session, reason }: InactiveSession): InactiveSessionPlan {
  return withoutWork(session, session.networkInterfaceId, { cause: 'resource', reason });
}

function withoutWork(
  session: TrafficMirrorSession,
  sourceId: string,
  why: Pick<InactiveSessionPlan, 'cause' | 'reason' | 'selectorId'>,
): InactiveSessionPlan {
  return {
    id: session.trafficMirrorSessionId,
    sourceId,
    sessionNumber: session.sessionNumber,
    vni: session.virtualNetworkId,
    targetId: session.trafficMirrorTargetId,
    ...(session.packetLength !== undefined && { packetLength: session.packetLength }),
    ...why,
  };
}

/** What the plan of a session is made of. */
function partsOf(session: TrafficMirrorSession, directory: Directory): unknown[] {
  const target = directory.target(session.trafficMirrorTargetId);
  const filter = directory.filter(session.trafficMirrorFilterId);
  return [session, target, filter, directory.reached(target)];
}

/** The health checks of the load balancers that take copies. */
function healthCheckPlans(
  sessions: readonly TrafficMirrorSession[],
  resources: ResourceSet,
): HealthCheckPlan[] {
  const targets = new Set(sessions.map((session) => session.trafficMirrorTargetId));
  const arns = new Set(
    resources.trafficMirrorTargets
      .filter(({ trafficMirrorTargetId }) => targets.has(trafficMirrorTargetId))
      .map(({ networkLoadBalancerArn }) => networkLoadBalancerArn),
  );
  return resources.networkLoadBalancers.flatMap(
    ({ networkLoadBalancerArn, targets: receivers, healthCheck }) =>
      healthCheck === undefined || !arns.has(networkLoadBalancerArn)
        ? []
        : receivers.map((receiver) => ({ address: balancedAddress(receiver) ?? '', ...healthCheck })),
  );
}

function openDirectory(resources: ResourceSet, cache: PlanCache): Directory {
  const { networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints } = resources;
  const find = reachedFinder(resources);
  const known = cache.reached([networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints]);
  const reached = (target: TrafficMirrorTarget): Reached => {
    const found = known.get(target) ?? find(target);
    known.set(target, found);
    return found;
  };
  return {
    networkInterface: interfaceResolver(networkInterfaces),
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

/** Only interfaces with sessions that mirror are sources. */
function divideSessions(resources: ResourceSet, directory: Directory): DividedSessions {
  const byId = new Map<string, SourceSessions>();
  const inactive: InactiveSessionPlan[] = [];
  for (const source of resources.networkInterfaces) {
    byId.set(source.networkInterfaceId, { source, sessions: [] });
  }
  for (const session of resources.trafficMirrorSessions) {
    const id = session.networkInterfaceId;
    const source = found(directory.networkInterface(id), `networkInterfaceId ${id}`);
    const reached = directory.reached(directory.target(session.trafficMirrorTargetId));
    const obstacle = obstacleOf(reached, source);
    if (obstacle !== undefined) {
      const { networkInterfaceId, selectorId } = source;
      const found = selectorId === undefined ? {} : { selectorId };
      inactive.push(withoutWork(session, networkInterfaceId, { ...obstacle, ...found }));
      continue;
    }
    const entry = byId.get(source.networkInterfaceId) ?? { source, sessions: [] };
    byId.set(source.networkInterfaceId, entry);
    entry.sessions.push(session);
  }
  return { sources: [...byId.values()].filter(({ sessions }) => sessions.length > 0), inactive };
}

function sessionPlan(
  session: TrafficMirrorSession,
  source: NetworkInterface,
  directory: Directory,
  rulePlans: RulePlans,
): SessionPlan {
  const target = directory.target(session.trafficMirrorTargetId);
  const filter = directory.filter(session.trafficMirrorFilterId);
  const reached = directory.reached(target);
  const { limits } = reached;
  const encapsulation = encapsulationPlan(reached.encapsulated, source.networkInterfaceId);
  return {
    id: session.trafficMirrorSessionId,
    sessionNumber: session.sessionNumber,
    ...(encapsulation && { encapsulation }),
    vni: session.virtualNetworkId,
    ...sessionOptions(session),
    amazonDns: filter.networkServices.includes('amazon-dns'),
    rules: rulePlans.of(filter),
    targetId: target.trafficMirrorTargetId,
    targetAddresses: reached.addressesFrom(source),
    ...(limits.length > 0 && { limits }),
  };
}

function sessionOptions(session: TrafficMirrorSession): SessionOptions {
  const given = SESSION_OPTIONS.filter((name) => session[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, session[name]]));
}
