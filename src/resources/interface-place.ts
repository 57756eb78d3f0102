/**
 * The place of an interface in the cloud's model: its network, and the instance that it belongs to. Clients look for
 * interfaces by it. Its zone also decides which receivers of a load balancer take its copies, where `crossZone` is false.
 */
import { createHash } from 'node:crypto';
import { type Draft, entries } from './draft.js';
import type { InterfacePlace, NetworkInterface } from './network-interface.js';
import { show } from './parsed.js';
import { type CodedProblem, formatPath } from './problem.js';

/** The attributes of an instance that CloudWatch has dimensions for, beside its id. */
const INSTANCE_ATTRIBUTES = ['instanceType', 'imageId', 'autoScalingGroupName'] as const;

/** The place of an interface with its defaults, and with what others of its subnet and instance say. */
export interface KnownPlace
  extends Pick<InterfacePlace, 'instanceId' | (typeof INSTANCE_ATTRIBUTES)[number]> {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  /** False when `vpcId` and `subnetId` come from the host and its network namespace. */
  readonly isVpcGiven: boolean;
  readonly isSubnetGiven: boolean;
}

/** Where the interfaces are. */
export interface PlaceOptions {
  /** Identifies the host; it cannot be found out from the ids that are made of it. */
  readonly host: string;
  readonly region: string;
}

type Attribute = Exclude<keyof InterfacePlace, 'securityGroups' | 'tags'>;

/** What the interfaces of one subnet, or of one instance, have in common. */
const SHARED: readonly (readonly [group: Attribute, attributes: readonly Attribute[]])[] = [
  ['subnetId', ['vpcId', 'availabilityZone']],
  ['instanceId', ['availabilityZone', ...INSTANCE_ATTRIBUTES]],
];

const ID_DIGITS = 17;

/** Reports `different-place`: interfaces of one subnet or instance that say different things of it. */
export function checkPlaces(
  interfaces: readonly (Draft<NetworkInterface> | undefined)[] | undefined,
): CodedProblem<'different-place'>[] {
  const firsts = new Map<string, readonly [index: number, value: string]>();
  const problems: CodedProblem<'different-place'>[] = [];
  for (const [index, networkInterface] of entries(interfaces)) {
    for (const [group, attribute, key] of sharedKeys(networkInterface)) {
      const value = networkInterface[attribute];
      const first = firsts.get(key);
      if (value === undefined) continue;
      if (first === undefined) firsts.set(key, [index, value]);
      else if (first[1] !== value) {
        const other = formatPath(['networkInterfaces', first[0], attribute]);
        const text = `${show(value)}, but ${other} is ${show(first[1])}, with the same ${group}`;
        problems.push({ path: ['networkInterfaces', index, attribute], code: 'different-place', text });
      }
    }
  }
  return problems;
}

/** The places of interfaces that `checkPlaces` has nothing against. */
export function placesOf(
  interfaces: readonly NetworkInterface[],
  options: PlaceOptions,
): ReadonlyMap<NetworkInterface, KnownPlace> {
  const shared = sharedValues(interfaces);
  return new Map(
    interfaces.map((networkInterface) => [
      networkInterface,
      placeOf(networkInterface, saidOf(networkInterface, shared), options),
    ]),
  );
}

/**
 * Finds the zones of interfaces: what an interface says, else what others of its subnet or its instance say. Undefined: none
 * of them says one.
 */
export function zoneFinder(
  interfaces: readonly NetworkInterface[],
): (networkInterface: NetworkInterface) => string | undefined {
  const shared = sharedValues(interfaces);
  return (networkInterface) =>
    networkInterface.availabilityZone ?? saidOf(networkInterface, shared).availabilityZone;
}

/** The id of the network that a namespace stands for. @param netns its path; undefined: that of the daemon */
export function vpcOfNamespace(host: string, netns: string | undefined): string {
  return `vpc-${digitsOf(['vpc', host, netns ?? ''])}`;
}

/** The id of the subnet that a network has in each zone. @param network a namespace as for `vpcOfNamespace`, or a VPC */
export function defaultSubnet(host: string, network: string | undefined, zone: string): string {
  return `subnet-${digitsOf(['subnet', host, network ?? '', zone])}`;
}

/** The zone of what says none. */
export function defaultZone(region: string): string {
  return `${region}a`;
}

/** 17 hex digits of a hash, as ids in the cloud have. */
export function digitsOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, ID_DIGITS);
}

function placeOf(
  { netns, ...own }: NetworkInterface,
  said: Partial<Record<Attribute, string>>,
  { host, region }: PlaceOptions,
): KnownPlace {
  const vpcId = own.vpcId ?? said.vpcId;
  const availabilityZone = own.availabilityZone ?? said.availabilityZone ?? defaultZone(region);
  const known: Partial<Record<Attribute, string>> = {};
  for (const name of ['instanceId', ...INSTANCE_ATTRIBUTES] as const) {
    const value = own[name] ?? said[name];
    if (value !== undefined) known[name] = value;
  }
  return {
    ...known,
    vpcId: vpcId ?? vpcOfNamespace(host, netns),
    subnetId: own.subnetId ?? defaultSubnet(host, own.vpcId ?? netns, availabilityZone),
    availabilityZone,
    isVpcGiven: vpcId !== undefined,
    isSubnetGiven: own.subnetId !== undefined,
  };
}

/** What is said of subnets and instances, by the keys of `sharedKeys`. */
function sharedValues(interfaces: readonly NetworkInterface[]): ReadonlyMap<string, string> {
  const shared = new Map<string, string>();
  for (const networkInterface of interfaces) {
    for (const [, attribute, key] of sharedKeys(networkInterface)) {
      const value = networkInterface[attribute];
      if (value !== undefined && !shared.has(key)) shared.set(key, value);
    }
  }
  return shared;
}

/** What is said of the subnet and the instance of an interface; the subnet goes first. */
function saidOf(
  networkInterface: NetworkInterface,
  shared: ReadonlyMap<string, string>,
): Partial<Record<Attribute, string>> {
  const said: Partial<Record<Attribute, string>> = {};
  for (const [, attribute, key] of sharedKeys(networkInterface)) {
    const value = shared.get(key);
    if (value !== undefined) said[attribute] ??= value;
  }
  return said;
}

/** The attributes that an interface shares with others, each with a key that is the same for all of them. */
function sharedKeys(
  networkInterface: Draft<NetworkInterface>,
): (readonly [group: Attribute, attribute: Attribute, key: string])[] {
  return SHARED.flatMap(([group, attributes]) => {
    const id = networkInterface[group];
    if (id === undefined) return [];
    return attributes.map((attribute) => [group, attribute, JSON.stringify([group, id, attribute])] as const);
  });
}
