/** Indexes of the catalog: they find resources by what these refer to, without a look at all others. */
import type { Vni } from '../../resources/numbers.js';
import {
  type InterfaceKey,
  interfaceKeys,
  type ResourceView,
  receiverKeys,
  sourceId,
} from '../../resources/resource-set.js';
import { rulesOf, type TrafficMirrorFilter } from '../../resources/traffic-mirror-filter.js';
import type { TrafficMirrorSession } from '../../resources/traffic-mirror-session.js';
import type { TrafficMirrorTarget } from '../../resources/traffic-mirror-target.js';
import { type Entry, isDeclared, type Kind, type ResourceKinds } from './kinds.js';

const NONE: ReadonlySet<string> = new Set();

type View = Pick<ResourceView<unknown>, 'findInterface' | 'receiverAddresses'>;

/** From keys to ids of resources. */
export class Indexes {
  readonly sessionsBySource = new MultiMap<string, string>();
  readonly sessionsByTarget = new MultiMap<string, string>();
  readonly sessionsByFilter = new MultiMap<string, string>();
  readonly sessionsByKey = new MultiMap<InterfaceKey, string>();
  /** Of sessions that the API made: sources, by the id of the target. */
  readonly #createdSources = new Map<string, CountedSet>();
  readonly sessionsByVni = new MultiMap<Vni, string>();
  readonly targetsByInterface = new MultiMap<string, string>();
  readonly targetsByKey = new MultiMap<InterfaceKey, string>();
  readonly filterOfRule = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #view: View;

  /** @param view resolves interfaces and receivers; it must stay the same as long as the indexes are used */
  constructor(view: View) {
    this.#view = view;
  }

  /** How many resources of the kind the account owns. */
  count(kind: Kind, ownerId: string): number {
    return this.#counts.get(countKey(kind, ownerId)) ?? 0;
  }

  /** Adds a resource, or deletes one that was added. */
  update(kind: Kind, entry: Entry<ResourceKinds[Kind]>, step: 'add' | 'delete'): void {
    const { ownerId, resource } = entry;
    this.#counts.set(countKey(kind, ownerId), this.count(kind, ownerId) + (step === 'add' ? 1 : -1));
    if (kind === 'targets') this.#updateTarget(resource as TrafficMirrorTarget, step);
    if (kind === 'filters') this.#updateFilter(resource as TrafficMirrorFilter, step);
    if (kind === 'sessions') {
      this.#updateSession(resource as TrafficMirrorSession, step);
      if (!isDeclared(entry)) this.#updateCreatedSources(resource as TrafficMirrorSession, step);
    }
  }

  /** The sources of the sessions that the API made to a target. */
  createdSourcesOf(targetId: string): ReadonlySet<string> {
    return this.#createdSources.get(targetId)?.values ?? NONE;
  }

  #updateTarget(target: TrafficMirrorTarget, step: 'add' | 'delete'): void {
    const { networkInterfaceId, trafficMirrorTargetId } = target;
    for (const key of receiverKeys(this.#view, target)) this.targetsByKey[step](key, trafficMirrorTargetId);
    if (networkInterfaceId !== undefined) {
      this.targetsByInterface[step](sourceId(this.#view, networkInterfaceId), trafficMirrorTargetId);
    }
  }

  #updateFilter(filter: TrafficMirrorFilter, step: 'add' | 'delete'): void {
    for (const { id } of rulesOf(filter)) {
      if (step === 'add') this.filterOfRule.set(id, filter.trafficMirrorFilterId);
      else this.filterOfRule.delete(id);
    }
  }

  #updateCreatedSources(session: TrafficMirrorSession, step: 'add' | 'delete'): void {
    const { trafficMirrorTargetId: targetId, networkInterfaceId } = session;
    const sources = this.#createdSources.get(targetId) ?? new CountedSet();
    sources[step](sourceId(this.#view, networkInterfaceId));
    if (sources.values.size === 0) this.#createdSources.delete(targetId);
    else this.#createdSources.set(targetId, sources);
  }

  #updateSession(session: TrafficMirrorSession, step: 'add' | 'delete'): void {
    const { trafficMirrorSessionId: id, networkInterfaceId } = session;
    this.sessionsBySource[step](sourceId(this.#view, networkInterfaceId), id);
    this.sessionsByTarget[step](session.trafficMirrorTargetId, id);
    this.sessionsByFilter[step](session.trafficMirrorFilterId, id);
    this.sessionsByVni[step](session.virtualNetworkId, id);
    for (const key of interfaceKeys(this.#view.findInterface(networkInterfaceId))) {
      this.sessionsByKey[step](key, id);
    }
  }
}

/** Texts, each counted. */
class CountedSet {
  readonly #counts = new Map<string, number>();
  readonly values = new Set<string>();

  add(value: string): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    this.values.add(value);
  }

  delete(value: string): void {
    const left = (this.#counts.get(value) ?? 0) - 1;
    if (left > 0) return void this.#counts.set(value, left);
    this.#counts.delete(value);
    this.values.delete(value);
  }
}

function countKey(kind: Kind, ownerId: string): string {
  return `${kind} ${ownerId}`;
}

/** A map that holds several values for a key. */
class MultiMap<Key, Value> {
  readonly #sets = new Map<Key, Set<Value>>();
  readonly #none: ReadonlySet<Value> = new Set();

  add(key: Key, value: Value): void {
    const values = this.#sets.get(key);
    if (values === undefined) this.#sets.set(key, new Set([value]));
    else values.add(value);
  }

  delete(key: Key, value: Value): void {
    const values = this.#sets.get(key);
    values?.delete(value);
    if (values?.size === 0) this.#sets.delete(key);
  }

  has(key: Key): boolean {
    return this.#sets.has(key);
  }

  get(key: Key): ReadonlySet<Value> {
    return this.#sets.get(key) ?? this.#none;
  }
}
