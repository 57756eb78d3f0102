/** All resources, of the configuration file and of the API, and indexes, which every change updates, also one undone. */
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
  type ReceiverResolver,
  type ResourceSet,
  type ResourceView,
  receiverResolver,
  sourceId,
} from '../../resources/resource-set.js';
import { checkSessionNumber } from '../../resources/rules.js';
import { type RulePlace, rulesOf, type TrafficMirrorFilter } from '../../resources/traffic-mirror-filter.js';
import type { TrafficMirrorSession } from '../../resources/traffic-mirror-session.js';
import type { Receiver } from '../../resources/traffic-mirror-target.js';
import type { Store } from '../state/store.js';
import { Indexes } from './indexes.js';
import { type Entry, KINDS, type Kind, notFound, type ResourceKinds } from './kinds.js';

/** A rule and its filter. */
export interface FoundRule extends RulePlace {
  readonly filter: Entry<TrafficMirrorFilter>;
}

/** The resources of the configuration file, with what is derived from them. */
interface Declared {
  readonly file: ResourceSet;
  readonly entries: Entries;
  readonly interfaces: ReadonlySet<NetworkInterface>;
  readonly findInterface: InterfaceResolver<NetworkInterface>;
  readonly receiverAddresses: ReceiverResolver;
  readonly view: FileView;
}

/** Orders of declared resources begin here; those of matches behind all of the file. */
const FIRST_OF_FILE = -(2 ** 40);
const FIRST_OF_MATCHES = -(2 ** 39);

type Entries = { readonly [K in Kind]: Map<string, Entry<ResourceKinds[K]>> };

/** All resources. As a view for the rules across resources, it names sessions by their ids. */
export class Catalog implements ResourceView<string> {
  readonly #store: Store;
  #declared: Declared;
  #indexes: Indexes;
  #lastOrder = 0;
  readonly #orders = new DeclaredOrders();

  /** @param ownerId the account that owns the resources of the file */
  constructor(store: Store, file: ResourceSet, ownerId: string) {
    this.#store = store;
    this.#declared = declaredOf(file, ownerId, this.#orders);
    this.#indexes = this.#newIndexes();
    store.watch((table, _key, before, after) => {
      if (isKind(table)) this.#updateIndexes(table, before, after);
    });
  }

  /** Replaces the resources of the configuration file; those of the API stay. */
  declare(file: ResourceSet, ownerId: string): void {
    this.#declared = declaredOf(file, ownerId, this.#orders);
    this.#indexes = this.#newIndexes();
  }

  isDeclaredInterface(networkInterface: NetworkInterface): boolean {
    return this.#declared.interfaces.has(networkInterface);
  }

  get networkInterfaces(): readonly NetworkInterface[] {
    return this.#declared.file.networkInterfaces;
  }

  /** The configuration file's resources, of which the API makes none but targets, filters and sessions. */
  get declared(): ResourceSet {
    return this.#declared.file;
  }

  find<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> | undefined {
    return this.#declared.entries[kind].get(id) ?? this.#createdByApi(kind).get(id);
  }

  /** A resource that the API created. @throws Ec2Error `….NotFound` when it is no longer there */
  created<K extends Kind>(kind: K, id: string): Entry<ResourceKinds[K]> {
    const found = this.find(kind, id);
    if (found === undefined) throw notFound(kind, id);
    return found;
  }

