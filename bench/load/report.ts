/** The results as a page. */
import { median } from '../median.js';
import { originOf } from '../page.js';
import { goalsOf } from './goals.js';
import type { Results } from './results.js';
import { NO_MIRROR_NAME } from './scenario.js';

export function renderReport(results: Results): string {
  return [
    '# Benchmarks',
    '',
    originOf('npm run bench', results.startedAt),
    `Medians of ${results.rounds} rounds of ${results.seconds} s; within a round the contenders take turns. One process`,
    'generates on a veth pair as fast as it can; source, target and mirror share the machine. Figures of different',
    'runs or machines do not compare; the ratios within this page do.',
    '',
    '![Mirrored packets per second](benchmarks.svg)',
    '',
    ...loadTable(results),
    '',
    'Forwarded: what the source still gets through while it is mirrored. Lost: copies due that did not arrive.',
    'CPU: what a mirrored packet costs the whole machine beyond what forwarding it costs. Memory: resident, rings',
    'included, of all processes that mirror.',
    '',
    '## Bulk TCP',
    '',
    '| | | Gbit/s | mirrored, kpps |',
    '|---|---|---|---|',
    ...results.bulkTcp.map(({ scenario, contender, values }) => {
      const gigabits = median(values.map((value) => value.gigabits)).toFixed(2);
      const mirrored = isMirror(contender) ? kpps(median(values.map((value) => value.mirroredPps))) : '';
      return `| ${scenario} | ${contender} | ${gigabits} | ${mirrored} |`;
    }),
    '',
    'iperf3 over the veth pair with segmentation offload. What the ring mirrors is what a wire would have carried: a',
    'packet for each segment. The others copy GSO frames as they are, or what of them fits.',
    '',
    '## Latency',
    '',
    '| | median, ms | 99th percentile, ms |',
    '|---|---|---|',
    ...results.latency.map(({ contender, values }) => {
      const of = (key: 'p50Ms' | 'p99Ms') => median(values.map((value) => value[key])).toFixed(2);
      return `| ${contender} | ${of('p50Ms')} | ${of('p99Ms')} |`;
    }),
    '',
    'From the source device to the target device, at 1,000 frames a second of 64 bytes.',
    '',
    '## Goals',
    '',
    '| | wanted | reached | |',
    '|---|---|---|---|',
    ...goalsOf(results).map(
      ({ text, wanted, reached, met }) => `| ${text} | ${wanted} | ${reached} | ${met ? 'met' : 'missed'} |`,
    ),
    '',
  ].join('\n');
}

function loadTable({ load }: Results): string[] {
  return [
    '| | | forwarded, kpps | mirrored, kpps | lost | CPU, µs | memory, MB |',
    '|---|---|---|---|---|---|---|',
    ...load.map((row) => {
      const cpu = row.cpuMicroseconds === undefined ? '' : row.cpuMicroseconds.toFixed(2);
      const memory = row.residentMegabytes === 0 ? '' : row.residentMegabytes.toFixed(0);
      const copies = isMirror(row.contender)
        ? [kpps(row.mirroredPps), `${(row.lost * 100).toFixed(1)} %`]
        : ['', ''];
      return `| ${[row.scenario, row.contender, kpps(row.forwardedPps), ...copies, cpu, memory].join(' | ')} |`;
    }),
  ];
}

function isMirror(contender: string): boolean {
  return contender !== NO_MIRROR_NAME;
}

function kpps(pps: number): string {
  return (pps / 1000).toFixed(0);
}
