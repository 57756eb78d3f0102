/** The types of an attack and of its outcome. */
import type { AttackStand } from './stand.js';

/** full: as `npm run attack` has it. quick: as `npm test` has it, beside other tests. */
export type Size = 'full' | 'quick';

/** held: everything held that must. failed: something did not. not-tried: this machine cannot try it; the figures say why. */
type Verdict = 'held' | 'failed' | 'not-tried';

export interface Outcome {
  readonly verdict: Verdict;
  /** What was done and seen, in a line. */
  readonly figures: string;
  /** What did not hold, one sentence each; a few of them when there are many. */
  readonly faults: readonly string[];
}

/**
 * client: of the control API. user: of the host, who may open local sockets. network: whose frames are mirrored.
 * disk: whatever changes the state file. operator: by mistake.
 */
type Attacker = 'client' | 'user' | 'network' | 'disk' | 'operator';

export interface Attack {
  /** What `--only` takes. */
  readonly name: string;
  /** What is attacked and how, for the table. */
  readonly title: string;
  readonly by: Attacker;
  /** An attack that is not done by then has failed. Without a limit it is no part of the quick run. */
  readonly limitSeconds: { readonly full: number; readonly quick?: number };
  /** @throws Error when the daemon is not there any more, or cannot be started (rejects); the attack has then failed */
  readonly run: (stand: AttackStand) => Promise<Outcome>;
}

const FAULTS_TOLD = 8;

/** Collects what did not hold. */
export class Faults {
  /** How often each was seen. */
  readonly #texts = new Map<string, number>();

  add(text: string): void {
    this.#texts.set(text, (this.#texts.get(text) ?? 0) + 1);
  }

  /** @returns `condition`, so that the caller can go on from it. */
  require(condition: boolean, text: string): boolean {
    if (!condition) this.add(text);
    return condition;
  }

  outcome(figures: string): Outcome {
    const texts = [...this.#texts].map(([text, times]) => (times === 1 ? text : `${text} (${times} times)`));
    const more = texts.length - FAULTS_TOLD;
    const faults = more > 0 ? [...texts.slice(0, FAULTS_TOLD), `and ${more} more`] : texts;
    return { verdict: texts.length === 0 ? 'held' : 'failed', figures, faults };
  }
}
