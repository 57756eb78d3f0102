/** The rules inside each filter of a file. */
import { type Draft, entries } from './draft.js';
import { formatPath, type ProblemPath, type ResourceProblem } from './problem.js';
import type { ResourceSet } from './resource-set.js';
import { checkRuleNumber } from './rules.js';
import { checkRule, RULE_LISTS, type TrafficMirrorFilterRule } from './traffic-mirror-filter.js';

type Rules = readonly (readonly [index: number, rule: Draft<TrafficMirrorFilterRule>])[];

/** Reports `duplicate-rule-number`, and what `checkRule` reports of each rule. */
export function checkFilters(filters: Draft<ResourceSet>['trafficMirrorFilters']): ResourceProblem[] {
  return [...entries(filters)].flatMap(([filterIndex, filter]) =>
    Object.values(RULE_LISTS).flatMap((name) => {
      const path = ['trafficMirrorFilters', filterIndex, name];
      const rules = [...entries(filter[name])];
      return [
        ...rules.flatMap(([index, rule]) => checkRule(rule, [...path, index])),
        ...duplicateNumbers(rules, path),
      ];
    }),
  );
}

/** Every rule whose number an earlier one has. */
function duplicateNumbers(rules: Rules, path: ProblemPath): ResourceProblem[] {
  const firsts = new Map<number, number>();
  return rules.flatMap(([index, { ruleNumber }]) => {
    if (ruleNumber === undefined) return [];
    const violation = checkRuleNumber(ruleNumber, (number) => firsts.get(number));
    if (violation === undefined) {
      firsts.set(ruleNumber, index);
      return [];
    }
    const text = `${ruleNumber} is taken by ${formatPath([...path, violation.other])}`;
    return [{ path: [...path, index, 'ruleNumber'], code: violation.code, text }];
  });
}
