/** Sources whose frames cost much, beside one with little traffic: it must not notice them. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { joinByVeth } from '../../lab/namespaces.js';
import type { LaneStatus, Status } from '../../src/status/status.js';
import { generate } from '../generate.js';
import { framesOf } from '../load/frames.js';
import { SMALL_FRAMES } from '../load/scenario.js';
import { type Stand, silence, withStand } from '../stand.js';
import { mirrorEverything } from './configuration.js';
import type { Scenario } from './scenario.js';

const FLOOD = fileURLToPath(new URL('../../lab/gso-flood.js', import.meta.url));
const SECONDS = 5;
const RATE = 1000;
const FLOODED = [0, 1, 2, 3];
const FLOOD_RATE = 25;
const FLOOD_BYTES = 60_000;
const FLOOD_GSO_SIZE = 1;
/** Half of the default: a source that waits longer than its blocks last loses frames. */
const RING_MEGABYTES = 16;

export function fairnessScenarios(): readonly Scenario[] {
  return [
    {
      name: `four sources with ${FLOOD_RATE} GSO frames/s of gso_size ${FLOOD_GSO_SIZE} each`,
      goal: [
        { name: 'of another source of 1 kpps, not mirrored', unit: 'frames', digits: 0, atMost: 0 },
        { name: 'its frames', unit: '', digits: 0 },
        { name: 'least GSO frames read of one of the four', unit: '', digits: 0, atLeast: 1 },
      ],
      run: () => withStand({}, beside),
    },
  ];
}

async function beside({ topology, start }: Stand): Promise<number[]> {
  const { client, host } = topology;
  for (const index of FLOODED) {
    joinByVeth(
      { namespace: host, device: `bad${index}`, addresses: [] },
      { namespace: client, device: `evil${index}`, addresses: [] },
    );
  }
  silence(topology);
  const daemon = await start(
    mirrorEverything({
      devices: ['veth0', ...FLOODED.map((index) => `bad${index}`)],
      address: '10.9.0.2',
      engine: { ringMegabytes: RING_MEGABYTES },
    }),
  );
  const settings = [SECONDS, FLOOD_RATE, FLOOD_BYTES, FLOOD_GSO_SIZE].map(String);
  const flood = client.spawn(
    process.execPath,
    [FLOOD, ...settings, ...FLOODED.map((index) => `evil${index}`)],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = once(flood, 'close');
  const frames = framesOf(SMALL_FRAMES);
  const { sent } = await generate(client, { device: 'veth1', seconds: SECONDS, rate: RATE, frames });
  const [code] = await ended;
  if (code !== 0) throw new Error(`the flood ended with ${code}`);
  const status = await daemon.until('every frame accounted for', (now) => {
    const { read, ringDropped } = laneOf(now, 'veth0');
    return read.packets + ringDropped >= sent;
  });
  const read = FLOODED.map((index) => laneOf(status, `bad${index}`).read.packets);
  return [sent - laneOf(status, 'veth0').sessions[0].mirrored.packets, sent, Math.min(...read)];
}

function laneOf({ lanes }: Status, name: string): LaneStatus {
  const lane = lanes.find(({ device, direction }) => device === name && direction === 'ingress');
  if (lane === undefined) throw new Error(`no lane of ${name}`);
  return lane;
}
