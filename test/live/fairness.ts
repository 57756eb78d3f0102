/**
 * Sources beside each other: what one has to do does not keep the engine from another.
 *
 *     client  veth1 -> veth0, evil0.. -> bad0..  host  mir0 -> ids0  ids
 */
import { once } from 'node:events';
import t, { type Test } from 'tap';
import { joinByVeth } from '../../lab/namespaces.js';
import { checkSums, laneOf } from '../fixtures/live/daemon/accounts.js';
import { EVERYTHING, mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { ENGINES, skipUnless } from '../fixtures/live/requirements.js';
import { Load } from '../fixtures/live/traffic/load.js';
import { fromRoot } from '../fixtures/root.js';

const FLOOD = fromRoot('dist/lab/gso-flood.js');
const SECONDS = 5;
const RATE = 1000;
/** Half of the default: a source that waits longer than its blocks last loses frames. */
const RING_MEGABYTES = 16;

interface Flood {
  readonly name: string;
  /** Frames a second of each device; 0: as many as go. */
  readonly rate: number;
  readonly bytes: number;
  readonly gsoSize: number;
  readonly sources: number;
}

const FLOODS: readonly Flood[] = [
  { name: 'segments of a byte', rate: 25, bytes: 60_000, gsoSize: 1, sources: 4 },
  { name: 'as many segments as a frame may have', rate: 0, bytes: 1024 * 48, gsoSize: 48, sources: 8 },
];

async function beside(t: Test, { rate, bytes, gsoSize, sources }: Flood): Promise<void> {
  const flooded = Array.from({ length: sources }, (_, index) => index);
  const stand = buildStand(t, { silentTarget: true });
  const { client, host } = stand;
  for (const index of flooded) {
    joinByVeth(
      { namespace: host, device: `bad${index}`, addresses: [] },
      { namespace: client, device: `evil${index}`, addresses: [] },
    );
  }
  const daemon = await stand.start(stand.configure(configuration(flooded)));
  const flood = client.spawn(
    process.execPath,
    [FLOOD, SECONDS, rate, bytes, gsoSize, ...flooded.map((index) => `evil${index}`)].map(String),
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let told = '';
  flood.stdout!.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  const ended = once(flood, 'close');
  const { sent } = await new Load(stand, SECONDS, RATE).end();
  await ended;
  const status = await daemon.until('every frame accounted for', (now) => {
    const { read, ringDropped } = laneOf(now, 'ingress', 'eni-source');
    return read.packets + ringDropped >= sent;
  });
  const { ringDropped, sessions } = laneOf(status, 'ingress', 'eni-source');
  const others = flooded.map((index) => laneOf(status, 'ingress', `eni-bad${index}`));
  t.comment(
    `${told.trim()} GSO frames sent; read ${others.map(({ read }) => read.packets)}, ` +
      `dropped ${others.map((lane) => lane.ringDropped)}, copies ${others.map((lane) => lane.sessions[0]!.mirrored.packets)}`,
  );
  t.ok(
    others.every(({ read }) => read.packets > 0),
    'the others were mirrored too',
  );
  t.equal(ringDropped, 0, 'its ring dropped nothing');
  t.equal(sessions[0]!.mirrored.packets, sent, 'every frame was mirrored');
  t.equal(status.engines[0]?.restarts, 0);
  checkSums(t, status, 'after the flood');
  t.equal(await daemon.stop(), 0);
}

function configuration(flooded: readonly number[]): object {
  const base = mirrorEverything('veth0', 5) as Record<string, readonly object[]>;
  const filter = { trafficMirrorFilterId: 'tmf-in', ingressFilterRules: EVERYTHING };
  return {
    ...base,
    networkInterfaces: [
      ...base.networkInterfaces!,
      ...flooded.map((index) => ({ networkInterfaceId: `eni-bad${index}`, device: `bad${index}` })),
    ],
    trafficMirrorFilters: [...base.trafficMirrorFilters!, filter],
    trafficMirrorSessions: [
      ...base.trafficMirrorSessions!,
      ...flooded.map((index) => ({
        trafficMirrorSessionId: `tms-bad${index}`,
        networkInterfaceId: `eni-bad${index}`,
        trafficMirrorTargetId: 'tmt',
        trafficMirrorFilterId: 'tmf-in',
        sessionNumber: 1,
        virtualNetworkId: 10 + index,
      })),
    ],
    engine: { ...ENGINES.ring, ringMegabytes: RING_MEGABYTES },
  };
}

for (const flood of FLOODS) t.test(flood.name, { skip: skipUnless('nft') }, (t) => beside(t, flood));
