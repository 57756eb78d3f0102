/** Tells which changes of the state can change what is mirrored. */
import type { Store } from '../state/store.js';
import type { Catalog } from './catalog.js';
import { CLIENT_TOKENS, type Entry, type Kind, type ResourceKinds } from './records.js';

export class PlanWatch {
  readonly #catalog: Catalog;
  #isStale = false;

  constructor(store: Store, catalog: Catalog) {
    this.#catalog = catalog;
    store.watch((table, key, before, after) => {
      if (this.#matters(table, key, before, after)) this.#isStale = true;
    });
  }

  /** Whether something has changed since the last call. */
  take(): boolean {
    const isStale = this.#isStale;
    this.#isStale = false;
    return isStale;
  }

  /** A target or filter matters when a session uses it; tables that are not known here may. */
  #matters(table: string, key: string, before: unknown, after: unknown): boolean {
    if (table === CLIENT_TOKENS) return false;
    if (table === 'targets') return this.#catalog.sessionsOfTarget(key).length > 0 && !isAlike(before, after);
    if (table === 'filters') return this.#catalog.sessionsOfFilter(key).length > 0 && !isAlike(before, after);
    return table !== 'sessions' || !isAlike(before, after);
  }
}

/** Apart from what is for people only. */
function isAlike(before: unknown, after: unknown): boolean {
  return before !== undefined && after !== undefined && essence(before) === essence(after);
}

function essence(value: unknown): string {
  const { resource } = value as Entry<ResourceKinds[Kind]>;
  return JSON.stringify({ ...resource, description: undefined, tags: undefined });
}
