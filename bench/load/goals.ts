/** The goals of the bench, such as the rate of copies against tc, and whether the figures of this run reach them. */
import { type Spread, spreadOf, spreadText } from '../spread.js';
import { cLoopName, DEFAULT, KERNEL_MIRROR, loopName, NO_MIRROR, WAYS } from './contender-names.js';
import { growthOf } from './overload.js';
import { copyNanoseconds, figures, lostPart, type Results, seriesOf } from './results.js';
import type { Measurement } from './round.js';
import {
  BULK_HEADERS,
  BULK_WHOLE,
  IDLE_SOURCE,
  LARGE_FRAMES,
  MIDDLE_FRAMES,
  NOTHING_WANTED,
  type Scenario,
  SMALL_FRAMES,
  TRICKLE,
} from './scenario.js';

export interface Goal {
  readonly text: string;
  readonly wanted: string;
  /** With its spread over the rounds. */
  readonly reached: string;
  readonly isMet: boolean;
}

type Values = readonly (number | undefined)[];

/** Most by which memory may grow and still be flat: code is compiled late, and the heap breathes. */
const FLAT_MEGABYTES = 10;

/** Goals whose figures the run did not take are left out. */
export function goalsOf(results: Results): Goal[] {
  const load = (scenario: Scenario, contender: string, figure: (one: Measurement) => number | undefined) =>
    figures(seriesOf(results.load, scenario.name, contender), figure);
  const mirrored = (scenario: Scenario, contender: string): Values =>
    load(scenario, contender, ({ mirroredPps }) => mirroredPps);
  const forwarded = (scenario: Scenario, contender: string): Values =>
    load(scenario, contender, ({ forwardedPps }) => forwardedPps);
  const cpu = (scenario: Scenario, contender: string): Values => load(scenario, contender, copyNanoseconds);
  const against = (name: string, other: string, small: number, large: number): (Goal | undefined)[] =>
    [
      { scenario: SMALL_FRAMES, least: small },
      { scenario: LARGE_FRAMES, least: large },
    ].map(({ scenario, least }) =>
      atLeast(
        `mirrored, ${scenario.name}, ${name} against ${other}`,
        least,
        mirrored(scenario, name),
        mirrored(scenario, other),
      ),
    );
  return [
    ...[SMALL_FRAMES, MIDDLE_FRAMES, LARGE_FRAMES].map((scenario) =>
      nothing(
        `lost of what the source forwards, ${scenario.name}, default`,
        load(scenario, DEFAULT, lostPart),
      ),
    ),
    ...against(DEFAULT, KERNEL_MIRROR, 1.6, 1.2),
    ...against(DEFAULT, cLoopName('routed'), 1.15, 1.1),
    ...results.externals.flatMap((name) =>
      WAYS.flatMap((way) =>
        [
          { scenario: SMALL_FRAMES, most: 1.2 },
          { scenario: LARGE_FRAMES, most: 1.1 },
        ].map(({ scenario, most }) =>
          atMostTimes(
            `CPU for a copy, ${scenario.name}, ${way} against ${loopName(name, way)}`,
            most,
            cpu(scenario, way),
            cpu(scenario, loopName(name, way)),
          ),
        ),
      ),
    ),
    ...against('routed', KERNEL_MIRROR, 1.2, 0.93),
    ...[
      { scenario: NOTHING_WANTED, least: 0.95 },
      { scenario: SMALL_FRAMES, least: 0.75 },
    ].map(({ scenario, least }) =>
      atLeast(
        `source forwards, ${scenario === SMALL_FRAMES ? '64 bytes, all mirrored' : scenario.name}, default against no mirror`,
        least,
        forwarded(scenario, DEFAULT),
        forwarded(scenario, NO_MIRROR),
      ),
    ),
    ...bulkGoals(results),
    ...latencyGoals(results),
    ...engineGoals(results),
  ].filter((goal) => goal !== undefined);
}

