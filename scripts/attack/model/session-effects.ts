/** Targets and sessions: what their creation does, and the modification of sessions. */
import {
  COMBINATION,
  Codes,
  countOf,
  creationTags,
  type Effect,
  type Given,
  type Parts,
  refused,
  VALUE,
} from './parts.js';
import { type Inventory, QUOTAS, type Session, type State, withEntry } from './state.js';

const LOAD_BALANCER_LENGTH = 8500;
const MAXIMUM = { sessionNumber: 32_766, packetLength: 65_535, vni: 0xff_ffff } as const;

/** CreateTrafficMirrorTarget. */
export function createTarget({ state, account, given, inventory, made }: Parts): Effect {
  const codes = new Codes();
  const [parameter, name] = receiverOf(given);
  const addresses = addressesOf(inventory, parameter, name);
  const found = inventory.networkInterfaces.find(({ networkInterfaceId }) => networkInterfaceId === name);
  if (parameter === 'NetworkInterfaceId') {
    codes.addIf(found === undefined || !isVisible(found, account), 'InvalidNetworkInterfaceID.NotFound');
    codes.addIf(found?.address === undefined, VALUE);
    const same = [...state.targets.values()].some(
      ({ receiver }) => receiver[0] === parameter && receiver[1] === name,
    );
    codes.addIf(same, 'InterfaceInUseByTrafficMirrorTarget');
  } else if (addresses.length === 0) {
    codes.add(parameter === 'NetworkLoadBalancerArn' ? VALUE : 'InvalidVpcEndpointId.NotFound');
  }
  const sources = new Set([...state.sessions.values()].map(({ source }) => source));
  const isSource = inventory.networkInterfaces.some(
    ({ networkInterfaceId, address }) =>
      sources.has(networkInterfaceId) &&
      (networkInterfaceId === name || (address !== undefined && addresses.includes(address))),
  );
  codes.addIf(isSource, 'InterfaceInUseByTrafficMirrorSession');
  codes.addIf(countOf(state.targets, account) >= QUOTAS.targets, 'TrafficMirrorTargetLimitExceeded');
  if (codes.size > 0) return refused(codes);
  const target = {
    id: made.id,
    owner: account,
    receiver: [parameter, name] as const,
    description: given.optional('Description'),
    tags: creationTags(given),
  };
  return { kind: 'done', state: withEntry(state, 'targets', made.id, target), id: made.id };
}

/** CreateTrafficMirrorSession. */
export function createSession({ state, account, given, inventory, made }: Parts): Effect {
  const codes = new Codes();
  const source = given.text('NetworkInterfaceId');
  const found = inventory.networkInterfaces.find(({ networkInterfaceId }) => networkInterfaceId === source);
  codes.addIf(found === undefined || !isVisible(found, account), 'InvalidNetworkInterfaceID.NotFound');
  codes.addIf(found?.device === undefined, VALUE);
  const isTarget = [...state.targets.values()].some(
    ({ receiver: [parameter, name] }) =>
      name === source ||
      (found?.address !== undefined && addressesOf(inventory, parameter, name).includes(found.address)),
  );
  codes.addIf(isTarget, 'InterfaceInUseByTrafficMirrorTarget');
  const session: Session = {
    id: made.id,
    owner: account,
    source,
    target: given.text('TrafficMirrorTargetId'),
    filter: given.text('TrafficMirrorFilterId'),
    number: given.text('SessionNumber'),
    packetLength: lengthTowards(state, given.text('TrafficMirrorTargetId'), given.optional('PacketLength')),
    vni: given.optional('VirtualNetworkId') ?? made.vni,
    description: given.optional('Description'),
    tags: creationTags(given),
  };
  judgeSession(state, session, given, codes);
  const onSource = [...state.sessions.values()].filter((other) => other.source === source).length;
  codes.addIf(
    onSource >= QUOTAS.sessionsPerNetworkInterface,
    'TrafficMirrorSessionsPerInterfaceLimitExceeded',
  );
  codes.addIf(countOf(state.sessions, account) >= QUOTAS.sessions, 'TrafficMirrorSessionLimitExceeded');
  if (codes.size > 0) return refused(codes);
  return withSession(state, session, given.has('VirtualNetworkId'));
}

