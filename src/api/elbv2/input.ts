/** The input of Elastic Load Balancing's actions, in AWS Query. Members without a meaning here are ignored. */
import { z } from 'zod';
import { isLine, TEXT_BOUNDS } from '../../resources/text.js';
import { unflatten } from '../query-input.js';
import type { ApiInput } from '../service.js';
import { Elbv2Error, validationError } from './elbv2-error.js';

/** The most load balancers, listeners or groups that a request names. */
const MAXIMUM_NAMES = 20;

/** The most targets that a request names: those that a group may have in one zone. */
const MAXIMUM_TARGETS = 1000;

const MAXIMUM_PAGE = 400;

const INTEGERS: ReadonlySet<string> = new Set(['PageSize', 'Port']);

const INTEGER = /^\d{1,9}$/;

const line = (maximum: number) => z.string().max(maximum).refine(isLine, 'It holds control characters');

const arn = line(TEXT_BOUNDS.arn);

const names = z.array(arn).max(MAXIMUM_NAMES).default([]);

const page = {
  Marker: line(TEXT_BOUNDS.pageToken).optional(),
  PageSize: z.int().min(1).max(MAXIMUM_PAGE).default(MAXIMUM_PAGE),
};

export const loadBalancersInput = z.object({ LoadBalancerArns: names, Names: names, ...page });

export const listenersInput = z.object({ LoadBalancerArn: arn.optional(), ListenerArns: names, ...page });

export const targetGroupsInput = z.object({
  LoadBalancerArn: arn.optional(),
  TargetGroupArns: names,
  Names: names,
  ...page,
});

export const targetHealthInput = z.object({
  TargetGroupArn: arn,
  Targets: z
    .array(z.object({ Id: arn, Port: z.int().min(1).max(65_535).optional() }))
    .max(MAXIMUM_TARGETS)
    .optional(),
});

/** Checks the input of an action. @throws Elbv2Error ValidationError, InvalidAction */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: ApiInput): z.output<Schema> {
  if (input.format !== 'query') throw new Elbv2Error('InvalidAction', 'The service takes AWS Query only');
  const given = unflatten(input.parameters, parseText);
  if (!given.ok) throw validationError(given.text);
  const result = schema.safeParse(given.value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join('.') ?? '';
  const isMissing = issue?.code === 'invalid_type' && issue.message.endsWith('undefined');
  throw validationError(isMissing ? `The parameter ${place} is required` : `${place}: ${issue?.message}`);
}

function parseText(name: string, text: string): unknown {
  return INTEGERS.has(name) && INTEGER.test(text) ? Number(text) : text;
}