function bulkGoals({ bulkTcp }: Results): (Goal | undefined)[] {
  return [
    { scenario: BULK_HEADERS, least: 0.9 },
    { scenario: BULK_WHOLE, least: 0.85 },
  ].flatMap(({ scenario, least }) => {
    const ours = seriesOf(bulkTcp, scenario.name, DEFAULT);
    const plain = seriesOf(bulkTcp, scenario.name, NO_MIRROR);
    return [
      atLeast(
        `bulk TCP, ${scenario.name}, default against no mirror`,
        least,
        figures(ours, ({ gigabits }) => gigabits),
        figures(plain, ({ gigabits }) => gigabits),
      ),
      limit(
        `bulk TCP, ${scenario.name}, default: ring drops`,
        { most: 0, unit: 'frames', digits: 0 },
        figures(ours, ({ ringDropped }) => ringDropped),
      ),
    ];
  });
}

function latencyGoals({ latency }: Results): (Goal | undefined)[] {
  const series = seriesOf(latency, TRICKLE.name, DEFAULT);
  return [
    limit(
      'latency at 1,000 frames/s, median, default',
      { most: 0.5, unit: 'ms', digits: 2 },
      figures(series, ({ p50Ms }) => p50Ms),
    ),
    limit(
      'latency at 1,000 frames/s, 99th percentile, default',
      { most: 1.5, unit: 'ms', digits: 2 },
      figures(series, ({ p99Ms }) => p99Ms),
    ),
  ];
}

function engineGoals({ overload, idle }: Results): (Goal | undefined)[] {
  const minutes = `${overload?.minutes} minutes of overload`;
  const { most, growth } = overload === undefined ? {} : growthOf(overload.samples);
  return [
    limit(`memory of the engine beyond its rings, ${minutes}`, { most: 150, unit: 'MB', digits: 0 }, [most]),
    limit(`its growth, ${minutes}`, { most: FLAT_MEGABYTES, unit: 'MB', digits: 1 }, [growth]),
    limit(
      'CPU of all processes while nothing comes',
      { most: 1, unit: '%', digits: 1 },
      figures(seriesOf(idle, IDLE_SOURCE.name, DEFAULT), ({ cpu }) => cpu * 100),
    ),
  ];
}

function atLeast(text: string, least: number, a: Values, b: Values): Goal | undefined {
  const ratio = ratioOf(a, b);
  if (ratio === undefined) return undefined;
  return { text, wanted: `at least ${least}x`, reached: times(ratio), isMet: ratio.median >= least };
}

function atMostTimes(text: string, most: number, a: Values, b: Values): Goal | undefined {
  const ratio = ratioOf(a, b);
  if (ratio === undefined) return undefined;
  return { text, wanted: `at most ${most}x`, reached: times(ratio), isMet: ratio.median <= most };
}

/** The ratio of the medians, and the spread of the ratios of each round. */
function ratioOf(a: Values, b: Values): Spread | undefined {
  const [above, below] = [spreadOf(a), spreadOf(b)];
  const each = spreadOf(
    a.map((value, round) => {
      const other = b[round];
      return value === undefined || other === undefined ? undefined : value / other;
    }),
  );
  if (above === undefined || below === undefined || each === undefined) return undefined;
  return { ...each, median: above.median / below.median };
}

function times(ratio: Spread): string {
  return spreadText(ratio, (value) => `${value.toFixed(2)}x`);
}

function nothing(text: string, parts: Values): Goal | undefined {
  const spread = spreadOf(parts);
  if (spread === undefined) return undefined;
  return { text, wanted: '0 %', reached: spreadText(spread, partText), isMet: spread.median === 0 };
}

/** Percent with so many digits that a part above 0 never shows as 0. */
export function partText(part: number): string {
  const percent = part * 100;
  if (percent === 0) return '0 %';
  return Math.abs(percent) < 0.1 ? `${percent.toPrecision(1)} %` : `${percent.toFixed(1)} %`;
}

interface Limit {
  readonly most: number;
  readonly unit: string;
  readonly digits: number;
}

function limit(text: string, { most, unit, digits }: Limit, values: Values): Goal | undefined {
  const spread = spreadOf(values);
  if (spread === undefined) return undefined;
  const show = (value: number): string => `${value.toFixed(digits)} ${unit}`;
  return {
    text,
    wanted: `at most ${most} ${unit}`,
    reached: spreadText(spread, show),
    isMet: spread.median <= most,
  };
}
