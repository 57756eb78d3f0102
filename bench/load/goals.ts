/** What the fast path has to reach, each from figures of one run. */
import { median } from '../median.js';
import type { Load, Results } from './results.js';
import { NO_MIRROR_NAME } from './scenario.js';

export interface Goal {
  readonly text: string;
  readonly wanted: string;
  readonly reached: string;
  readonly met: boolean;
}

const RING = 'ring, routed';
const XDP = 'ring, AF_XDP';
const KERNEL = 'tc mirred + vxlan device';
const SMALL = '64 bytes';

/** Goals whose figures the run did not take are left out. */
export function goalsOf(results: Results): Goal[] {
  const at = (scenario: string, contender: string): Load | undefined =>
    results.load.find((row) => row.scenario === scenario && row.contender === contender);
  const mirrored = (scenario: string, contender: string) => at(scenario, contender)?.mirroredPps;
  const forwarded = (scenario: string, contender: string) => at(scenario, contender)?.forwardedPps;
  const bulk = (contender: string) => {
    const row = results.bulkTcp.find(
      (candidate) => candidate.scenario === 'PacketLength 128' && candidate.contender === contender,
    );
    return row && median(row.values.map(({ gigabits }) => gigabits));
  };
  const latency = (of: 'p50Ms' | 'p99Ms') => {
    const row = results.latency.find(({ contender }) => contender === RING);
    return row && median(row.values.map((value) => value[of]));
  };
  return [
    ratio('mirrored, 64 bytes, ring against the kernel', 1.3, mirrored(SMALL, RING), mirrored(SMALL, KERNEL)),
    ratio(
      'mirrored, 64 bytes, ring against the C loop',
      0.9,
      mirrored(SMALL, RING),
      mirrored(SMALL, 'C loop, routed'),
    ),
    ratio(
      'mirrored, 1400 bytes, ring against the C loop',
      0.9,
      mirrored('1400 bytes', RING),
      mirrored('1400 bytes', 'C loop, routed'),
    ),
    ratio(
      'source forwards, 64 bytes, ring against the kernel',
      1.5,
      forwarded(SMALL, RING),
      forwarded(SMALL, KERNEL),
    ),
    ratio(
      'mirrored, 3 × 10 rules against 1',
      0.95,
      mirrored('64 bytes, 3 × 10 rules', RING),
      mirrored(SMALL, RING),
    ),
    ratio(
      'source forwards, nothing wanted, against no mirror',
      0.9,
      forwarded('64 bytes, nothing wanted', RING),
      forwarded('64 bytes, nothing wanted', NO_MIRROR_NAME),
    ),
    ratio('bulk TCP, PacketLength 128, against no mirror', 0.9, bulk(RING), bulk(NO_MIRROR_NAME)),
    ratio('mirrored, 64 bytes, ring against libpcap', 5, mirrored(SMALL, RING), mirrored(SMALL, 'libpcap')),
    ratio(
      'mirrored, 64 bytes, direct against routed',
      1.2,
      mirrored(SMALL, 'ring, direct'),
      mirrored(SMALL, RING),
    ),
    ratio(
      'mirrored, 64 bytes, AF_XDP against the kernel',
      1.6,
      mirrored(SMALL, XDP),
      mirrored(SMALL, KERNEL),
    ),
    ratio(
      'mirrored, 1400 bytes, AF_XDP against the kernel',
      1.2,
      mirrored('1400 bytes', XDP),
      mirrored('1400 bytes', KERNEL),
    ),
    limit('latency at 1,000 packets/s, median', 1, latency('p50Ms')),
    limit('latency at 1,000 packets/s, 99th percentile', 3, latency('p99Ms')),
  ].filter((goal) => goal !== undefined);
}

function ratio(text: string, least: number, a: number | undefined, b: number | undefined): Goal | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { text, wanted: `at least ${least}x`, reached: `${(a / b).toFixed(2)}x`, met: a / b >= least };
}

function limit(text: string, most: number, value: number | undefined): Goal | undefined {
  if (value === undefined) return undefined;
  return { text, wanted: `at most ${most} ms`, reached: `${value.toFixed(2)} ms`, met: value <= most };
}
