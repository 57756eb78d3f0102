/** What a filter does not mirror though its maker may believe that it does. */
import { DEFAULT_QUOTAS } from '../../../src/resources/quotas.js';
import type { Direction } from '../model/rule.js';
import { cidrBlockFamily } from './cidr.js';
import type { RuleFields } from './rule-fields.js';

/** The rules of a filter, as far as hints need them. */
export interface HintedFilter {
  readonly amazonDns: boolean;
  readonly ingress: readonly RuleFields[];
  readonly egress: readonly RuleFields[];
}

/** A hint. */
export interface Hint {
  readonly type: 'warning' | 'info';
  readonly text: string;
}

/** The most rules of a filter unless the configuration says otherwise: both directions together. */
export const RULES_PER_FILTER = DEFAULT_QUOTAS.rulesPerFilter;

const TRAFFIC = { ingress: 'receives', egress: 'sends' } as const satisfies Record<Direction, string>;

/** The hints for a filter, the gravest first. */
export function filterHints({ amazonDns, ingress, egress }: HintedFilter): Hint[] {
  const rules = [...ingress, ...egress];
  const hints: Hint[] = [];
  if (rules.length === 0) {
    const text = amazonDns
      ? 'Without a rule only DNS traffic is mirrored.'
      : 'Without a rule nothing is mirrored.';
    return [{ type: 'warning', text }];
  }
  for (const [direction, own] of [
    ['ingress', ingress],
    ['egress', egress],
  ] as const) {
    if (own.length === 0) {
      const text = `There is no ${direction === 'ingress' ? 'inbound' : 'outbound'} rule: nothing that the source ${TRAFFIC[direction]} is mirrored.`;
      hints.push({ type: 'info', text });
    } else if (own.every(({ ruleAction }) => ruleAction === 'reject')) {
      const text = `All ${direction === 'ingress' ? 'inbound' : 'outbound'} rules reject: nothing that the source ${TRAFFIC[direction]} is mirrored.`;
      hints.push({ type: 'warning', text });
    }
  }
  if (rules.every(({ sourceCidrBlock }) => cidrBlockFamily(sourceCidrBlock) === 4)) {
    hints.push({
      type: 'info',
      text: 'All rules are for IPv4: IPv6 traffic is not mirrored. Copy a rule for IPv6 to mirror it.',
    });
  }
  if (rules.length > RULES_PER_FILTER) {
    const text = `${rules.length} rules are more than the quota of ${RULES_PER_FILTER} per filter, unless the configuration raises it.`;
    hints.unshift({ type: 'warning', text });
  }
  return hints;
}
