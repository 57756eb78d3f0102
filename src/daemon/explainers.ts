/** Explainers of the control API, kept while the plan runs: compiling a source costs far more than explaining a packet. */
import type { TargetWays } from '../explain/copies.js';
import { Explainer } from '../explain/explanation.js';
import { type CompiledFilter, compile } from '../match/compile.js';
import type { LanePlan } from '../plan/lanes.js';
import type { MirrorPlan } from '../plan/mirror-plan.js';

/** Explainers that are kept; of those beyond, the one that was asked longest ago is forgotten. */
export const MOST_KEPT = 8;

/** Whom the explainer answers: what one account is told must not depend on what another one has. */
interface Asked {
  readonly accountId: string;
  /** With the sessions that are asked alone. */
  readonly lane: LanePlan;
  /** To the targets of these sessions. */
  readonly ways: TargetWays;
  /** The plan with the sessions of the account alone, on all sources. Called when an explainer is made. */
  readonly known: () => MirrorPlan;
}

interface Kept {
  readonly filter: CompiledFilter;
  /** The ways that the explainer was made with, as text. */
  readonly ways: string;
  readonly explainer: Explainer;
}

export class Explainers {
  /** By plan: what was kept of an earlier one goes with it. The one that was asked last comes last. */
  readonly #kept = new WeakMap<MirrorPlan, Map<string, Kept>>();
  readonly #compile: typeof compile;

  /** @param compileLane called for each lane whose filter is not kept */
  constructor(compileLane = compile) {
    this.#compile = compileLane;
  }

  /** An explainer for the sessions that are asked. @param plan that runs, the same object as long as it is the same */
  of(plan: MirrorPlan, asked: Asked): Explainer {
    const kept = this.#kept.get(plan) ?? new Map<string, Kept>();
    this.#kept.set(plan, kept);
    const { source, direction } = asked.lane;
    const key = JSON.stringify([
      asked.accountId,
      direction,
      source.id,
      ...source.sessions.map(({ id }) => id),
    ]);
    const one = this.#current(kept.get(key), asked);
    kept.delete(key);
    kept.set(key, one);
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    return one.explainer;
  }

  /** The kept one, unless ways have changed: it was built for them. The filter does not depend on ways. */
  #current(kept: Kept | undefined, { lane, ways, known }: Asked): Kept {
    const text = JSON.stringify([...ways]);
    if (kept?.ways === text) return kept;
    const filter = kept?.filter ?? this.#compile(lane.source, lane.direction);
    return { filter, ways: text, explainer: new Explainer(known(), lane, ways, filter) };
  }
}
