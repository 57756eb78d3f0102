/**
 * All resources, those of the configuration file and those of the API, with the indexes by which one is found
 * without a look at all others. The indexes follow the durable state change by change, also when one is undone.
 */
import type { UnderlayAddress } from '../../resources/address.js';
import {
  type InterfaceResolver,
  interfaceResolver,
  type NetworkInterface,
} from '../../resources/network-interface.js';
import type { Vni } from '../../resources/numbers.js';
import {
  FileView,
  type InterfaceKey,
  interfaceKeys,
  type ReceiverResolver,
  type ResourceSet,
  type ResourceView,
  receiverKeys,
  receiverResolver,
  sourceId,
} from '../../resources/resource-set.js';
import { checkSessionNumber } from '../../resources/rules.js';
import { type RulePlace, rulesOf, type TrafficMirrorFilter } from '../../resources/traffic-mirror-filter.js';
import type { TrafficMirrorSession } from '../../resources/traffic-mirror-session.js';
import type {
  GatewayLoadBalancerEndpoint,
  NetworkLoadBalancer,
  Receiver,
  TrafficMirrorTarget,
} from '../../resources/traffic-mirror-target.js';
import type { Store } from '../state/store.js';
import { countKey, Indexes } from './indexes.js';
import { type Entry, KINDS, type Kind, notFound, type ResourceKinds } from './kinds.js';

/** A rule and the filter that it stands in. */
export interface FoundRule extends RulePlace {
  readonly filter: Entry<TrafficMirrorFilter>;
}

type Entries = { readonly [K in Kind]: Map<string, Entry<ResourceKinds[K]>> };

/** @see ResourceView: sessions and targets are named by their ids */
export class Catalog implements ResourceView<string> {
  readonly #store: Store;
  #file: ResourceSet;
  /** Of the configuration file. */
  #declared: Entries;
  #resolve: InterfaceResolver<NetworkInterface>;
  #receiverAddresses: ReceiverResolver;
  #declaredInterfaces: ReadonlySet<NetworkInterface>;
  #declaredView: FileView;
  #indexes = new Indexes();
  #lastOrder: number;

  /** @param ownerId whose the resources of the file are */
  constructor(store: Store, file: ResourceSet, ownerId: string) {
    this.#store = store;
    this.#file = file;
    this.#declared = declaredEntries(file, ownerId);
    this.#resolve = interfaceResolver(file.networkInterfaces);
    this.#receiverAddresses = receiverResolver(file);
    this.#declaredInterfaces = new Set(file.networkInterfaces);
    this.#declaredView = new FileView(file);
    this.#lastOrder = 0;
    this.#index();
    store.watch((table, _key, before, after) => {
      if (isKind(table)) this.#follow(table, before, after);
    });
  }

  /** Takes another configuration file; resources of the API stay as they are. */
  declare(file: ResourceSet, ownerId: string): void {
    this.#file = file;
    this.#declared = declaredEntries(file, ownerId);
    this.#resolve = interfaceResolver(file.networkInterfaces);
    this.#receiverAddresses = receiverResolver(file);
    this.#declaredInterfaces = new Set(file.networkInterfaces);
    this.#declaredView = new FileView(file);
    this.#index();
  }

  isDeclaredInterface(networkInterface: NetworkInterface): boolean {
    return this.#declaredInterfaces.has(networkInterface);
  }

  get networkInterfaces(): readonly NetworkInterface[] {
    return this.#file.networkInterfaces;
  }

  get networkLoadBalancers(): readonly NetworkLoadBalancer[] {
    return this.#file.networkLoadBalancers;
  }

  get gatewayLoadBalancerEndpoints(): readonly GatewayLoadBalancerEndpoint[] {
    return this.#file.gatewayLoadBalancerEndpoints;
  }

  find<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> | undefined {
    return this.#declared[kind].get(id) ?? this.#own(kind).get(id);
  }

  /** A resource that the API has just made, or knows to have made. @throws Ec2Error `….NotFound` when it is gone */
  created<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> {
    const found = this.find(kind, id);
    if (found === undefined) throw notFound(kind, id);
    return found;
  }

