/** A source device that is missing, comes, goes down and up, and is replaced: mirrored whenever it is there. */
import t, { type Test } from 'tap';
import { capturing, type Daemon, startDaemon } from '../../lab/daemon.js';
import { joinByVeth } from '../../lab/namespaces.js';
import type { Status } from '../../src/status/status.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand, type Stand } from '../fixtures/live/daemon/stand.js';
import { Ledger } from '../fixtures/live/oracle/ledger.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import { readCopy } from '../fixtures/live/oracle/vxlan-copy.js';
import { ENGINES, IO_PATHS, type IoPath, skipIo, skipUnless } from '../fixtures/live/requirements.js';
import { Sender } from '../fixtures/live/traffic/sender.js';

const FRAMES_PER_WAY = 20;

async function followTheDevice(t: Test, io: IoPath): Promise<void> {
  const stand = buildStand(t);
  const { host, ids, directory } = stand;
  const senders = { inClient: new Sender(stand.client), inHost: new Sender(host) };
  const recording = await Recording.start(ids, 'ids0', `${directory}/arrived.pcap`, '-Q', 'in', 'not arp');
  host.ip('link', 'del', 'veth0');

  const configFile = stand.configure({ ...mirrorEverything('veth0', 5), engine: ENGINES[io] });
  const daemon = await startDaemon(host, configFile, directory);
  const seen: Seen = { frames: 0 };
  await daemon.until('waiting for the device', waitingFor('device veth0 does not exist'));
  createDevice(stand);
  await checkMirrored(t, 'created after the start', { daemon, recording, senders, seen });

  host.ip('link', 'set', 'veth0', 'down');
  await daemon.until('waiting for the device to come up', waitingFor('device veth0 is down'));
  host.ip('link', 'set', 'veth0', 'up');
  await checkMirrored(t, 'down and up again', { daemon, recording, senders, seen });

  host.ip('link', 'del', 'veth0');
  await daemon.until('waiting for the device again', waitingFor('device veth0 does not exist'));
  createDevice(stand);
  await checkMirrored(t, 'deleted and created again', { daemon, recording, senders, seen });

  await recording.stop();
  t.equal(recording.frames().length, seen.frames, 'nothing else arrived');
  t.equal(await daemon.stop(), 0, 'exit code');
}

/** How much of the recording was checked. */
interface Seen {
  frames: number;
}

interface Running {
  readonly daemon: Daemon;
  readonly recording: Recording;
  readonly senders: { readonly inClient: Sender; readonly inHost: Sender };
  readonly seen: Seen;
}

/** Frames both ways arrive as soon as the daemon says that it captures. */
async function checkMirrored(t: Test, what: string, running: Running): Promise<void> {
  const { daemon, recording, senders, seen } = running;
  await daemon.until(`capturing: ${what}`, capturing);
  const ingress = framesNamed(`ingress, ${what}`);
  const egress = framesNamed(`egress, ${what}`);
  await senders.inClient.send('veth1', ingress);
  await senders.inHost.send('veth0', egress);
  const ledger = new Ledger();
  for (const bytes of [...ingress, ...egress]) ledger.expect(Buffer.from(bytes).toString('hex'), what);
  const due = seen.frames + 2 * FRAMES_PER_WAY;
  await recording.until(`${due} copies`, (frames) => frames.length >= due);
  for (const { bytes } of recording.frames().slice(seen.frames)) {
    const { inner } = readCopy(bytes);
    ledger.arrive(inner.toString('hex'), inner.toString('hex'));
  }
  seen.frames = due;
  ledger.check(t, what);
}

function framesNamed(name: string): Uint8Array[] {
  return Array.from({ length: FRAMES_PER_WAY }, (_, index) =>
    frame(ethernet(), ipv4(), udp(), payload(Buffer.from(`${name}, ${index}`))),
  );
}

function createDevice({ host, client }: Stand): void {
  joinByVeth(
    { namespace: host, device: 'veth0', addresses: [] },
    { namespace: client, device: 'veth1', addresses: [] },
  );
}

function waitingFor(reason: string): (status: Status) => boolean {
  return ({ lanes }) => lanes.every((lane) => lane.state === 'waiting' && lane.reason === reason);
}

for (const io of IO_PATHS) {
  t.test(io, { skip: skipUnless('tcpdump') || skipIo(io) }, (t) => followTheDevice(t, io));
}
