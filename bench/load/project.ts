/** This project as a contender: the daemon with one of several sections `engine`. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Daemon } from '../../lab/daemon.js';
import { engine as engineSchema } from '../../src/config/engine-schema.js';
import type { Status } from '../../src/status/status.js';
import { processTree } from '../processes.js';
import type { Stand } from '../stand.js';
import { configurationOf } from './configuration.js';
import { DEFAULT, LIBPCAP } from './contender-names.js';
import type { Mirroring } from './mirroring.js';
import type { Scenario } from './scenario.js';

/** By name of the contender: keys of the section `engine`. */
export const PROJECT_ENGINES: Readonly<Record<string, object>> = {
  [LIBPCAP]: { io: 'libpcap', emit: 'routed' },
  routed: { io: 'ring', emit: 'routed' },
  direct: { io: 'ring', emit: 'direct', xdpMegabytes: 0 },
  xdp: { io: 'ring', emit: 'direct' },
  [DEFAULT]: {},
};

const POLL_MS = 100;
/** A default that chooses by itself has found its way by then, or stays with what it has. */
const CHOICE_LIMIT_MS = 15_000;
/** Counters cross from engine to daemon once a second. */
const COUNTERS_MS = 1500;

/** Resolves when every lane captures and copies leave the way that they are to. */
export async function startProject(stand: Stand, scenario: Scenario, engine: object): Promise<Mirroring> {
  const daemon = await stand.start(configurationOf(scenario, engine));
  await settle(daemon, engine);
  const status = await daemon.status();
  return {
    pids: processTree(status.pid),
    enginePids: status.engines.flatMap(({ pid }) => pid ?? []),
    emission: async () => emissionOf(await daemon.status()),
    ringDropped: async () => {
      await sleep(COUNTERS_MS);
      return (await daemon.status()).sources.reduce((sum, { ringDropped }) => sum + ringDropped, 0);
    },
    stop: async () => {
      await daemon.stop();
    },
  };
}

async function settle(daemon: Daemon, engine: object): Promise<void> {
  const { io, emit, xdpMegabytes } = engineSchema.parse(engine);
  if (io === 'libpcap' || emit === 'routed') return;
  const wanted = xdpMegabytes === 0 ? 'packet-socket' : 'xdp';
  const hasCome = ({ targets }: Status): boolean => targets.every(({ emission }) => emission === wanted);
  if (emit === 'direct') {
    await daemon.until(`copies leaving by ${wanted}`, hasCome);
    return;
  }
  const deadline = performance.now() + CHOICE_LIMIT_MS;
  while (!hasCome(await daemon.status()) && performance.now() < deadline) await sleep(POLL_MS);
}

/** The ways of all targets. */
function emissionOf({ targets }: Status): string {
  return [...new Set(targets.map(({ emission }) => emission))].join(', ');
}
