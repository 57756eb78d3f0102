/** The input of CloudWatch's actions, read from any of the protocols. Members without a meaning here are ignored. */
import { z } from 'zod';
import { isLine } from '../../resources/text.js';
import { unflatten } from '../query-input.js';
import { type ApiInput, isSmallInput } from '../service.js';
import { invalidValue, MonitoringError } from './monitoring-error.js';

const NAME_CHARACTERS = 255;

const MAXIMUM_DIMENSIONS = 30;

const MAXIMUM_QUERIES = 500;

const MAXIMUM_DATAPOINTS = 100_800;

const MINUTE_SECONDS = 60;

const DAY_SECONDS = 86_400;

const HIGH_RESOLUTION = [1, 5, 10, 30];

/** Members that are no text; AWS Query sends everything as text. */
const INTEGERS: ReadonlySet<string> = new Set(['Period', 'MaxDatapoints']);
const BOOLEANS: ReadonlySet<string> = new Set(['IncludeLinkedAccounts', 'ReturnData']);
const TIMES: ReadonlySet<string> = new Set(['StartTime', 'EndTime']);

const INTEGER = /^-?\d{1,15}$/;
/** ISO 8601 in UTC or with an offset; `Date.parse` accepts much more. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

const text = z.string().refine(isLine, 'It holds control characters');

const name = text.min(1).max(NAME_CHARACTERS);

const period = z
  .int()
  .min(1)
  .max(DAY_SECONDS)
  .refine(
    (value) => value % MINUTE_SECONDS === 0 || HIGH_RESOLUTION.includes(value),
    'It must be a multiple of 60',
  );

const dimensions = z
  .array(z.object({ Name: name, Value: name }))
  .max(MAXIMUM_DIMENSIONS)
  .default([]);

const times = { StartTime: z.date(), EndTime: z.date() };

const STATISTICS = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const;

/** `p99` or `p99.9`. */
const percentile = z.string().regex(/^p(100|\d{1,2}(\.\d{1,10})?)$/, 'It is not a statistic');

export const listMetricsInput = z.object({
  Namespace: name.optional(),
  MetricName: name.optional(),
  Dimensions: z
    .array(z.object({ Name: name, Value: name.optional() }))
    .max(MAXIMUM_DIMENSIONS)
    .default([]),
  NextToken: text.optional(),
  RecentlyActive: z.literal('PT3H').optional(),
});

export const metricStatisticsInput = z.object({
  Namespace: name,
  MetricName: name,
  Dimensions: dimensions,
  ...times,
  Period: period,
  Statistics: z.array(z.enum(STATISTICS)).min(1).max(STATISTICS.length).optional(),
  ExtendedStatistics: z.array(percentile).min(1).max(10).optional(),
  Unit: text.optional(),
});

const metricStat = z.object({
  Metric: z.object({ Namespace: name, MetricName: name, Dimensions: dimensions }),
  Period: period,
  Stat: z.union([z.enum(STATISTICS), percentile]),
  Unit: text.optional(),
});

export const metricDataInput = z.object({
  MetricDataQueries: z
    .array(
      z.object({
        Id: z.string().regex(/^[a-z][A-Za-z0-9_]{0,254}$/, 'It must begin with a lower-case letter'),
        MetricStat: metricStat.optional(),
        Expression: text.optional(),
        Label: name.optional(),
        ReturnData: z.boolean().default(true),
      }),
    )
    .min(1)
    .max(MAXIMUM_QUERIES),
  ...times,
  NextToken: text.optional(),
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).default('TimestampDescending'),
  MaxDatapoints: z.int().min(1).max(MAXIMUM_DATAPOINTS).default(MAXIMUM_DATAPOINTS),
});

/** Checks the input of an action. @throws MonitoringError MissingParameter, InvalidParameterValue */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: ApiInput): z.output<Schema> {
  if (input.format !== 'query' && !isSmallInput(input.body))
    throw invalidValue('The request has too many members');
  const result = schema.safeParse(
    input.format === 'query' ? unflattened(input.parameters) : withDates(input.body),
  );
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join('.') ?? '';
  if (issue?.code === 'invalid_type' && issue.message.endsWith('undefined')) {
    throw new MonitoringError('MissingParameter', `The parameter ${place} is required.`);
  }
  throw invalidValue(`${place === '' ? 'Input' : place}: ${issue?.message}`);
}

function unflattened(parameters: ReadonlyMap<string, string>): unknown {
  const input = unflatten(parameters, parseText);
  if (input.ok) return input.value;
  throw invalidValue(input.text);
}

function parseText(name: string, text: string): unknown {
  if (INTEGERS.has(name) && INTEGER.test(text)) return Number(text);
  if (BOOLEANS.has(name) && (text === 'true' || text === 'false')) return text === 'true';
  if (TIMES.has(name) && TIME.test(text)) return new Date(text);
  return text;
}

/** Input with dates: in JSON and CBOR, times are seconds since 1970. */
function withDates(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) =>
      TIMES.has(name) && typeof value === 'number' ? [name, new Date(value * 1000)] : [name, value],
    ),
  );
}
