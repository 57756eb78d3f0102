/** What is kept of a plan for the next one: without it, each change would cost as much as there is. */
import type { SourcePlan } from '../plan/mirror-plan.js';
import type { Reached } from './reached.js';
import { RulePlans } from './rule-plans.js';
import type { TrafficMirrorTarget } from './traffic-mirror-target.js';

/**
 * Parts of plans that were built before, for a plan that is built again and again: with each change through the control
 * API. Resources are never changed but replaced, so what was made of the same objects is the same; what is equal to the
 * plan before is the same object, which is how a change is found.
 */
export class PlanCache {
  readonly rules = new RulePlans();
  #receivers: readonly unknown[] = [];
  #reached = new WeakMap<TrafficMirrorTarget, Reached>();
  #sources = new Map<string, KnownSource>();

  /** @param parts that the source is made of: equal objects and texts make an equal source. */
  source(id: string, parts: readonly unknown[], build: () => SourcePlan): KnownSource {
    const known = this.#sources.get(id);
    const isSame =
      known?.parts.length === parts.length && parts.every((part, index) => part === known.parts[index]);
    if (isSame) return known;
    const built = build();
    const isEqual = known !== undefined && JSON.stringify(known.plan) === JSON.stringify(built);
    return { parts, plan: isEqual ? known.plan : built };
  }

  /** @param receivers lists of them: while they are the same objects, so is what was found of a target. */
  reached(receivers: readonly unknown[]): WeakMap<TrafficMirrorTarget, Reached> {
    const isSame = receivers.every((list, index) => list === this.#receivers[index]);
    if (!isSame) this.#reached = new WeakMap();
    this.#receivers = receivers;
    return this.#reached;
  }

  /** Forgets all other sources. */
  keepOnly(sources: readonly KnownSource[]): void {
    this.#sources = new Map(sources.map((source) => [source.plan.id, source]));
  }
}

interface KnownSource {
  readonly parts: readonly unknown[];
  readonly plan: SourcePlan;
}