/** ModifyTrafficMirrorSession. */
export function modifySession({ state, account, given, made }: Parts): Effect {
  const codes = new Codes();
  const id = given.text('TrafficMirrorSessionId');
  const before = state.sessions.get(id);
  codes.addIf(before?.owner !== account, 'InvalidTrafficMirrorSessionId.NotFound');
  const removed = new Set(given.list('RemoveField'));
  const field = (name: string, parameter: string, old: string | undefined): string | undefined => {
    codes.addIf(removed.has(name) && given.has(parameter), COMBINATION);
    return removed.has(name) ? undefined : (given.optional(parameter) ?? old);
  };
  const target = given.optional('TrafficMirrorTargetId') ?? before?.target ?? '';
  const isVniKept = given.has('VirtualNetworkId') || !removed.has('virtual-network-id');
  const session: Session = {
    id,
    owner: account,
    source: before?.source ?? '',
    target,
    filter: given.optional('TrafficMirrorFilterId') ?? before?.filter ?? '',
    number: given.optional('SessionNumber') ?? before?.number ?? '1',
    packetLength: lengthTowards(state, target, field('packet-length', 'PacketLength', before?.packetLength)),
    vni: field('virtual-network-id', 'VirtualNetworkId', before?.vni) ?? made.vni,
    description: field('description', 'Description', before?.description),
    tags: before?.tags ?? {},
  };
  judgeSession(state, session, given, codes);
  if (codes.size > 0) return refused(codes);
  return withSession(state, session, isVniKept);
}

/** What must hold of a session among all others. */
function judgeSession(state: State, session: Session, given: Given, codes: Codes): void {
  const { id, owner, source, target, filter, number, packetLength } = session;
  const { sessionNumber, vni: mostVni } = MAXIMUM;
  codes.addIf(state.targets.get(target)?.owner !== owner, 'InvalidTrafficMirrorTargetId.NotFound');
  codes.addIf(state.filters.get(filter)?.owner !== owner, 'InvalidTrafficMirrorFilterId.NotFound');
  codes.addIf(Number(number) < 1 || Number(number) > sessionNumber, VALUE);
  codes.addIf(given.has('VirtualNetworkId') && given.number('VirtualNetworkId') > mostVni, VALUE);
  codes.addIf(given.has('PacketLength') && given.number('PacketLength') > MAXIMUM.packetLength, VALUE);
  codes.addIf(isLoadBalanced(state, target) && Number(packetLength) > LOAD_BALANCER_LENGTH, VALUE);
  const isTaken = [...state.sessions.values()].some(
    (other) => other.id !== id && other.source === source && other.number === number,
  );
  codes.addIf(isTaken, VALUE);
}

/** A network identifier that the daemon chose is one that no session had. */
function withSession(state: State, session: Session, isVniGiven: boolean): Effect {
  const isTaken = [...state.sessions.values()].some(({ vni }) => vni === session.vni);
  if (!isVniGiven && isTaken) return refused(new Codes());
  return { kind: 'done', state: withEntry(state, 'sessions', session.id, session), id: session.id };
}

function receiverOf(given: Given): [parameter: string, name: string] {
  const names = ['NetworkInterfaceId', 'NetworkLoadBalancerArn', 'GatewayLoadBalancerEndpointId'];
  const parameter = names.find((name) => given.has(name)) ?? '';
  return [parameter, given.text(parameter)];
}

/** Where a receiver sends to. */
function addressesOf(inventory: Inventory, parameter: string, name: string): readonly string[] {
  const { networkInterfaces, networkLoadBalancers, gatewayLoadBalancerEndpoints } = inventory;
  switch (parameter) {
    case 'NetworkInterfaceId':
      return networkInterfaces.flatMap((one) => (one.networkInterfaceId === name ? (one.address ?? []) : []));
    case 'NetworkLoadBalancerArn':
      return networkLoadBalancers.flatMap((one) => (one.networkLoadBalancerArn === name ? one.targets : []));
    default:
      return gatewayLoadBalancerEndpoints.flatMap((one) =>
        one.gatewayLoadBalancerEndpointId === name ? one.address : [],
      );
  }
}

function isLoadBalanced({ targets }: State, id: string): boolean {
  const target = targets.get(id);
  return target !== undefined && target.receiver[0] !== 'NetworkInterfaceId';
}

function lengthTowards(state: State, target: string, length: string | undefined): string | undefined {
  return length ?? (isLoadBalanced(state, target) ? String(LOAD_BALANCER_LENGTH) : undefined);
}

function isVisible({ ownerId }: { readonly ownerId?: string }, account: string): boolean {
  return ownerId === undefined || ownerId === account;
}
