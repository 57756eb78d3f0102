/** The form Create traffic mirror filter: its values, what is wrong with them, and what they leave out. */
import type { Direction } from '../model/rule.js';
import { descriptionProblem, nameTagProblem } from './fields.js';
import { newRuleFields, type RuleFields } from './rule-fields.js';
import { ruleProblems, takenNumberProblem } from './rule-problems.js';
import { type TagRow, tagsProblem } from './tags.js';

/** A rule that is to be made. */
export interface RuleRow extends RuleFields {
  /** Unique among all rows that the form ever had. */
  readonly key: string;
}

/** Values of the form. */
export interface FilterValues {
  readonly name: string;
  readonly description: string;
  /** Mirror the network service amazon-dns. */
  readonly amazonDns: boolean;
  readonly ingress: readonly RuleRow[];
  readonly egress: readonly RuleRow[];
  readonly tags: readonly TagRow[];
  /** How many rows the form ever had. */
  readonly rowsMade: number;
}

/** The directions in the order of the page. */
export const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];

/** An empty form. */
export const EMPTY_FILTER: FilterValues = {
  name: '',
  description: '',
  amazonDns: false,
  ingress: [],
  egress: [],
  tags: [],
  rowsMade: 0,
};

/** The form with one more rule in a direction. @param make the fields of the rule from the numbers that are taken */
export function withRule(
  values: FilterValues,
  direction: Direction,
  make: (taken: readonly number[]) => RuleFields = newRuleFields,
): FilterValues {
  const key = String(values.rowsMade + 1);
  const row = { ...make(takenNumbers(values[direction])), key };
  return { ...values, [direction]: [...values[direction], row], rowsMade: values.rowsMade + 1 };
}

/** The form with a row in place of that with the same key. */
export function withRow(values: FilterValues, direction: Direction, row: RuleRow): FilterValues {
  return { ...values, [direction]: values[direction].map((one) => (one.key === row.key ? row : one)) };
}

/** The form without a row. */
export function withoutRow(values: FilterValues, direction: Direction, key: string): FilterValues {
  return { ...values, [direction]: values[direction].filter((one) => one.key !== key) };
}

/** The numbers of rows. A text that is no number takes none. */
export function takenNumbers(rows: readonly RuleFields[]): number[] {
  return rows.map(({ ruleNumber }) => Number(ruleNumber)).filter((number) => !Number.isNaN(number));
}

/** What is wrong, by path: `description`, `ingress.0.ruleNumber`. */
export function filterProblems(values: FilterValues): Record<string, string | undefined> {
  const problems: Record<string, string | undefined> = {
    name: nameTagProblem(values.name),
    description: descriptionProblem(values.description),
    tags: tagsProblem(values.tags, true),
  };
  for (const direction of DIRECTIONS) {
    const holders = new Map<number, string>();
    for (const [index, row] of values[direction].entries()) {
      for (const [field, problem] of Object.entries(ruleProblems(row))) {
        problems[`${direction}.${index}.${field}`] = problem;
      }
      const number = Number(row.ruleNumber);
      const holder = holders.get(number);
      if (holder === undefined) holders.set(number, rowName(direction, index));
      else
        problems[`${direction}.${index}.ruleNumber`] ??= takenNumberProblem(
          row.ruleNumber,
          direction,
          holder,
        );
    }
  }
  return problems;
}

/** What a row is called: `Inbound rule 1`. */
export function rowName(direction: Direction, index: number): string {
  return `${direction === 'ingress' ? 'Inbound' : 'Outbound'} rule ${index + 1}`;
}
