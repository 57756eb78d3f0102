/**
 * Finds an order in which calls that were made at once could have been made one after another, so that each has its
 * answer and what is shown afterwards is what is there (linearizability, Herlihy and Wing, 1990).
 */
import { isDeepStrictEqual } from 'node:util';
import type { Call } from './calls.js';
import { effectOf } from './effects.js';
import { resourceIn, type Shown, shownOf } from './observe.js';
import type { Made } from './parts.js';
import type { Inventory, State } from './state.js';

/** A call with its answer. */
export interface Exchange {
  readonly call: Call;
  /** Undefined: it was done. */
  readonly code: string | undefined;
  readonly content: Readonly<Record<string, unknown>>;
}

/** ok: the state after the calls. Else what stood against the order that went farthest. */
export type Linearized =
  | { readonly ok: true; readonly state: State }
  | { readonly ok: false; readonly why: string };

/** @param shown what is shown when all of the calls are answered */
export function linearize(
  before: State,
  exchanges: readonly Exchange[],
  shown: Shown,
  inventory: Inventory,
): Linearized {
  const search = new Search(shown, inventory);
  const state = search.from(before, exchanges);
  return state === undefined ? { ok: false, why: search.why } : { ok: true, state };
}

class Search {
  readonly #shown: Shown;
  readonly #inventory: Inventory;
  /** How many calls were left where the search went farthest, and why it did not go on. */
  #fewest = Number.POSITIVE_INFINITY;
  readonly #why = new Set<string>();

  constructor(shown: Shown, inventory: Inventory) {
    this.#shown = shown;
    this.#inventory = inventory;
  }

  get why(): string {
    return [...this.#why].join('; or ');
  }

  /** @returns the state after the calls; undefined when no order explains them */
  from(before: State, exchanges: readonly Exchange[]): State | undefined {
    if (exchanges.length === 0) {
      const there = shownOf(before);
      if (isDeepStrictEqual(there, this.#shown)) return before;
      this.#note(0, () => `shown is ${differences(there, this.#shown)}`);
      return undefined;
    }
    for (const [index, exchange] of exchanges.entries()) {
      const after = stepOver(before, exchange, this.#inventory);
      if (typeof after === 'string') {
        this.#note(exchanges.length, () => `${after}: ${JSON.stringify(exchange)}`);
        continue;
      }
      const found = this.from(after, exchanges.toSpliced(index, 1));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #note(left: number, why: () => string): void {
    if (left > this.#fewest) return;
    if (left < this.#fewest) this.#why.clear();
    this.#fewest = left;
    this.#why.add(why());
  }
}

/** @returns why the call cannot have had this answer now */
function stepOver(before: State, { call, code, content }: Exchange, inventory: Inventory): State | string {
  const resource = code === undefined ? resourceIn(content, call.account) : undefined;
  const vni = resource !== undefined && 'vni' in resource ? resource.vni : '';
  const made: Made = { id: resource?.id ?? '', vni };
  const effect = effectOf(before, call, inventory, made);
  if (effect.kind === 'refused') {
    const codes = [...effect.codes].join(' or ');
    return code !== undefined && effect.codes.has(code) ? before : `to be refused with ${codes}`;
  }
  if (code !== undefined) return effect.orCodes?.has(code) === true ? before : 'to be done';
  if (effect.id === undefined) return effect.state;
  if (effect.id !== resource?.id) return `to tell ${effect.id}`;
  // A repeated creation may tell of the resource as it was, and as it is.
  const isRepeated = effect.state === before;
  return isRepeated || isAsTold(effect.state, effect.id, resource, call)
    ? effect.state
    : 'to tell what is there';
}

function isAsTold(state: State, id: string, resource: object, { action }: Call): boolean {
  const { targets, filters, rules, sessions } = state;
  const there = targets.get(id) ?? filters.get(id) ?? rules.get(id) ?? sessions.get(id);
  // "Tags are not returned for ModifyTrafficMirrorFilterRule."
  const told = action === 'ModifyTrafficMirrorFilterRule' ? { ...resource, tags: there?.tags } : resource;
  return isDeepStrictEqual(there, told);
}

function differences(there: Shown, shown: Shown): string {
  const found = (['targets', 'filters', 'rules', 'sessions'] as const).flatMap((table) => {
    const ids = new Set([...Object.keys(there[table]), ...Object.keys(shown[table])]);
    return [...ids].flatMap((id) => {
      const [wanted, seen] = [there[table][id], shown[table][id]];
      return isDeepStrictEqual(wanted, seen) ? [] : `${JSON.stringify(seen)} for ${JSON.stringify(wanted)}`;
    });
  });
  return found.join(', ');
}
