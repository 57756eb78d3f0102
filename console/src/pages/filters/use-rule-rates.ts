/** Accepted packets per second of rules, live. */
import { useMemo, useState } from 'react';
import type { Status } from '../../aws/status.js';
import type { Rule } from '../../model/rule.js';
import { ruleRates } from '../../model/rule-rates.js';
import { useStatus } from '../../parts/use-status.js';

/** The rate of a rule. Undefined: it rejects, or it is not known. */
export type RuleRateOf = (rule: Rule) => number | undefined;

/** Reads the status again and again. */
export function useRuleRates(): RuleRateOf {
  const { data } = useStatus();
  const [pair, setPair] = useState<{ before?: Status | undefined; now?: Status | undefined }>({});
  if (data !== pair.now && data?.countersSeconds !== pair.now?.countersSeconds) {
    setPair({ before: pair.now, now: data });
  }
  return useMemo(() => {
    const rates = ruleRates(pair.before, pair.now);
    return ({ ruleAction, trafficMirrorFilterRuleId: id }) =>
      ruleAction === 'accept' && rates !== undefined ? (rates.get(id) ?? 0) : undefined;
  }, [pair]);
}
