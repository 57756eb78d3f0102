/** The way of a copy through the firewall's chains, to the rules that drop it, or may. */
import { type Answer, type CopyFields, matches } from './nft-match.js';
import { chainKey, type NftChain, type NftRule, type NftRuleset } from './nft-ruleset.js';

/** A rule, or the policy of a chain, that ends copies. */
export interface Drop {
  /** The chain with the hook by which they entered. */
  readonly base: NftChain;
  /** The chain of the rule. */
  readonly chain: NftChain;
  /** Undefined: the policy of the chain. */
  readonly handle: number | undefined;
  /** False: it depends on what is not known from here. */
  readonly isCertain: boolean;
}

/** Jumps that are followed, one inside the other: as many as the kernel allows. */
const DEEPEST = 16;
/** Rules that are looked at for one copy: rulesets may have many, and jump to the same chain again and again. */
const MOST_RULES = 50_000;

const FAMILIES: Readonly<Record<CopyFields['family'], readonly string[]>> = {
  ip: ['ip', 'inet'],
  ip6: ['ip6', 'inet'],
};
const HOOKS: readonly (string | undefined)[] = ['output', 'postrouting'];
/** What a packet to the host itself enters besides. */
const LOCAL_HOOKS: readonly (string | undefined)[] = [...HOOKS, 'prerouting', 'input'];

/** The first drop of each base chain that copies enter. @param isLocal the target is this host. */
export function dropsOf(ruleset: NftRuleset, copy: CopyFields, isLocal: boolean): Drop[] {
  const hooks = isLocal ? LOCAL_HOOKS : HOOKS;
  return [...ruleset.chains.values()]
    .filter((chain) => isEntered(chain, copy, hooks))
    .flatMap((chain) => new Walk(ruleset, copy, chain).drop() ?? []);
}

function isEntered({ family, hook, devices }: NftChain, copy: CopyFields, hooks: typeof HOOKS): boolean {
  if (hook === 'egress') return devices.includes(copy.device);
  return hooks.includes(hook) && FAMILIES[copy.family].includes(family);
}

/** ended: a verdict was given. */
type Outcome = 'ended' | 'returned' | 'continued';

class Walk {
  readonly #ruleset: NftRuleset;
  readonly #copy: CopyFields;
  readonly #base: NftChain;
  #rulesLeft = MOST_RULES;
  /** An earlier rule may have ended it already. */
  #isCertain = true;
  #found: Drop | undefined;

  constructor(ruleset: NftRuleset, copy: CopyFields, base: NftChain) {
    this.#ruleset = ruleset;
    this.#copy = copy;
    this.#base = base;
  }

  drop(): Drop | undefined {
    const outcome = this.#enter(this.#base, 0);
    if (outcome !== 'ended' && this.#base.policy === 'drop') this.#note(this.#base, undefined, 'yes');
    return this.#found;
  }

  #enter(chain: NftChain, depth: number): Outcome {
    for (const rule of chain.rules) {
      this.#rulesLeft -= 1;
      if (this.#rulesLeft < 0) return this.#giveUp();
      const outcome = this.#apply(chain, rule, depth);
      if (outcome === 'ended') return 'ended';
      if (outcome === 'returned') return depth === 0 ? 'continued' : 'returned';
    }
    return 'continued';
  }

  #apply(chain: NftChain, { handle, statements }: NftRule, depth: number): Outcome {
    let answer: Answer = 'yes';
    for (const statement of statements) {
      const [[kind, value] = ['', undefined]] = Object.entries(statement ?? {});
      if (kind === 'match') {
        const passes = matches(value, this.#copy, (name) => this.#elements(chain, name));
        if (passes === 'no') return 'continued';
        if (passes === 'maybe') answer = 'maybe';
      } else if (kind === 'drop' || kind === 'reject') {
        this.#note(chain, handle, answer);
        return answer === 'yes' ? 'ended' : 'continued';
      } else if (kind === 'accept') {
        if (answer === 'yes') return 'ended';
        this.#isCertain = false;
        return 'continued';
      } else if (kind === 'return') {
        if (answer === 'yes') return 'returned';
        this.#isCertain = false;
        return 'continued';
      } else if (kind === 'jump' || kind === 'goto') {
        return this.#jump(chain, value, answer, kind === 'goto', depth);
      } else if (kind === 'vmap') {
        return this.#choose(chain, handle, value, answer, depth);
      } else if (!isHarmless(kind)) {
        // Such as limit, queue, and whatever is not known here.
        answer = 'maybe';
        this.#isCertain &&= kind !== 'queue';
      }
    }
    return 'continued';
  }

  /** A verdict map: the verdict of the first element that is the copy's value. */
  #choose(chain: NftChain, handle: number, map: unknown, answer: Answer, depth: number): Outcome {
    const { key, data } = (map ?? {}) as { key?: unknown; data?: { set?: unknown } | null };
    const elements: unknown = data?.set;
    if (!Array.isArray(elements)) return this.#giveUp();
    for (const element of elements) {
      const [right, verdict] = Array.isArray(element) ? element : [];
      const passes = matches({ op: '==', left: key, right }, this.#copy, () => undefined);
      if (passes === 'no') continue;
      if (passes === 'maybe' || answer === 'maybe') return this.#giveUp();
      return this.#apply(chain, { handle, statements: [verdict as Record<string, unknown>] }, depth);
    }
    return 'continued';
  }

  #jump(chain: NftChain, value: unknown, answer: Answer, isGoto: boolean, depth: number): Outcome {
    const name = String((value as { target?: unknown } | null)?.target);
    const next = this.#ruleset.chains.get(chainKey(chain.family, chain.table, name));
    if (next === undefined || depth >= DEEPEST) return this.#giveUp();
    const wasCertain = this.#isCertain;
    if (answer === 'maybe') this.#isCertain = false;
    const outcome = this.#enter(next, depth + 1);
    if (answer === 'maybe') {
      // It was perhaps never entered; and if it was, it may have accepted.
      this.#isCertain = wasCertain && outcome !== 'ended';
      return 'continued';
    }
    if (outcome === 'ended') return 'ended';
    return isGoto ? 'returned' : 'continued';
  }

  /** The first certain drop counts, else the first of those that may be. */
  #note(chain: NftChain, handle: number | undefined, answer: Answer): void {
    const isCertain = answer === 'yes' && this.#isCertain;
    if (this.#found === undefined || (isCertain && !this.#found.isCertain)) {
      this.#found = { base: this.#base, chain, handle, isCertain };
    }
  }

  #giveUp(): Outcome {
    this.#isCertain = false;
    return 'continued';
  }

  #elements({ family, table }: NftChain, name: string): readonly unknown[] | undefined {
    return this.#ruleset.sets.get(chainKey(family, table, name));
  }
}

/** Statements after which the packet goes on as it is. */
function isHarmless(kind: string): boolean {
  return ['counter', 'log', 'quota', 'notrack', 'ct helper', 'flow', 'dup', 'comment'].includes(kind);
}