  /** The resources of a kind: those of the file, then those of the API by age, the oldest first. */
  *all<K extends Kind>(kind: K): Generator<Entry<ResourceKinds[K]>> {
    yield* this.#declared.entries[kind].values();
    yield* [...this.#createdByApi(kind).values()].sort((a, b) => a.order - b.order);
  }

  /** The resources of a kind that the API created, in no order. */
  *allCreated<K extends Kind>(kind: K): Generator<Entry<ResourceKinds[K]>> {
    yield* this.#createdByApi(kind).values();
  }

  findRule(id: string): FoundRule | undefined {
    const filter = this.find('filters', this.#indexes.filterOfRule.get(id) ?? '');
    const place = filter && rulesOf(filter.resource).find((candidate) => candidate.id === id);
    return filter && place && { filter, ...place };
  }

  findInterface(id: string): NetworkInterface | undefined {
    return this.#declared.findInterface(id);
  }

  /** The addresses that copies are sent to; none when the receiver, or its address, is not there. */
  receiverAddresses(receiver: Receiver): readonly UnderlayAddress[] {
    return this.#declared.receiverAddresses(receiver);
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

  /** The session of the configuration file that has the number on the interface that the id stands for. */
  declaredSessionWithNumber(networkInterfaceId: string, sessionNumber: number): string | undefined {
    const index = checkSessionNumber(this.#declared.view, networkInterfaceId, sessionNumber)?.other;
    return index === undefined
      ? undefined
      : this.#declared.file.trafficMirrorSessions[index]?.trafficMirrorSessionId;
  }

  /** A target whose receiver is the interface with the key. */
  targetWithKey(key: InterfaceKey): string | undefined {
    return firstOf(this.#indexes.targetsByKey.get(key));
  }

  /** The target of type network-interface on the interface that the id stands for. */
  targetOfInterface(networkInterfaceId: string): string | undefined {
    return firstOf(this.#indexes.targetsByInterface.get(this.#sourceId(networkInterfaceId)));
  }

  /**
   * Counts the sources that sessions of the API mirror to an interface, with one more. A file may have several targets on
   * the interface.
   * @returns undefined: the source is among them already
   */
  sourcesWith(networkInterfaceId: string, receiverId: string): number | undefined {
    const source = this.#sourceId(networkInterfaceId);
    const targets = [...this.#indexes.targetsByInterface.get(this.#sourceId(receiverId))];
    const sets = targets.map((id) => this.#indexes.createdSourcesOf(id)).filter(({ size }) => size > 0);
    if (sets.some((sources) => sources.has(source))) return undefined;
    const [only] = sets;
    return sets.length > 1
      ? new Set(sets.flatMap((sources) => [...sources])).size + 1
      : (only?.size ?? 0) + 1;
  }

  isVniTaken(vni: Vni): boolean {
    return this.#indexes.sessionsByVni.has(vni);
  }

  /** Whether a session that the API created has the identifier. */
  isVniCreated(vni: Vni): boolean {
    const created = this.#createdByApi('sessions');
    for (const id of this.#indexes.sessionsByVni.get(vni)) if (created.has(id)) return true;
    return false;
  }

  /** Whether a selector found the interface; undefined: no interface has the id. */
  isPassing(networkInterfaceId: string): boolean | undefined {
    const found = this.findInterface(networkInterfaceId);
    return found === undefined ? undefined : found.selectorId !== undefined;
  }

  count(kind: Kind, ownerId: string): number {
    return this.#indexes.count(kind, ownerId);
  }

  /** The order of the next resource. */
  nextOrder(): number {
    this.#lastOrder += 1;
    return this.#lastOrder;
  }

  #createdByApi<K extends Kind>(kind: K): ReadonlyMap<string, Entry<ResourceKinds[K]>> {
    return this.#store.table<Entry<ResourceKinds[K]>>(kind);
  }

  #sourceId(id: string): string {
    return sourceId(this, id);
  }

  #sessions(ids: ReadonlySet<string>): Entry<TrafficMirrorSession>[] {
    return [...ids].flatMap((id) => this.find('sessions', id) ?? []);
  }

  #updateIndexes(kind: Kind, before: unknown, after: unknown): void {
    if (before !== undefined) this.#indexes.update(kind, before as Entry<ResourceKinds[Kind]>, 'delete');
    if (after !== undefined) this.#add(this.#indexes, kind, after as Entry<ResourceKinds[Kind]>);
  }

  #newIndexes(): Indexes {
    const indexes = new Indexes(this);
    for (const kind of KINDS) for (const entry of this.all(kind)) this.#add(indexes, kind, entry);
    return indexes;
  }

  #add(indexes: Indexes, kind: Kind, entry: Entry<ResourceKinds[Kind]>): void {
    this.#lastOrder = Math.max(this.#lastOrder, entry.order);
    indexes.update(kind, entry, 'add');
  }
}

function isKind(table: string): table is Kind {
  return (KINDS as readonly string[]).includes(table);
}

function firstOf(ids: ReadonlySet<string>): string | undefined {
  for (const id of ids) return id;
  return undefined;
}

/** Orders of declared resources: negative, and the same for as long as they are there, since tokens of pages hold them. */
class DeclaredOrders {
  /** Of sessions that were made for matches of selectors, which come and go between two pages. */
  #ofMatches = new Map<string, number>();
  #last = FIRST_OF_MATCHES;

  of(id: string, index: number, resource: unknown): number {
    const { selectorId } = resource as { readonly selectorId?: string };
    if (selectorId === undefined) return FIRST_OF_FILE + index;
    const order = this.#ofMatches.get(id) ?? this.#last + 1;
    this.#last = Math.max(this.#last, order);
    this.#ofMatches.set(id, order);
    return order;
  }

  /** Forgets all other sessions. */
  keepOnly(sessions: readonly TrafficMirrorSession[]): void {
    const kept = new Set(sessions.map(({ trafficMirrorSessionId }) => trafficMirrorSessionId));
    for (const id of this.#ofMatches.keys()) if (!kept.has(id)) this.#ofMatches.delete(id);
  }
}

function declaredOf(file: ResourceSet, ownerId: string, orders: DeclaredOrders): Declared {
  orders.keepOnly(file.trafficMirrorSessions);
  return {
    file,
    entries: declaredEntries(file, ownerId, orders),
    interfaces: new Set(file.networkInterfaces),
    findInterface: interfaceResolver(file.networkInterfaces),
    receiverAddresses: receiverResolver(file),
    view: new FileView(file),
  };
}

function declaredEntries(file: ResourceSet, ownerId: string, orders: DeclaredOrders): Entries {
  return {
    targets: entriesById(file.trafficMirrorTargets, 'trafficMirrorTargetId', ownerId, orders),
    filters: entriesById(file.trafficMirrorFilters, 'trafficMirrorFilterId', ownerId, orders),
    sessions: entriesById(file.trafficMirrorSessions, 'trafficMirrorSessionId', ownerId, orders),
  };
}

function entriesById<Resource, Key extends keyof Resource>(
  resources: readonly Resource[],
  key: Key,
  ownerId: string,
  orders: DeclaredOrders,
): Map<string, Entry<Resource>> {
  const entries = resources.map((resource, index): Entry<Resource> => {
    const order = orders.of(String(resource[key]), index, resource);
    return { ownerId, order, resource };
  });
  // Pages are made in the order of orders.
  entries.sort((a, b) => a.order - b.order);
  return new Map(entries.map((entry) => [String(entry.resource[key]), entry]));
}
