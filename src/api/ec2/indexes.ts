/** Indexes of resources, for the catalog. */
import type { Vni } from '../../resources/numbers.js';
import type { InterfaceKey } from '../../resources/resource-set.js';
import type { Kind } from './kinds.js';

/** From keys to ids of resources. */
export class Indexes {
  readonly sessionsBySource = new MultiMap<string, string>();
  readonly sessionsByTarget = new MultiMap<string, string>();
  readonly sessionsByFilter = new MultiMap<string, string>();
  readonly sessionsByKey = new MultiMap<InterfaceKey, string>();
  readonly sessionsByVni = new MultiMap<Vni, string>();
  readonly targetsByInterface = new MultiMap<string, string>();
  readonly targetsByKey = new MultiMap<InterfaceKey, string>();
  readonly filterOfRule = new Map<string, string>();
  /** By `countKey`. */
  readonly counts = new Map<string, number>();
}

/** The key of `counts`. */
export function countKey(kind: Kind, ownerId: string): string {
  return `${kind} ${ownerId}`;
}

/** Keys with several values each. */
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
