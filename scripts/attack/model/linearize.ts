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

/** @returns the state after the calls; undefined when no order explains them */
export function linearize(
  before: State,
  exchanges: readonly Exchange[],
  shown: Shown,
  inventory: Inventory,
): State | undefined {
  if (exchanges.length === 0) return isDeepStrictEqual(shownOf(before), shown) ? before : undefined;
  for (const [index, exchange] of exchanges.entries()) {
    const after = stepOver(before, exchange, inventory);
    if (after === undefined) continue;
    const found = linearize(after, exchanges.toSpliced(index, 1), shown, inventory);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @returns undefined when the call cannot have had this answer now */
function stepOver(before: State, { call, code, content }: Exchange, inventory: Inventory): State | undefined {
  const resource = code === undefined ? resourceIn(content, call.account) : undefined;
  const made: Made = {
    id: resource?.id ?? '',
    vni: resource !== undefined && 'vni' in resource ? resource.vni : '',
  };
  const effect = effectOf(before, call, inventory, made);
  if (effect.kind === 'refused') return code !== undefined && effect.codes.has(code) ? before : undefined;
  if (code !== undefined) return undefined;
  if (effect.id === undefined) return effect.state;
  if (resource === undefined || effect.id !== resource.id) return undefined;
  // A repeated creation may tell of the resource as it was, and as it is.
  const isRepeated = effect.state === before;
  return isRepeated || isAsTold(effect.state, effect.id, resource, call) ? effect.state : undefined;
}

function isAsTold(
  { targets, filters, rules, sessions }: State,
  id: string,
  resource: object,
  { action }: Call,
): boolean {
  const there = targets.get(id) ?? filters.get(id) ?? rules.get(id) ?? sessions.get(id);
  // "Tags are not returned for ModifyTrafficMirrorFilterRule."
  const told = action === 'ModifyTrafficMirrorFilterRule' ? { ...resource, tags: there?.tags } : resource;
  return isDeepStrictEqual(there, told);
}
