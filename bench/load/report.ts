/** The results as a page. */
import { originOf } from '../page.js';
import { spreadOf, spreadText } from '../spread.js';
import { DEFAULT, NO_MIRROR } from './contender-names.js';
import { goalsOf, partText } from './goals.js';
import { growthOf, type Overload } from './overload.js';
import {
  copyNanoseconds,
  figures,
  lostPart,
  machineNanoseconds,
  type Results,
  type Series,
} from './results.js';
import type { Measurement } from './round.js';

/** Rows of the table of memory. */
const MEMORY_ROWS = 10;

export function renderReport(results: Results): string {
  const { startedAt, command, rounds, seconds, minutes, loadBefore, loadAfter, failures } = results;
  return [
    '# Benchmarks',
    '',
    originOf(command, startedAt),
    `Load average over a minute: ${loadBefore.toFixed(1)} before, ${loadAfter.toFixed(1)} after, the bench's own load included; ${minutes.toFixed(0)} minutes in all.`,
    `Medians of ${rounds} rounds, and in parentheses the least and the most of them; ${seconds} s of load each time. In each`,
    'round every contender has its turn in every scenario. Source, target, generator and mirror share the machine, each',
    'in a network namespace of its own. Figures of different runs or machines do not compare; the ratios within this page',
    'do.',
    '',
    '## Goals',
    '',
    '| | wanted | reached | |',
    '|---|---|---|---|',
    ...goalsOf(results).map(
      ({ text, wanted, reached, isMet }) =>
        `| ${text} | ${wanted} | ${reached} | ${isMet ? 'met' : 'missed'} |`,
    ),
    '',
    'A ratio is that of the medians; its spread is that of the ratios of each round.',
    '',
    ...(failures.length === 0 ? [] : ['Failed:', '', ...failures.map((text) => `- ${text}`), '']),
    ...loadSection(results),
    ...bulkSection(results),
    ...latencySection(results),
    ...memorySection(results.overload),
  ].join('\n');
}

function loadSection(results: Results): string[] {
  if (results.load.length === 0) return [];
  return [
    '## Load',
    '',
    '![Mirrored packets per second](benchmarks.svg)',
    '',
    '| | | forwarded, kpps | mirrored, kpps | lost | CPU of the mirror, ns a copy | CPU of the machine, ns a copy | memory, MB |',
    '|---|---|---|---|---|---|---|---|',
    ...results.load.map((series) => loadRow(results, series)),
    '',
    'The generator sends on one processor as fast as it can, UDP over IPv4, 64 flows unless the row says otherwise.',
    'Forwarded: frames that the devices of the sources take, by their counters. Mirrored: packets that the device of the',
    'target takes, by its counter. Both are of the time in which the load runs, without its first fifth. Lost: the part of',
    'all copies due that had not come when no more came; due are the wanted ones of the frames that the sources took, and',
    'what came is counted by nftables at the target, which drops it. What a mirror says of itself is in none of these.',
    '',
    'CPU of the mirror: user and system time of all of its processes and threads, in the same time, for each copy.',
    softInterrupts(results),
    'CPU of the machine: all of its busy time, soft interrupts included, beyond what the same frames cost without a mirror,',
    'for each copy; what runs in the kernel alone has no other figure. Memory: resident, rings included, of the processes that',
    'move frames.',
    '',
    '`default` has no key in the section `engine`; behind it stands how its copies left. `direct` is `emit: direct` with',
    '`xdpMegabytes: 0`, `xdp` is `emit: direct`. The C loop mirrors all of a device, with no filter and no counters.',
    ...(results.externals.length === 0
      ? []
      : [`So do the programs given by \`--external\`: ${results.externals.join(', ')}.`]),
    '',
  ];
}

function softInterrupts({ isInterruptTimeApart }: Results): string {
  if (isInterruptTimeApart === null)
    return 'Whether that includes soft interrupts this kernel does not tell.';
  return isInterruptTimeApart
    ? 'This kernel accounts soft interrupts apart: they are not in it.'
    : 'On this kernel that includes soft interrupts that run on top of them: the receiving side of the veth pair to the target.';
}

