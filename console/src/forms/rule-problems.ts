/** What is wrong with the fields of a rule: each by itself, and together as the resource model's `checkRule` says. */
import { type CheckedRule, checkRule, type RuleProblem } from '../../../src/resources/check-rule.js';
import type { Direction } from '../model/rule.js';
import { cidrBlockFamily, cidrBlockProblem, familiesProblem } from './cidr.js';
import { descriptionProblem, protocolNumberProblem, ruleNumberProblem } from './fields.js';
import { parsePortRange, portRangeProblem } from './port-range.js';
import { protocolOf, type RuleField, type RuleFields } from './rule-fields.js';

/** What is wrong, by field. */
export type RuleFieldProblems = { readonly [Field in RuleField]?: string | undefined };

/** What is wrong with the fields of a rule. */
export function ruleProblems(fields: RuleFields): RuleFieldProblems {
  const together = new Map(checkRule(draftOf(fields), []).map(({ path, code }) => [path.at(-1), code]));
  const sentence = (name: RuleField): string | undefined => {
    const code = together.get(name);
    return code && sentenceOf(code, fields);
  };
  const { protocol, sourcePortRange, destinationPortRange, sourceCidrBlock, destinationCidrBlock } = fields;
  return {
    ruleNumber: ruleNumberProblem(fields.ruleNumber),
    protocolNumber: protocol === 'custom' ? protocolNumberProblem(fields.protocolNumber) : undefined,
    sourcePortRange: portRangeProblem(sourcePortRange) ?? sentence('sourcePortRange'),
    destinationPortRange: portRangeProblem(destinationPortRange) ?? sentence('destinationPortRange'),
    sourceCidrBlock: cidrBlockProblem(sourceCidrBlock, 'Source CIDR block'),
    destinationCidrBlock:
      cidrBlockProblem(destinationCidrBlock, 'Destination CIDR block') ?? sentence('destinationCidrBlock'),
    description: descriptionProblem(fields.description),
  };
}

/** What is wrong with a number that another rule of the direction has. @param holder what has it, such as `tmfr-1` */
export function takenNumberProblem(ruleNumber: string, direction: Direction, holder: string): string {
  return `${ruleNumber} is the number of ${holder} already: a number is given once per direction (${direction}).`;
}

/** The rule as `checkRule` takes it: without the fields that are empty, and undefined where the text is wrong. */
function draftOf(fields: RuleFields): CheckedRule {
  return {
    ...(fields.protocol !== 'all' && { protocol: protocolOf(fields) }),
    sourcePortRange: parsePortRange(fields.sourcePortRange),
    destinationPortRange: parsePortRange(fields.destinationPortRange),
    sourceCidrBlock: blockOf(fields.sourceCidrBlock),
    destinationCidrBlock: blockOf(fields.destinationCidrBlock),
  };
}

function blockOf(text: string): string | undefined {
  return cidrBlockFamily(text) === undefined ? undefined : text.trim();
}

const SENTENCES = {
  'ports-without-protocol': 'A port range needs protocol TCP (6) or UDP (17).',
  'reversed-range': 'The first port must not be above the last.',
} as const satisfies Record<Exclude<RuleProblem['code'], 'mixed-address-families'>, string>;

function sentenceOf(code: RuleProblem['code'], fields: RuleFields): string | undefined {
  if (code !== 'mixed-address-families') return SENTENCES[code];
  return familiesProblem(fields.sourceCidrBlock, fields.destinationCidrBlock);
}
