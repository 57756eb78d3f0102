/** Texts of IAM policies in which `*` and `?` stand for others. */
import { accepted, type Parsed, type Refusal, refused } from '../../resources/parsed.js';
import { isLine, isText, TEXT_BOUNDS } from '../../resources/text.js';

const ACTION = /^(\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;

/** Variables such as `${aws:username}`; not replaced, they would match nothing and nobody would notice. */
const VARIABLE = '${';

/** `*`, or a service and an action with wildcards: `ec2:Describe*`. */
export function parseActionPattern(value: unknown): Parsed<string> {
  if (isTooLong(value)) return tooLong(value);
  if (typeof value === 'string' && ACTION.test(value)) return accepted(value);
  return refused('"*", or a service and an action such as ec2:DescribeTrafficMirror*', value);
}

/** `*`, or an ARN with wildcards. */
export function parseResourcePattern(value: unknown): Parsed<string> {
  if (isTooLong(value)) return tooLong(value);
  const isPattern = typeof value === 'string' && (value === '*' || value.startsWith('arn:'));
  if (isPattern && isLine(value) && !value.includes(VARIABLE)) return accepted(value);
  return refused('"*", or an ARN such as arn:aws:ec2:*:*:traffic-mirror-target/*, without variables', value);
}

/** A value that a condition key is compared with; YAML's true and false are texts here. */
export function parseConditionValue(value: unknown): Parsed<string> {
  if (isTooLong(value)) return tooLong(value);
  const text = typeof value === 'boolean' ? String(value) : value;
  if (typeof text === 'string' && isText(text) && !text.includes(VARIABLE)) return accepted(text);
  return refused('text without variables and control characters', value);
}

function isTooLong(value: unknown): boolean {
  return typeof value === 'string' && value.length > TEXT_BOUNDS.policyText;
}

function tooLong(value: unknown): Refusal {
  return refused(`at most ${TEXT_BOUNDS.policyText} characters`, value);
}
