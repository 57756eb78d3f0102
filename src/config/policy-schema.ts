/** The schema of IAM policies: what users of the control API may do. */
import type { z } from 'zod';
import { conditionFault, parseConditionOperator } from '../api/authorization/condition.js';
import { parseConditionKey } from '../api/authorization/condition-keys.js';
import {
  parseActionPattern,
  parseConditionValue,
  parseResourcePattern,
  unknownNames,
} from '../api/authorization/policy-patterns.js';
import { accepted, type Parsed, refused } from '../resources/parsed.js';
import { TEXT_BOUNDS } from '../resources/text.js';
import { dictionary, list, mapping, oneOf, parsed, text } from './schema-parts.js';

const condition = withKnownKeys(
  dictionary(
    withKnownKeys(
      dictionary(
        oneOrMore(parseConditionValue, 'Values, one of which must fit.'),
        'Condition keys with values.',
      ),
      parseConditionKey,
    ),
    'Operators with condition keys, all of which must fit.',
  ),
  parseConditionOperator,
).superRefine((operators, context) => {
  for (const [name, keys] of Object.entries(operators)) {
    for (const [key, values] of Object.entries(keys)) {
      const [operator, known] = [parseConditionOperator(name), parseConditionKey(key)];
      if (!operator.ok || !known.ok) continue;
      const message = conditionFault(operator.value, known.value, key, values);
      if (message !== undefined) context.addIssue({ code: 'custom', path: [name, key], message });
    }
  }
});

const statement = mapping(
  {
    Sid: text(TEXT_BOUNDS.policyText, 'For people; not used.').exactOptional(),
    Effect: oneOf(['Allow', 'Deny'], 'A Deny wins over every Allow.'),
    Action: oneOrMore(parseActionPattern, 'Actions such as ec2:Describe*.').exactOptional(),
    NotAction: oneOrMore(parseActionPattern, 'Every action but these.').exactOptional(),
    Resource: oneOrMore(parseResourcePattern, 'ARNs with wildcards, or "*".').exactOptional(),
    NotResource: oneOrMore(parseResourcePattern, 'Every resource but these.').exactOptional(),
    Condition: condition.exactOptional(),
  },
  'What is allowed or denied.',
).superRefine((value, context) => {
  for (const [name, other] of [
    ['Action', 'NotAction'],
    ['Resource', 'NotResource'],
  ] as const) {
    if (name in value !== other in value) continue;
    context.addIssue({
      code: 'custom',
      path: [name],
      message: `exactly one of ${name} and ${other} is needed`,
    });
  }
  if (value.Effect !== 'Deny') return;
  for (const { path, text } of unknownNames(value)) {
    context.addIssue({
      code: 'custom',
      path: [...path],
      message: `${text}; a Deny must, or it would not do what it says`,
    });
  }
});

/** An item of a user's `policies`. */
export const policy = mapping(
  {
    Version: oneOf(['2012-10-17', '2008-10-17'], 'Of the language.').exactOptional(),
    Id: text(TEXT_BOUNDS.policyText, 'For people; not used.').exactOptional(),
    Statement: list(statement, 'Judged together, whatever their order.').min(
      1,
      'at least one statement is needed',
    ),
  },
  'An IAM policy. Variables, and condition keys and operators other than those documented, are refused.',
);

/** IAM allows a single text in place of a list. */
function oneOrMore<T>(parse: (value: unknown) => Parsed<T>, description: string) {
  return parsed(
    (value): Parsed<readonly T[]> => {
      const items = Array.isArray(value) ? value : [value];
      const results = items.map(parse);
      const refusal = results.find((result) => !result.ok);
      if (refusal !== undefined && !refusal.ok) return refusal;
      if (items.length === 0) return refused('at least one value', value);
      return accepted(results.flatMap((result) => (result.ok ? [result.value] : [])));
    },
    { description },
  );
}

function withKnownKeys<Mapping extends z.ZodType<Readonly<Record<string, unknown>>>>(
  schema: Mapping,
  parse: (key: string) => Parsed<unknown>,
) {
  return schema.superRefine((value: Readonly<Record<string, unknown>>, context) => {
    for (const key of Object.keys(value)) {
      const result = parse(key);
      if (!result.ok) context.addIssue({ code: 'custom', path: [key], message: result.text });
    }
  });
}
