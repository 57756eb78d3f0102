/** `engine.dscp` in the outer headers of copies: over both families, each way out, and of `replay`. */
import { readFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { sessionSum } from '../fixtures/live/daemon/accounts.js';
import { trafficMirror } from '../fixtures/live/daemon/command.js';
import { mirrorEverything } from '../fixtures/live/daemon/configurations.js';
import { buildStand } from '../fixtures/live/daemon/stand.js';
import { parsePcap } from '../fixtures/live/oracle/pcap.js';
import { Recording } from '../fixtures/live/oracle/recording.js';
import {
  ENGINES,
  IO_PATHS_AND_DIRECT,
  type IoPath,
  skipIo,
  skipUnless,
} from '../fixtures/live/requirements.js';

/** Expedited forwarding: not the default. */
const DSCP = 46;
const TARGETS = ['10.9.0.2', 'fd00:9::2'];
const ETHERNET_BYTES = 14;

/** @returns the code point and the bits for congestion, of an IPv4 or IPv6 packet. */
function trafficClass(packet: Uint8Array): number {
  const [first = 0, second = 0] = packet.subarray(ETHERNET_BYTES);
  return first >>> 4 === 6 ? ((first & 0xf) << 4) | (second >>> 4) : second;
}

async function mirrorTo(t: Test, io: IoPath, target: string): Promise<void> {
  const { client, ids, directory, configure, start } = buildStand(t, { ipv6Target: true });
  const file = `${directory}/arrived.pcap`;
  const recording = await Recording.start(ids, 'ids0', file, '-Q', 'in', 'udp port 4789');
  const configFile = configure({
    ...mirrorEverything('veth0', 5, target),
    engine: { ...ENGINES[io], dscp: DSCP },
  });
  const daemon = await start(configFile);
  client.run('ping', '-c', '5', '-i', '0.2', '10.1.0.1');
  await daemon.until('all mirrored', (status) => sessionSum(status, 'mirrored') >= 8);
  await recording.until('copies', (frames) => frames.length >= 8);
  await recording.stop();
  const arrived = recording.frames().map(({ bytes }) => trafficClass(bytes));
  t.strictSame([...new Set(arrived)], [DSCP << 2], 'every copy carries it');
  t.equal(await daemon.stop(), 0, 'exit code');

  const replayed = `${directory}/replayed.pcap`;
  const files = ['--in', file, '--out', replayed];
  const { exitCode } = trafficMirror('replay', '--config', configFile, '--source', 'eni-source', ...files);
  t.equal(exitCode, 0, 'exit code of replay');
  const packets = parsePcap(readFileSync(replayed)).map(({ bytes }) => trafficClass(bytes));
  t.strictSame([packets.length > 0, ...new Set(packets)], [true, DSCP << 2], 'and every one of a replay');
}

// They wait most of the time.
t.jobs = 2;
for (const io of IO_PATHS_AND_DIRECT) {
  for (const target of TARGETS) {
    const skip = skipUnless('tcpdump') || skipIo(io);
    t.test(`${io}, to ${target}`, { skip }, (t) => mirrorTo(t, io, target));
  }
}
