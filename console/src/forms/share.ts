/** The form of a new resource share: what is wrong with it, what it sends, and which field an error belongs to. */
import type { ApiError } from '../aws/errors.js';
import { targetArn } from '../model/share.js';
import { accountIdProblem, type Problem, shareNameProblem } from './fields.js';
import { type TagRow, tagsProblem } from './tags.js';

/** The fields. */
export interface ShareValues {
  readonly name: string;
  /** The only one there is. */
  readonly resourceType: 'traffic-mirror-target';
  readonly targetIds: readonly string[];
  readonly principals: PrincipalsValue;
  readonly allowExternalPrincipals: boolean;
  readonly tags: readonly TagRow[];
}

/** The field Principals: those that were added, and the text that is being typed. */
export interface PrincipalsValue {
  readonly added: readonly string[];
  readonly text: string;
}

/** No principals. */
export const NO_PRINCIPALS: PrincipalsValue = { added: [], text: '' };

/** Who shares. */
export interface Sharer {
  readonly region: string;
  readonly account: string;
}

const ORGANIZATION_ARN = /^arn:aws:organizations::\d{12}:(organization|ou)\/o-[a-z0-9/-]+$/;

/** What is wrong with a principal. @param account the own one, which has its targets already */
export function principalProblem(text: string, account: string): Problem {
  if (text === account) return 'This is your own account.';
  if (ORGANIZATION_ARN.test(text) || accountIdProblem(text) === undefined) return undefined;
  return 'Enter the 12 digits of an account ID, or the ARN of an organization or organizational unit.';
}

/** What is wrong with the field Principals. Text that is typed counts, though it was not added. */
export function principalsProblem({ added, text }: PrincipalsValue, account: string): Problem {
  const typed = text.trim();
  if (typed === '') return undefined;
  return added.includes(typed) ? `${typed} is there already.` : principalProblem(typed, account);
}

/** All principals of the field. */
export function principalsOf({ added, text }: PrincipalsValue): string[] {
  return text.trim() === '' ? [...added] : [...added, text.trim()];
}

/** What is wrong, by field. */
export function shareProblems(values: ShareValues, account: string): Record<keyof ShareValues, Problem> {
  return {
    name: shareNameProblem(values.name),
    resourceType: undefined,
    targetIds: undefined,
    principals: principalsProblem(values.principals, account),
    allowExternalPrincipals: undefined,
    tags: tagsProblem(values.tags),
  };
}

/** The input of CreateResourceShare but for the clientToken. */
export function shareInput(values: ShareValues, { region, account }: Sharer) {
  return {
    name: values.name,
    resourceArns: values.targetIds.map((id) => targetArn(region, account, id)),
    principals: principalsOf(values.principals),
    allowExternalPrincipals: values.allowExternalPrincipals,
    tags: values.tags.map(({ key, value }) => ({ key, value })),
  };
}

/** The field that an error of Resource Access Manager belongs to; undefined: the form. */
export function shareFieldOf({
  code,
  message,
}: Pick<ApiError, 'code' | 'message'>): keyof ShareValues | undefined {
  switch (code) {
    case 'InvalidParameterException':
      return fieldIn(message);
    case 'OperationNotPermittedException':
      return message.includes('does not allow external') ? 'allowExternalPrincipals' : 'targetIds';
    case 'UnknownResourceException':
      return /^Organization/.test(message) ? 'principals' : 'targetIds';
    case 'MalformedArnException':
      return 'targetIds';
    case 'TagLimitExceededException':
      return 'tags';
    default:
      return undefined;
  }
}

const FIELDS: readonly (readonly [RegExp, keyof ShareValues])[] = [
  [/^name\b/, 'name'],
  [/^tags\b|tag/i, 'tags'],
  [/cannot be shared/, 'targetIds'],
  [
    /^principals\b|^Principal ID|There is no account|owns the resource share|is not the id of an account/,
    'principals',
  ],
];

function fieldIn(message: string): keyof ShareValues | undefined {
  return FIELDS.find(([words]) => words.test(message))?.[1];
}
