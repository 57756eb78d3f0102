/** What must hold inside one filter. */
import { checkRule } from './check-rule.js';
import { type Draft, entries } from './draft.js';
import type { ProblemPath, ResourceProblem } from './problem.js';
import { placesOf, repeatProblems } from './repeats.js';
import { RULE_LISTS, type TrafficMirrorFilter } from './traffic-mirror-filter.js';

/**
 * Reports `duplicate-rule-number`, and what `checkRule` reports of each rule.
 * @param path where the filter stands
 */
export function checkFilter(filter: Draft<TrafficMirrorFilter>, path: ProblemPath): ResourceProblem[] {
  return Object.values(RULE_LISTS).flatMap((name) => {
    const listPath = [...path, name];
    const rules = [...entries(filter[name])];
    return [
      ...rules.flatMap(([index, rule]) => checkRule(rule, [...listPath, index])),
      ...repeatProblems(placesOf(filter[name], listPath, 'ruleNumber'), 'duplicate-rule-number'),
    ];
  });
}