  /** Those of the file first, the others from the oldest on. */
  *all<K extends Kind>(kind: K): Generator<Entry<ResourceKinds[K]>> {
    yield* this.#declared[kind].values();
    yield* [...this.#own(kind).values()].sort((a, b) => a.order - b.order);
  }

  /** Those that the API made, in no order. */
  *allCreated<K extends Kind>(kind: K): Generator<Entry<ResourceKinds[K]>> {
    yield* this.#own(kind).values();
  }

  findRule(id: string): FoundRule | undefined {
    const filter = this.find('filters', this.#indexes.filterOfRule.get(id) ?? '');
    const place = filter && rulesOf(filter.resource).find((candidate) => candidate.id === id);
    return filter && place && { filter, ...place };
  }

  findInterface(id: string): NetworkInterface | undefined {
    return this.#resolve(id);
  }

  /** Where copies go; nowhere when the receiver, or its address, is not there. */
  receiverAddresses(receiver: Receiver): readonly UnderlayAddress[] {
    return this.#receiverAddresses(receiver);
  }

  /** The sessions on the interface that the id stands for. */
  sessionsOfSource(networkInterfaceId: string): Entry<TrafficMirrorSession>[] {
    return this.#sessions(this.#indexes.sessionsBySource.get(this.#sourceId(networkInterfaceId)));
  }

  sessionsOfTarget(id: string): Entry<TrafficMirrorSession>[] {
    return this.#sessions(this.#indexes.sessionsByTarget.get(id));
  }

  sessionsOfFilter(id: string): Entry<TrafficMirrorSession>[] {
    return this.#sessions(this.#indexes.sessionsByFilter.get(id));
  }

  *sessionsWithNumber(networkInterfaceId: string, sessionNumber: number): Generator<string> {
    for (const { resource } of this.sessionsOfSource(networkInterfaceId)) {
      if (resource.sessionNumber === sessionNumber) yield resource.trafficMirrorSessionId;
    }
  }

  sessionWithKey(key: InterfaceKey): string | undefined {
    return firstOf(this.#indexes.sessionsByKey.get(key));
  }

  /** A session of the configuration file that has the number on the interface that the id stands for. */
  declaredSessionWithNumber(networkInterfaceId: string, sessionNumber: number): string | undefined {
    const index = checkSessionNumber(this.#declaredView, networkInterfaceId, sessionNumber)?.other;
    return index === undefined ? undefined : this.#file.trafficMirrorSessions[index]?.trafficMirrorSessionId;
  }

  /** A target that sends to the interface with the key. */
  targetWithKey(key: InterfaceKey): string | undefined {
    return firstOf(this.#indexes.targetsByKey.get(key));
  }

  /** The target of type network-interface that the interface is. */
  targetOfInterface(networkInterfaceId: string): string | undefined {
    return firstOf(this.#indexes.targetsByInterface.get(this.#sourceId(networkInterfaceId)));
  }

  isVniTaken(vni: Vni): boolean {
    return this.#indexes.sessionsByVni.has(vni);
  }

  count(kind: Kind, ownerId: string): number {
    return this.#indexes.counts.get(countKey(kind, ownerId)) ?? 0;
  }

  /** For the next resource. */
  nextOrder(): number {
    this.#lastOrder += 1;
    return this.#lastOrder;
  }

  #own<K extends Kind>(kind: K): ReadonlyMap<string, Entry<ResourceKinds[K]>> {
    return this.#store.table<Entry<ResourceKinds[K]>>(kind);
  }

  #sourceId(id: string): string {
    return sourceId(this, id);
  }

  #sessions(ids: ReadonlySet<string>): Entry<TrafficMirrorSession>[] {
    return [...ids].flatMap((id) => this.find('sessions', id) ?? []);
  }

  #index(): void {
    this.#indexes = new Indexes();
    for (const kind of KINDS) for (const entry of this.all(kind)) this.#put(kind, entry, 'add');
  }

  #follow(kind: Kind, before: unknown, after: unknown): void {
    if (before !== undefined) this.#put(kind, before as Entry<ResourceKinds[Kind]>, 'delete');
    if (after !== undefined) this.#put(kind, after as Entry<ResourceKinds[Kind]>, 'add');
  }

  #put(kind: Kind, entry: Entry<ResourceKinds[Kind]>, step: 'add' | 'delete'): void {
    const key = countKey(kind, entry.ownerId);
    const { counts } = this.#indexes;
    counts.set(key, (counts.get(key) ?? 0) + (step === 'add' ? 1 : -1));
    this.#lastOrder = Math.max(this.#lastOrder, entry.order);
    if (kind === 'targets') this.#putTarget(entry.resource as TrafficMirrorTarget, step);
    if (kind === 'filters') this.#putFilter(entry.resource as TrafficMirrorFilter, step);
    if (kind === 'sessions') this.#putSession(entry.resource as TrafficMirrorSession, step);
  }

  #putTarget(target: TrafficMirrorTarget, step: 'add' | 'delete'): void {
    const { targetsByKey, targetsByInterface } = this.#indexes;
    const { networkInterfaceId, trafficMirrorTargetId } = target;
    for (const key of receiverKeys(this, target)) targetsByKey[step](key, trafficMirrorTargetId);
    if (networkInterfaceId !== undefined) {
      targetsByInterface[step](this.#sourceId(networkInterfaceId), trafficMirrorTargetId);
    }
  }

  #putFilter(filter: TrafficMirrorFilter, step: 'add' | 'delete'): void {
    const { filterOfRule } = this.#indexes;
    for (const { id } of rulesOf(filter)) {
      if (step === 'add') filterOfRule.set(id, filter.trafficMirrorFilterId);
      else filterOfRule.delete(id);
    }
  }

  #putSession(session: TrafficMirrorSession, step: 'add' | 'delete'): void {
    const { sessionsBySource, sessionsByTarget, sessionsByFilter, sessionsByKey, sessionsByVni } =
      this.#indexes;
    const id = session.trafficMirrorSessionId;
    sessionsBySource[step](this.#sourceId(session.networkInterfaceId), id);
    sessionsByTarget[step](session.trafficMirrorTargetId, id);
    sessionsByFilter[step](session.trafficMirrorFilterId, id);
    sessionsByVni[step](session.virtualNetworkId, id);
    for (const key of interfaceKeys(this.#resolve(session.networkInterfaceId))) sessionsByKey[step](key, id);
  }
}

function isKind(table: string): table is Kind {
  return (KINDS as readonly string[]).includes(table);
}

function firstOf(ids: ReadonlySet<string>): string | undefined {
  for (const id of ids) return id;
  return undefined;
}

function declaredEntries(file: ResourceSet, ownerId: string): Entries {
  return {
    targets: entriesById(file.trafficMirrorTargets, 'trafficMirrorTargetId', ownerId),
    filters: entriesById(file.trafficMirrorFilters, 'trafficMirrorFilterId', ownerId),
    sessions: entriesById(file.trafficMirrorSessions, 'trafficMirrorSessionId', ownerId),
  };
}

function entriesById<Resource, Key extends keyof Resource>(
  resources: readonly Resource[],
  key: Key,
  ownerId: string,
): Map<string, Entry<Resource>> {
  return new Map(
    resources.map((resource, index) => [
      String(resource[key]),
      { ownerId, order: index - resources.length, resource },
    ]),
  );
}
