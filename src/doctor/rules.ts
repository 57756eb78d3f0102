/** Rules that never decide, and sessions whose filter accepts nothing: the compiler finds them when it simplifies. */
import { lower } from '../match/lower.js';
import { simplify } from '../match/simplify.js';
import { DIRECTIONS, type Direction, type SessionPlan, type SourcePlan } from '../plan/mirror-plan.js';
import type { Facts } from './facts.js';
import { type Finding, finding } from './finding.js';

const NEVER_REACHED = 'never reached: ';
/** Comparing rules takes time with the square of their number: sources with more are not judged, nor are those behind so many. */
const MOST_RULES_OF_SOURCE = 4000;
const MOST_COMPARISONS = 20_000_000;

/** Reports `session-accepts-nothing`, `rule-never-matches` and `direction-without-rules`. */
export function checkRules({ ruledSources }: Pick<Facts, 'ruledSources'>): Finding[] {
  const known = new Set<string>();
  const filters = new FilterNames();
  return comparableSources(ruledSources).flatMap((source) => {
    // Sources that share their filters have the same findings but for the names of their sessions.
    const key = filters.keyOf(source);
    const isKnown = known.has(key);
    known.add(key);
    return sourceFindings(source, isKnown);
  });
}

/** The sources whose rules are not too many to be compared. */
export function comparableSources(sources: readonly SourcePlan[]): SourcePlan[] {
  let comparisons = 0;
  return sources.filter(({ sessions }) => {
    const rules = sessions.reduce(
      (sum, { rules: { ingress, egress } }) => sum + ingress.length + egress.length,
      0,
    );
    comparisons += rules * rules;
    return rules <= MOST_RULES_OF_SOURCE && comparisons <= MOST_COMPARISONS;
  });
}

function sourceFindings(source: SourcePlan, isKnown: boolean): Finding[] {
  const accepts = new Map<SessionPlan, Set<Direction>>();
  const shadowed: Finding[] = [];
  for (const direction of DIRECTIONS) {
    const { program, removals } = simplify(lower(source, direction).program);
    const left = new Set(program.stages.map(({ label }) => label));
    for (const session of source.sessions) {
      if (left.has(stageOf(session)))
        accepts.set(session, (accepts.get(session) ?? new Set()).add(direction));
    }
    if (isKnown) continue;
    for (const { stage, entry, reason } of removals) {
      const session = source.sessions.find((one) => stageOf(one) === stage);
      if (session === undefined || !reason.startsWith(NEVER_REACHED)) continue;
      shadowed.push(describeShadowed(session, direction, entry, reason.slice(NEVER_REACHED.length)));
    }
  }
  return [
    ...source.sessions.flatMap((session) => sessionFindings(session, accepts.get(session))),
    ...shadowed,
  ];
}

/** As `lower` labels the stage of a session. */
function stageOf({ sessionNumber, id }: SessionPlan): string {
  return `session ${sessionNumber} ${id}`;
}

function sessionFindings(session: SessionPlan, accepts: ReadonlySet<Direction> = new Set()): Finding[] {
  const { id, amazonDns, rules } = session;
  if (accepts.size === 0 && !amazonDns) {
    const count = rules.ingress.length + rules.egress.length;
    const text =
      count === 0
        ? `its filter has no rules, so it mirrors nothing`
        : `its filter accepts nothing that a session before it does not take: none of its ${count} rules lets a frame through`;
    const remedy = `trafficMirrorFilters: a rule with ruleAction: accept, and a lower ruleNumber than that of the reject that covers it`;
    return [finding('error', 'session-accepts-nothing', id, text, remedy)];
  }
  return DIRECTIONS.filter((direction) => !accepts.has(direction) && rules[direction].length === 0).map(
    (direction) =>
      finding(
        'hint',
        'direction-without-rules',
        id,
        `it mirrors nothing that the source ${direction === 'ingress' ? 'receives' : 'sends'}: its filter has no ${direction} rules`,
        `trafficMirrorFilters: ${direction}FilterRules, if that is wanted`,
      ),
  );
}

function describeShadowed({ id }: SessionPlan, direction: Direction, entry: string, by: string): Finding {
  const [, number = '', rule = ''] = /^rule (\d+) (.*)$/s.exec(entry) ?? [];
  const text = `${direction} rule ${number} (${rule}) never decides a frame: ${by}`;
  const remedy = `trafficMirrorFilters: give it a lower ruleNumber than the one that is before it, narrow that one, or take it away${unmirroredKey(by)}`;
  return finding('warning', 'rule-never-matches', id, text, remedy);
}

/** Traffic of these types is taken out before any rule. */
function unmirroredKey(by: string): string {
  const [, type] = /^unmirrored, (\S+) decides first$/.exec(by) ?? [];
  return type === undefined ? '' : `; ${type} is mirrored once it is taken out of engine.unmirroredTraffic`;
}

/** Numbers for rules, which sources share as objects. */
class FilterNames {
  readonly #numbers = new Map<unknown, number>();

  keyOf({ sessions, unmirrored, amazonDnsAddresses }: SourcePlan): string {
    const parts = sessions.map(({ sessionNumber, amazonDns, rules }) => [
      sessionNumber,
      amazonDns,
      this.#number(rules),
    ]);
    return JSON.stringify([parts, unmirrored, amazonDnsAddresses]);
  }

  #number(rules: unknown): number {
    const number = this.#numbers.get(rules) ?? this.#numbers.size;
    this.#numbers.set(rules, number);
    return number;
  }
}
