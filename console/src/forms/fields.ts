/** Validators of fields. Each takes the text of a field and returns what is wrong with it, or undefined. */
import {
  type IntegerRange,
  LOAD_BALANCER_PACKET_LENGTH,
  PACKET_LENGTH_RANGE,
  PROTOCOL_RANGE,
  RULE_NUMBER_RANGE,
  SESSION_NUMBER_RANGE,
  VNI_RANGE,
} from '../../../src/resources/numbers.js';
import { TAG_LIMITS } from '../../../src/resources/tags.js';
import { hasAtMost, isLine, isText, TEXT_BOUNDS } from '../../../src/resources/text.js';

/** What is wrong with a field, as a sentence. */
export type Problem = string | undefined;

const DIGITS = /^[0-9]{1,15}$/;
const ACCOUNT_ID = /^[0-9]{12}$/;

/** A field that must not be empty. @param label of the field */
export function required(text: string, label: string): Problem {
  return text.trim() === '' ? `${label} is required.` : undefined;
}

/** The Name tag: the value of a tag, which may be empty. */
export function nameTagProblem(text: string): Problem {
  return textProblem(text, TAG_LIMITS.valueCharacters);
}

/** A description, which may be empty. */
export function descriptionProblem(text: string): Problem {
  return textProblem(text, TEXT_BOUNDS.description);
}

/** The name of a resource share. */
export function shareNameProblem(text: string): Problem {
  if (text === '') return 'Name is required.';
  if (!hasAtMost(text, TEXT_BOUNDS.shareName)) return `Enter at most ${TEXT_BOUNDS.shareName} characters.`;
  return isLine(text) ? undefined : 'Enter one line without control characters.';
}

/** A session number: 1–32766. */
export function sessionNumberProblem(text: string): Problem {
  return text.trim() === '' ? 'Session number is required.' : integerProblem(text, SESSION_NUMBER_RANGE);
}

/** A VNI: empty, or 0–16777215. */
export function vniProblem(text: string): Problem {
  return text.trim() === '' ? undefined : integerProblem(text, VNI_RANGE);
}

/** A packet length: empty, or 1–65535; towards a load balancer at most 8500. */
export function packetLengthProblem(text: string, loadBalanced: boolean): Problem {
  if (text.trim() === '') return undefined;
  const maximum = loadBalanced ? LOAD_BALANCER_PACKET_LENGTH : PACKET_LENGTH_RANGE.maximum;
  return integerProblem(text, { minimum: PACKET_LENGTH_RANGE.minimum, maximum });
}

/** A rule number: 1–32766. */
export function ruleNumberProblem(text: string): Problem {
  return text.trim() === '' ? 'Number is required.' : integerProblem(text, RULE_NUMBER_RANGE);
}

/** A protocol number: 0–255. */
export function protocolNumberProblem(text: string): Problem {
  return text.trim() === '' ? 'Protocol number is required.' : integerProblem(text, PROTOCOL_RANGE);
}

/** The id of an account: twelve digits. */
export function accountIdProblem(text: string): Problem {
  return ACCOUNT_ID.test(text) ? undefined : 'Enter the 12 digits of an account ID.';
}

/** An integer of a range. */
function integerProblem(text: string, { minimum, maximum }: IntegerRange): Problem {
  const trimmed = text.trim();
  const fits = DIGITS.test(trimmed) && Number(trimmed) >= minimum && Number(trimmed) <= maximum;
  return fits ? undefined : `Enter a whole number from ${minimum} to ${maximum}.`;
}

function textProblem(text: string, characters: number): Problem {
  if (!hasAtMost(text, characters)) return `Enter at most ${characters} characters.`;
  return isText(text) ? undefined : 'Enter text without control characters.';
}
