/** DescribeLoadBalancers, DescribeListeners, DescribeTargetGroups and DescribeTargetHealth. */
import type { z } from 'zod';
import type { Listener, NetworkLoadBalancer } from '../../resources/traffic-mirror-target.js';
import { digestOf } from '../client-tokens.js';
import type { InventorySource } from '../inventory/inventory-source.js';
import {
  balancedTargets,
  listenerArn,
  listenersOf,
  nameOf,
  type Owner,
  targetGroupArn,
  targetGroupName,
  zonesOf,
} from '../inventory/load-balancers.js';
import type { Structure } from '../query-response.js';
import { notFound, validationError } from './elbv2-error.js';
import type { listenersInput, loadBalancersInput, targetGroupsInput, targetHealthInput } from './input.js';

/** What a health check of the cloud has without a port of its own. */
const TRAFFIC_PORT = 'traffic-port';

/** How an address is reached, as the daemon knows it. */
export interface AddressHealth {
  /** As the status of the daemon has it. */
  readonly state: 'reachable' | 'suspect' | 'unreachable';
  /** Why it is not `reachable`; else empty. */
  readonly reason: string;
}

/** What the actions read. */
export interface Balancers {
  /** Those of the configuration file, in its order. */
  readonly loadBalancers: readonly NetworkLoadBalancer[];
  /** The account of the configuration file, and the region. */
  readonly owner: Owner;
  readonly inventory: InventorySource;
  /** By address; of addresses to which no session sends copies there is none. */
  readonly health: () => ReadonlyMap<string, AddressHealth>;
}

/** A listener with its load balancer; it stands for its target group too, since each has one. */
interface Placed {
  readonly loadBalancer: NetworkLoadBalancer;
  readonly listener: Listener;
}

/** The part of an input that says which page is asked for. */
interface PageInput {
  readonly Marker?: string | undefined;
  readonly PageSize: number;
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly NextMarker: string | undefined;
}

/** @throws Elbv2Error LoadBalancerNotFound, ValidationError */
export function describeLoadBalancers(
  balancers: Balancers,
  input: z.output<typeof loadBalancersInput>,
): Structure {
  const { LoadBalancerArns, Names } = input;
  if (LoadBalancerArns.length > 0 && Names.length > 0) {
    throw validationError('Load balancer names and load balancer ARNs cannot be specified at the same time');
  }
  const idOf = Names.length > 0 ? nameOf : arnOf;
  const found = named(balancers.loadBalancers, [...LoadBalancerArns, ...Names], idOf, [
    'LoadBalancer',
    'Load balancers',
  ]);
  const { items, NextMarker } = pageOf(found, input, [LoadBalancerArns, Names]);
  return { LoadBalancers: items.map((one) => loadBalancerContent(balancers, one)), NextMarker };
}

/** @throws Elbv2Error ListenerNotFound, LoadBalancerNotFound, ValidationError */
export function describeListeners(balancers: Balancers, input: z.output<typeof listenersInput>): Structure {
  const { LoadBalancerArn, ListenerArns } = input;
  if ((LoadBalancerArn === undefined) === (ListenerArns.length === 0)) {
    throw validationError('You must specify either listener ARNs or a load balancer ARN');
  }
  const { owner } = balancers;
  const all = placedListeners(balancers, LoadBalancerArn);
  const idOf = ({ loadBalancer, listener }: Placed): string => listenerArn(loadBalancer, listener, owner);
  const found = named(all, ListenerArns, idOf, ['Listener', 'Listeners']);
  const { items, NextMarker } = pageOf(found, input, [LoadBalancerArn, ListenerArns]);
  return { Listeners: items.map((one) => listenerContent(one, owner)), NextMarker };
}

