/** What CloudWatch's actions take. Members that mean nothing here are let pass. */
import { z } from 'zod';
import { isLine } from '../../resources/text.js';

const NAME_CHARACTERS = 255;

const MAXIMUM_DIMENSIONS = 30;

const MAXIMUM_QUERIES = 500;

const MAXIMUM_DATAPOINTS = 100_800;

const MINUTE_SECONDS = 60;

const DAY_SECONDS = 86_400;

const HIGH_RESOLUTION = [1, 5, 10, 30];

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
