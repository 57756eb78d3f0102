/** Compiled filters, one for each content, however many lanes have it; kept while a lane of the running plan uses it. */
import { longestOverhead } from '../encapsulate/encapsulations.js';
import { type CompiledFilter, compile } from '../match/compile.js';
import type { LanePlan } from '../plan/lanes.js';
import type { RulePlan } from '../plan/mirror-plan.js';

/** Unused entries may be this many before they are looked for. */
const SLACK = 64;

export class FilterCache {
  readonly #filters = new Map<string, CompiledFilter>();
  /** Lists of rules by their text: equal ones are the same object, and have a number. */
  readonly #rules = new Map<string, readonly RulePlan[]>();
  readonly #numbers = new WeakMap<readonly RulePlan[], number>();
  #lastNumber = 0;
  #used = 0;

  /** @returns the list that has this content. */
  readonly intern = (rules: readonly RulePlan[]): readonly RulePlan[] => {
    const text = JSON.stringify(rules);
    const known = this.#rules.get(text) ?? rules;
    this.#rules.set(text, known);
    if (!this.#numbers.has(known)) {
      this.#lastNumber += 1;
      this.#numbers.set(known, this.#lastNumber);
    }
    return known;
  };

  /** @param lane with rules from `intern`. */
  of(lane: LanePlan): CompiledFilter {
    const key = this.#keyOf(lane);
    const filter = this.#filters.get(key) ?? compile(lane.source, lane.direction);
    this.#filters.set(key, filter);
    return filter;
  }

  /** Forgets what these lanes do not use, when there is much of it. @param lanes of the running plan. */
  keepOnly(lanes: Iterable<LanePlan>): void {
    if (this.#filters.size + this.#rules.size <= 2 * this.#used + SLACK) return;
    const keys = new Set<string>();
    const lists = new Set<readonly RulePlan[]>();
    for (const lane of lanes) {
      keys.add(this.#keyOf(lane));
      for (const { rules } of lane.source.sessions) lists.add(rules.ingress).add(rules.egress);
    }
    for (const key of this.#filters.keys()) if (!keys.has(key)) this.#filters.delete(key);
    for (const [text, list] of this.#rules) if (!lists.has(list)) this.#rules.delete(text);
    this.#used = this.#filters.size + this.#rules.size;
  }

  /** How many filters are kept. */
  get size(): number {
    return this.#filters.size;
  }

  /** Everything that a filter is compiled from. */
  #keyOf({ source, direction }: LanePlan): string {
    const { unmirrored, amazonDnsAddresses, sessions } = source;
    const judged = sessions.map(({ packetLength, amazonDns, rules }) => [
      packetLength,
      amazonDns,
      this.#numbers.get(rules[direction]),
    ]);
    return JSON.stringify([direction, unmirrored, amazonDnsAddresses, longestOverhead(sessions), judged]);
  }
}