/** @throws Elbv2Error TargetGroupNotFound, LoadBalancerNotFound, ValidationError */
export function describeTargetGroups(
  balancers: Balancers,
  input: z.output<typeof targetGroupsInput>,
): Structure {
  const { LoadBalancerArn, TargetGroupArns, Names } = input;
  const ways = [LoadBalancerArn !== undefined, TargetGroupArns.length > 0, Names.length > 0];
  if (ways.filter((isUsed) => isUsed).length > 1) {
    throw validationError(
      'You can specify one of load balancer ARN, target group ARNs and target group names',
    );
  }
  const all = placedListeners(balancers, LoadBalancerArn);
  const idOf = ({ loadBalancer, listener }: Placed): string =>
    Names.length > 0
      ? targetGroupName(loadBalancer, listener)
      : targetGroupArn(loadBalancer, listener, balancers.owner);
  const found = named(all, [...TargetGroupArns, ...Names], idOf, ['TargetGroup', 'Target groups']);
  const { items, NextMarker } = pageOf(found, input, [LoadBalancerArn, TargetGroupArns, Names]);
  return { TargetGroups: items.map((one) => targetGroupContent(balancers, one)), NextMarker };
}

/** @throws Elbv2Error TargetGroupNotFound */
export function describeTargetHealth(
  balancers: Balancers,
  { TargetGroupArn, Targets }: z.output<typeof targetHealthInput>,
): Structure {
  const idOf = ({ loadBalancer, listener }: Placed): string =>
    targetGroupArn(loadBalancer, listener, balancers.owner);
  const [group] = named(placedListeners(balancers, undefined), [TargetGroupArn], idOf, [
    'TargetGroup',
    'Target groups',
  ]);
  if (group === undefined) throw notFound('TargetGroup', 'Target groups', [TargetGroupArn]);
  const { loadBalancer, listener } = group;
  const targets = balancedTargets(loadBalancer, balancers.owner.region);
  const HealthCheckPort = String(loadBalancer.healthCheck?.port ?? TRAFFIC_PORT);
  const registered = new Map(targets.map((target) => [target.address as string, target]));
  const health = balancers.health();
  const asked = Targets ?? targets.map(({ address }) => ({ Id: address, Port: undefined }));
  const TargetHealthDescriptions = asked.map(({ Id, Port = listener.port }) => {
    const target = Port === listener.port ? registered.get(Id) : undefined;
    return {
      Target: { Id, Port, AvailabilityZone: target?.availabilityZone },
      HealthCheckPort,
      TargetHealth: target === undefined ? NOT_REGISTERED : healthContent(health.get(Id)),
    };
  });
  return { TargetHealthDescriptions };
}

const NOT_REGISTERED: Structure = {
  State: 'unused',
  Reason: 'Target.NotRegistered',
  Description: 'Target is not registered to the target group',
};

const NOT_IN_USE: Structure = {
  State: 'unused',
  Reason: 'Target.NotInUse',
  Description: 'No session sends copies to the target',
};

/** An address that loses copies still gets them, so it counts as healthy. */
function healthContent(health: AddressHealth | undefined): Structure {
  if (health === undefined) return NOT_IN_USE;
  if (health.state !== 'unreachable') return { State: 'healthy' };
  return { State: 'unhealthy', Reason: 'Target.FailedHealthChecks', Description: health.reason };
}

function loadBalancerContent({ owner, inventory }: Balancers, loadBalancer: NetworkLoadBalancer): Structure {
  const hasIpv6 = balancedTargets(loadBalancer, owner.region).some(({ address }) => address.includes(':'));
  return {
    LoadBalancerArn: arnOf(loadBalancer),
    LoadBalancerName: nameOf(loadBalancer),
    Scheme: 'internal',
    VpcId: inventory.ownPlace().vpcId,
    State: { Code: 'active' },
    Type: 'network',
    AvailabilityZones: zonesOf(loadBalancer, owner.region).map((ZoneName) => ({
      ZoneName,
      SubnetId: inventory.ownPlace(ZoneName).subnetId,
      LoadBalancerAddresses: [],
    })),
    SecurityGroups: [],
    IpAddressType: hasIpv6 ? 'dualstack' : 'ipv4',
  };
}

