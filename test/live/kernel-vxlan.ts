/**
 * The kernel's own VXLAN understands the copies: a vxlan device at the target delivers the frames as they were
 * at the source, and only those under its VNI.
 */
import t, { type Test } from 'tap';
import { EVERYTHING, EVERYWHERE, mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, planOf } from '../fixtures/live/daemon/stand.js';
import { addVxlanDevice } from '../fixtures/live/network/vxlan-device.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import { dueOf } from '../fixtures/live/oracle/oracle.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { frameMix } from '../fixtures/live/traffic/frame-mix.js';
import { passFrames } from '../fixtures/live/traffic/passage.js';

const VNI = 42;
/** Under another VNI: the device must not show it. */
const OTHER_VNI = 43;

const base = mirrorEverything('veth0', OTHER_VNI) as {
  trafficMirrorFilters: object[];
  trafficMirrorSessions: object[];
};
const configuration = {
  ...base,
  trafficMirrorFilters: [
    ...base.trafficMirrorFilters,
    {
      trafficMirrorFilterId: 'tmf-tcp-udp',
      ingressFilterRules: [6, 17].map((protocol) => accept(protocol)),
      egressFilterRules: EVERYTHING,
    },
  ],
  trafficMirrorSessions: [
    { ...base.trafficMirrorSessions[0], sessionNumber: 2 },
    {
      ...base.trafficMirrorSessions[0],
      trafficMirrorSessionId: 'tms-tcp-udp',
      trafficMirrorFilterId: 'tmf-tcp-udp',
      sessionNumber: 1,
      virtualNetworkId: VNI,
    },
  ],
};

function accept(protocol: number): object {
  return { ruleNumber: protocol, ruleAction: 'accept', protocol, ...EVERYWHERE };
}

async function deliverThroughTheKernel(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const device = addVxlanDevice(stand.ids, VNI, '10.9.0.2');
  const configFile = stand.configure({ ...configuration, engine: ENGINES[io] });
  const [source] = (await planOf(configFile)).sources;
  const sent = (['ingress', 'egress'] as const).flatMap((direction, seed) =>
    frameMix({ seed: 10 + seed, count: 100 }).map((bytes, index) => ({
      direction,
      bytes,
      name: `frame ${index}`,
    })),
  );
  const due = sent.filter(({ direction, bytes }) => {
    const session = dueOf(source!, direction, bytes);
    return typeof session !== 'string' && session.vni === VNI;
  });
  const recording = await Recording.start(stand.ids, device, `${stand.directory}/delivered.pcap`);
  await passFrames(stand, io, configFile, source!, sent);
  await recording.until(`${due.length} frames`, (frames) => frames.length >= due.length);
  await recording.stop();

  const ledger = new Ledger();
  for (const { direction, bytes, name } of due) {
    ledger.expect(Buffer.from(bytes).toString('hex'), `${direction} ${name}`);
  }
  for (const { bytes } of recording.frames()) ledger.arrive(bytes.toString('hex'), bytes.toString('hex'));
  ledger.check(t, `frames out of ${device}`);
}

for (const io of IO_PATHS) {
  t.test(`frames out of a vxlan device, ${io}`, { skip: skipUnless('tcpdump') || skipIo(io) }, (t) =>
    deliverThroughTheKernel(t, io),
  );
}
