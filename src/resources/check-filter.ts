/** What must hold inside one filter. */
import { checkRule } from './check-rule.js';
import { type Draft, entries } from './draft.js';
import { formatPath, type ProblemPath, type ResourceProblem } from './problem.js';
import { placesOf, repeats } from './repeats.js';
import { RULE_LISTS, type TrafficMirrorFilter } from './traffic-mirror-filter.js';

/**
 * Reports `duplicate-rule-number`, and what `checkRule` reports of each rule.
 * @param path where the filter stands
 */
export function checkFilter(filter: Draft<TrafficMirrorFilter>, path: ProblemPath): ResourceProblem[] {
  return Object.values(RULE_LISTS).flatMap((name) => {
    const listPath = [...path, name];
    const rules = [...entries(filter[name])];
    const numbers = repeats(placesOf(filter[name], listPath, 'ruleNumber'));
    return [
      ...rules.flatMap(([index, rule]) => checkRule(rule, [...listPath, index])),
      ...numbers.map(({ path, value, first }) => ({
        path,
        code: 'duplicate-rule-number' as const,
        text: `${value} is taken by ${formatPath(first.slice(0, -1))}`,
      })),
    ];
  });
}
