/** Keys with several values each, as indexes need them. */
export class MultiMap<Key, Value> {
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