function loadRow(results: Results, series: Series<Measurement>): string {
  const { scenario, contender } = series;
  const show = (figure: (one: Measurement) => number | undefined, text: (value: number) => string): string =>
    spreadText(spreadOf(figures(series, figure)), text);
  const whole = (value: number): string => value.toFixed(0);
  const isMirror = contender !== NO_MIRROR;
  const cells = [
    scenario,
    contender === DEFAULT ? `${contender}${emissionText(series)}` : contender,
    show(({ forwardedPps }) => forwardedPps, kpps),
    ...(isMirror
      ? [show(({ mirroredPps }) => mirroredPps, kpps), show(lostPart, partText), show(copyNanoseconds, whole)]
      : ['', '', '']),
    isMirror ? spreadText(machineNanoseconds(results, series), whole) : '',
    show(({ residentBytes }) => (residentBytes === 0 ? undefined : residentBytes / 1e6), whole),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** How its copies left in the rounds. */
function emissionText({ values }: Series<Measurement>): string {
  const ways = new Set(values.flatMap((value) => value?.emission ?? []));
  return ways.size === 0 ? '' : ` (${[...ways].join('; ')})`;
}

function bulkSection({ bulkTcp }: Results): string[] {
  if (bulkTcp.length === 0) return [];
  const gigabits = (value: number): string => value.toFixed(1);
  return [
    '## Bulk TCP',
    '',
    '| | | Gbit/s | mirrored, kpps | ring drops |',
    '|---|---|---|---|---|',
    ...bulkTcp.map((series) => {
      const { scenario, contender } = series;
      const cells = [
        spreadText(spreadOf(figures(series, (value) => value.gigabits)), gigabits),
        contender === NO_MIRROR
          ? ''
          : spreadText(spreadOf(figures(series, (value) => value.mirroredPps)), kpps),
        spreadText(spreadOf(figures(series, ({ ringDropped }) => ringDropped)), (value) => value.toFixed(0)),
      ];
      return `| ${[scenario, contender, ...cells].join(' | ')} |`;
    }),
    '',
    'iperf3 over the veth pair with segmentation offload, one connection. What this project mirrors is what a wire would',
    'have carried: a packet for each segment. tc copies GSO frames as they are. Ring drops: frames that the kernel had no',
    'room for, as its ring tells the engine.',
    '',
  ];
}

function latencySection({ latency }: Results): string[] {
  if (latency.length === 0) return [];
  const milliseconds = (value: number): string => value.toFixed(2);
  return [
    '## Latency',
    '',
    '| | median, ms | 99th percentile, ms |',
    '|---|---|---|',
    ...latency.map((series) => {
      const cells = [
        spreadText(spreadOf(figures(series, ({ p50Ms }) => p50Ms)), milliseconds),
        spreadText(spreadOf(figures(series, ({ p99Ms }) => p99Ms)), milliseconds),
      ];
      return `| ${[series.contender, ...cells].join(' | ')} |`;
    }),
    '',
    'From the device of the source to that of the target, at 1,000 frames a second of 64 bytes; tcpdump has the times of',
    'both.',
    '',
  ];
}

function memorySection(overload: Overload | undefined): string[] {
  if (overload === undefined) return [];
  const { minutes, samples, due, mirrored } = overload;
  const { most, growth } = growthOf(samples);
  const step = Math.max(1, Math.floor(samples.length / MEMORY_ROWS));
  const shown = samples.flatMap((sample, index) => {
    if (index % step > 0) return [];
    const minute = ((index / samples.length) * minutes).toFixed(1);
    const megabytes = [sample.beyondRings, sample.rings, sample.others].map((value) => value.toFixed(0));
    return [`| ${[minute, ...megabytes].join(' | ')} |`];
  });
  return [
    '## Overload',
    '',
    '| minute | engine beyond its rings, MB | its rings, MB | other processes, MB |',
    '|---|---|---|---|',
    ...shown,
    '',
    `GSO frames of TCP, ${(due / minutes / 60 / 1e6).toFixed(1)} million copies a second due for ${minutes} minutes, of which ${partText(mirrored / due)} came: the`,
    `default configuration. Most beyond the rings ${most.toFixed(0)} MB; from the second tenth of the time to the last it grew by`,
    `${growth.toFixed(1)} MB. Resident memory; what is mapped from sockets is rings. Pages that processes share count for each.`,
    '',
  ];
}

function kpps(pps: number): string {
  return (pps / 1000).toFixed(0);
}