function listenerContent({ loadBalancer, listener }: Placed, owner: Owner): Structure {
  const TargetGroupArn = targetGroupArn(loadBalancer, listener, owner);
  return {
    ListenerArn: listenerArn(loadBalancer, listener, owner),
    LoadBalancerArn: arnOf(loadBalancer),
    Port: listener.port,
    Protocol: listener.protocol,
    DefaultActions: [
      { Type: 'forward', TargetGroupArn, Order: 1, ForwardConfig: { TargetGroups: [{ TargetGroupArn }] } },
    ],
  };
}

function targetGroupContent({ owner, inventory }: Balancers, { loadBalancer, listener }: Placed): Structure {
  const { healthCheck } = loadBalancer;
  return {
    TargetGroupArn: targetGroupArn(loadBalancer, listener, owner),
    TargetGroupName: targetGroupName(loadBalancer, listener),
    Protocol: listener.protocol,
    Port: listener.port,
    VpcId: inventory.ownPlace().vpcId,
    HealthCheckEnabled: healthCheck !== undefined,
    HealthCheckProtocol: healthCheck?.protocol,
    HealthCheckPort: healthCheck && String(healthCheck.port),
    HealthCheckIntervalSeconds: healthCheck?.intervalSeconds,
    HealthCheckTimeoutSeconds: healthCheck?.timeoutSeconds,
    HealthyThresholdCount: healthCheck?.healthyThresholdCount,
    UnhealthyThresholdCount: healthCheck?.unhealthyThresholdCount,
    HealthCheckPath: healthCheck?.protocol === 'HTTP' ? healthCheck.path : undefined,
    LoadBalancerArns: [arnOf(loadBalancer)],
    TargetType: 'ip',
  };
}

/** @param only the ARN of a load balancer; undefined: all. @throws Elbv2Error LoadBalancerNotFound */
function placedListeners({ loadBalancers }: Balancers, only: string | undefined): Placed[] {
  const asked = only === undefined ? [] : [only];
  const found = named(loadBalancers, asked, arnOf, ['LoadBalancer', 'Load balancers']);
  return found.flatMap((loadBalancer) =>
    listenersOf(loadBalancer).map((listener) => ({ loadBalancer, listener })),
  );
}

/** The items with the ids; all when none is asked for. @throws Elbv2Error `…NotFound` when one of them is missing */
function named<Item>(
  items: readonly Item[],
  asked: readonly string[],
  idOf: (item: Item) => string,
  [what, words]: readonly [what: string, words: string],
): readonly Item[] {
  if (asked.length === 0) return items;
  const wanted = new Set(asked);
  const found = items.filter((item) => wanted.has(idOf(item)));
  const known = new Set(found.map(idOf));
  const missing = [...wanted].filter((id) => !known.has(id));
  if (missing.length > 0) throw notFound(what, words, missing);
  return found;
}

/** @param query what the list depends on: a marker is for the same list only. @throws Elbv2Error ValidationError */
function pageOf<Item>(items: readonly Item[], { Marker, PageSize }: PageInput, query: unknown): Page<Item> {
  const digest = digestOf(query);
  const start = Marker === undefined ? 0 : readMarker(Marker, digest);
  const end = start + PageSize;
  return {
    items: items.slice(start, end),
    NextMarker: end < items.length ? Buffer.from(`${digest} ${end}`).toString('base64url') : undefined,
  };
}

function readMarker(marker: string, digest: string): number {
  const [, of, at] = /^(\S+) ([1-9]\d{0,8})$/.exec(Buffer.from(marker, 'base64url').toString()) ?? [];
  if (of !== digest) throw validationError('The specified marker is not valid');
  return Number(at);
}

function arnOf({ networkLoadBalancerArn }: NetworkLoadBalancer): string {
  return networkLoadBalancerArn;
}
