/** What becomes of packets, counted. */
import type { Explanation } from '../../../../src/explain/explanation.js';

/** What becomes of a packet: mirrored by a rule of a session, or not mirrored for a reason. */
export interface Outcome {
  readonly isMirrored: boolean;
  readonly sessionId?: string;
  /** The rule, or the network service, that decided. */
  readonly rule?: string;
  /** Why it is not mirrored; absent: it is. */
  readonly reason?: string;
}

/** How many packets have an outcome. */
export interface OutcomeCount extends Outcome {
  /** Names the outcome in the test that found it. */
  readonly index: number;
  readonly packets: number;
}

const REASONS = {
  unmatched: 'No session accepts it',
  unparsable: 'A header is cut off or malformed',
} as const;

/** Why no copy of a matched packet is sent. */
const SKIPS: ReadonlyMap<string, string> = new Map([['loop', 'Mirroring itself caused it']]);

/** The outcomes of a capture. There are no more than the plan has rules, services and reasons. */
export class Outcomes {
  readonly #indexes = new Map<string, number>();
  readonly #outcomes: Outcome[] = [];
  readonly #packets: number[] = [];

  /** Counts a packet. @returns the index of its outcome */
  add(explanation: Explanation): number {
    const outcome = outcomeOf(explanation);
    const key = JSON.stringify([outcome.sessionId, outcome.rule, outcome.reason]);
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = this.#outcomes.push(outcome) - 1;
      this.#indexes.set(key, index);
    }
    this.#packets[index] = (this.#packets[index] ?? 0) + 1;
    return index;
  }

  of(index: number): Outcome {
    return this.#outcomes[index] ?? { isMirrored: false };
  }

  /** The most frequent first. */
  counts(): OutcomeCount[] {
    return this.#outcomes
      .map((outcome, index) => ({ ...outcome, index, packets: this.#packets[index] ?? 0 }))
      .sort((a, b) => b.packets - a.packets);
  }
}

function outcomeOf({ verdict, skipped }: Explanation): Outcome {
  if (verdict.kind === 'unmirrored')
    return { isMirrored: false, reason: `Traffic of the type ${verdict.type} never is` };
  if (verdict.kind !== 'matched') return { isMirrored: false, reason: REASONS[verdict.kind] };
  const { session, by } = verdict;
  const decided = { sessionId: session.sessionId, rule: 'ruleId' in by ? by.ruleId : by.service };
  if (skipped === undefined) return { isMirrored: true, ...decided };
  return { isMirrored: false, ...decided, reason: SKIPS.get(skipped) ?? skipped };
}
