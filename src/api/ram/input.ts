/** The input of the actions of Resource Access Manager. Members without a meaning here are ignored. */
import { z } from 'zod';
import { parseTagKey, parseTagValue, TAG_LIMITS } from '../../resources/tags.js';
import { isLine, TEXT_BOUNDS } from '../../resources/text.js';
import { isSmallInput } from '../service.js';
import { invalidParameter, RamError } from './ram-error.js';

const MAXIMUM_ITEMS = 500;

const MAXIMUM_RESULTS = 500;

const SHARE_ARN = /^arn:aws:ram:[a-z0-9-]+:\d{12}:resource-share\/[0-9a-f-]{36}$/;

const INVITATION_ARN = /^arn:aws:ram:[a-z0-9-]+:\d{12}:resource-share-invitation\/[0-9a-f-]{36}$/;

const ANY_ARN = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:.+$/;

const tagText = z.string().max(TEXT_BOUNDS.arn);

const text = z.string().max(TEXT_BOUNDS.arn).refine(isLine, 'It holds control characters');

const shareArn = text.regex(SHARE_ARN, 'MalformedArn');

const invitationArn = text.regex(INVITATION_ARN, 'MalformedArn');

const resourceArn = text.regex(ANY_ARN, 'MalformedArn');

const listOf = <Item extends z.ZodType>(item: Item) => z.array(item).max(MAXIMUM_ITEMS);

const clientToken = text.min(1).max(TEXT_BOUNDS.clientToken).optional();

const owner = z.enum(['SELF', 'OTHER-ACCOUNTS']);

const page = {
  nextToken: text.optional(),
  maxResults: z.int().min(1).max(MAXIMUM_RESULTS).optional(),
};

const tag = z.object({
  key: z.string().refine((key) => parseTagKey(key).ok, 'Invalid tag key'),
  value: z
    .string()
    .refine((value) => parseTagValue(value).ok, 'Invalid tag value')
    .default(''),
});

const entities = {
  resourceArns: listOf(resourceArn).default([]),
  principals: listOf(text).default([]),
};

export const createShareInput = z.object({
  name: text.min(1).max(TEXT_BOUNDS.shareName),
  ...entities,
  tags: z.array(tag).max(TAG_LIMITS.tags).default([]),
  allowExternalPrincipals: z.boolean().default(true),
  clientToken,
});

export const associationInput = z.object({ resourceShareArn: shareArn, ...entities, clientToken });

export const deleteShareInput = z.object({ resourceShareArn: shareArn, clientToken });

export const updateShareInput = z.object({
  resourceShareArn: shareArn,
  name: text.min(1).max(TEXT_BOUNDS.shareName).optional(),
  allowExternalPrincipals: z.boolean().optional(),
  clientToken,
});

export const tagShareInput = z.object({
  resourceShareArn: shareArn,
  tags: z.array(tag).min(1).max(TAG_LIMITS.tags),
});

export const untagShareInput = z.object({
  resourceShareArn: shareArn,
  // Tags of older versions may hold characters that are refused now.
  tagKeys: listOf(tagText).min(1),
});

export const invitationInput = z.object({ resourceShareInvitationArn: invitationArn, clientToken });

export const sharesInput = z.object({
  resourceOwner: owner,
  resourceShareArns: listOf(shareArn).optional(),
  resourceShareStatus: z.enum(['PENDING', 'ACTIVE', 'FAILED', 'DELETING', 'DELETED']).optional(),
  name: text.optional(),
  // Tags of older versions may hold characters that are refused now.
  tagFilters: listOf(z.object({ tagKey: tagText.optional(), tagValues: listOf(tagText).optional() })).default(
    [],
  ),
  ...page,
});

export const invitationsInput = z.object({
  resourceShareInvitationArns: listOf(invitationArn).optional(),
  resourceShareArns: listOf(shareArn).optional(),
  ...page,
});

export const associationsInput = z.object({
  associationType: z.enum(['PRINCIPAL', 'RESOURCE']),
  resourceShareArns: listOf(shareArn).optional(),
  resourceArn: resourceArn.optional(),
  principal: text.optional(),
  associationStatus: z
    .enum(['ASSOCIATING', 'ASSOCIATED', 'FAILED', 'DISASSOCIATING', 'DISASSOCIATED'])
    .optional(),
  ...page,
});

export const resourcesInput = z.object({
  resourceOwner: owner,
  principal: text.optional(),
  resourceType: text.optional(),
  resourceArns: listOf(resourceArn).optional(),
  resourceShareArns: listOf(shareArn).optional(),
  ...page,
});

export const principalsInput = z.object({
  resourceOwner: owner,
  resourceArn: resourceArn.optional(),
  principals: listOf(text).optional(),
  resourceType: text.optional(),
  resourceShareArns: listOf(shareArn).optional(),
  ...page,
});

/** Checks the input of an action. @throws RamError InvalidParameterException, MalformedArnException */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  if (!isSmallInput(input)) throw invalidParameter('The request has too many members');
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join('.') ?? '';
  if (issue?.message === 'MalformedArn')
    throw new RamError('MalformedArnException', `${place} is not such an ARN`);
  throw invalidParameter(place === '' ? `${issue?.message}` : `${place}: ${issue?.message}`);
}
