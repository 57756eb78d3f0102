/** The measurements of a round: which contenders mirror in which scenario. Not every combination: a round takes minutes. */
import {
  C_WAYS,
  cLoopName,
  DEFAULT,
  KERNEL_MIRROR,
  LIBPCAP,
  loopName,
  NO_MIRROR,
  WAYS,
} from './contender-names.js';
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

/** The kinds of measurement. */
export type Section = 'load' | 'bulk TCP' | 'latency' | 'idle';

/** Contenders that take turns. */
export interface Group {
  readonly section: Section;
  readonly scenario: Scenario;
  /** Names. */
  readonly contenders: readonly string[];
}

const FLOWS = [1, 16, 1000];
/** Devices and the size of their rings, of which AF_XDP is to have all. */
const SOURCES = [
  { sources: 10, ringMegabytes: 16 },
  { sources: 100, ringMegabytes: 2 },
];
const RINGS = [4, 128, 'auto'] as const;

/** The name of a group in the output; `--only TEXT` runs the groups whose names contain the text. */
export function labelOf({ section, scenario }: Group): string {
  return `${section}: ${scenario.name}`;
}

/** @param externals names of loops of others. */
export function matrixOf(externals: readonly string[]): Group[] {
  const load = (scenario: Scenario, ...contenders: string[]): Group => ({
    section: 'load',
    scenario,
    contenders,
  });
  const all = [...[NO_MIRROR, KERNEL_MIRROR, DEFAULT, ...WAYS, LIBPCAP], ...C_WAYS.map(cLoopName)];
  const others = externals.flatMap((name) => WAYS.map((way) => loopName(name, way)));
  return [
    load(SMALL_FRAMES, ...all, ...others),
    load(MIDDLE_FRAMES, ...all),
    load(LARGE_FRAMES, ...all, ...others),
    load(NOTHING_WANTED, NO_MIRROR, KERNEL_MIRROR, DEFAULT, LIBPCAP),
    load({ ...SMALL_FRAMES, name: '64 bytes, 1 % wanted', wanted: 0.01 }, NO_MIRROR, KERNEL_MIRROR, DEFAULT),
    load({ ...SMALL_FRAMES, name: '64 bytes, 3 × 10 rules', sessions: 3 }, DEFAULT),
    load({ ...LARGE_FRAMES, name: '1400 bytes, PacketLength 128', packetLength: 128 }, DEFAULT, 'routed'),
    ...FLOWS.map((flows) =>
      load(
        {
          ...SMALL_FRAMES,
          name: `64 bytes, ${flows.toLocaleString('en')} flow${flows === 1 ? '' : 's'}`,
          flows,
        },
        ...[KERNEL_MIRROR, DEFAULT, cLoopName('routed')],
      ),
    ),
    ...SOURCES.map(({ sources, ringMegabytes }) =>
      load(
        {
          ...SMALL_FRAMES,
          name: `64 bytes, ${sources} sources with rings of ${ringMegabytes} MiB`,
          sources,
          ringMegabytes,
        },
        ...[NO_MIRROR, KERNEL_MIRROR, DEFAULT],
      ),
    ),
    ...RINGS.map((ringMegabytes) => {
      const size = ringMegabytes === 'auto' ? '`auto`' : `${ringMegabytes} MiB`;
      return load({ ...LARGE_FRAMES, name: `1400 bytes, ring of ${size}`, ringMegabytes }, DEFAULT);
    }),
    { section: 'bulk TCP', scenario: BULK_HEADERS, contenders: [NO_MIRROR, DEFAULT, 'routed'] },
    { section: 'bulk TCP', scenario: BULK_WHOLE, contenders: [NO_MIRROR, KERNEL_MIRROR, DEFAULT, 'routed'] },
    {
      section: 'latency',
      scenario: TRICKLE,
      contenders: [KERNEL_MIRROR, LIBPCAP, DEFAULT, ...WAYS, cLoopName('routed')],
    },
    { section: 'idle', scenario: IDLE_SOURCE, contenders: [DEFAULT] },
  ];
}
