/** `replay`: a capture through the pipeline into another. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { LaneCounts } from '../../src/counters/snapshot.js';
import { PcapFileSource } from '../../src/io/pcap/pcap-source.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { arp, ethernet } from '../fixtures/frames/link.js';
import { tcp, udp } from '../fixtures/frames/transport.js';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { writePcap } from '../fixtures/live/oracle/pcap.js';
import { fromRoot } from '../fixtures/root.js';

const LAB = fromRoot('config/lab.yaml');
const OUTER_BYTES = 14 + 20 + 8 + 8;
const HOST_MAC = '02:00:00:00:00:aa';

const web = frame(ethernet(), ipv4(), tcp({ destinationPort: 80 }), payload(400));
const query = frame(ethernet(), ipv4(), udp({ destinationPort: 53 }), payload(300));
const answer = frame(
  ethernet({ source: [0x02, 0, 0, 0, 0, 0xaa] }),
  ipv4(),
  tcp({ sourcePort: 80, destinationPort: 999 }),
);
const other = frame(ethernet(), ipv4(), tcp({ destinationPort: 22 }), payload(200));
const cut = web.subarray(0, 20);
const frames = [web, query, answer, frame(ethernet(), arp()), other, cut];

function replay(t: Test, input: readonly Uint8Array[], ...more: string[]) {
  const directory = t.testdir({});
  const source = join(directory, 'in.pcap');
  const target = join(directory, 'out.pcap');
  writePcap(source, input);
  const files = ['--in', source, '--out', target];
  return { target, ...trafficMirror('replay', '--config', LAB, '--source', 'eni-web', ...files, ...more) };
}

t.test('matched frames are written, cut and encapsulated', { skip: skipWithoutBuild }, async (t) => {
  const { exitCode, target } = replay(t, frames);
  t.equal(exitCode, 0);
  const inner = packetsOf(target).map((packet) => packet.subarray(OUTER_BYTES));
  t.same(
    inner,
    [web, query.subarray(0, 96), answer, other.subarray(0, 128)].map((bytes) => Buffer.from(bytes)),
  );
});

t.test('the summary adds up, direction by direction', { skip: skipWithoutBuild }, async (t) => {
  const { stdout } = replay(t, frames, '--egress-mac', HOST_MAC, '--json');
  const summary = JSON.parse(stdout) as { written: number; lanes: LaneCounts[] };
  t.equal(summary.written, 4);
  t.same(
    summary.lanes.map((lane) => [lane.direction, lane.read.packets, lane.unparsable, lane.unmirrored]),
    [
      ['ingress', 5, 1, { arp: 1 }],
      ['egress', 1, 0, {}],
    ],
  );
  for (const lane of summary.lanes) {
    const matched = lane.sessions.reduce((sum, session) => sum + session.matched.packets, 0);
    const unmirrored = Object.values(lane.unmirrored).reduce((sum, count) => sum + count, 0);
    t.equal(lane.read.packets, matched + lane.unmatched + lane.unparsable + unmirrored);
    for (const session of lane.sessions) t.same(session.matched, session.mirrored);
  }
});

const rows = [
  {
    name: 'a MAC address that is none',
    more: ['--egress-mac', 'aa:bb'],
    exitCode: 2,
    says: /--egress-mac aa:bb/,
  },
  { name: 'an unknown source', more: ['--source', 'eni-x'], exitCode: 1, says: /--source eni-x/ },
  {
    name: 'an input that is not there',
    more: ['--in', '/nonexistent.pcap'],
    exitCode: 1,
    says: /nonexistent\.pcap/,
  },
  { name: 'an input that is no capture', more: ['--in', LAB], exitCode: 1, says: /not a capture file/ },
];
for (const { name, more, exitCode, says } of rows) {
  t.test(name, { skip: skipWithoutBuild }, async (t) => {
    const outcome = replay(t, frames, ...more);
    t.equal(outcome.exitCode, exitCode);
    t.equal(outcome.complaints.length, 1);
    t.match(outcome.stderr, says);
    t.notOk(existsSync(outcome.target), 'no output is left');
  });
}

t.test('the input is never the output', { skip: skipWithoutBuild }, async (t) => {
  const file = join(t.testdir({}), 'a.pcap');
  writePcap(file, frames);
  const before = readFileSync(file);
  const outcome = trafficMirror(
    'replay',
    '--config',
    LAB,
    '--source',
    'eni-web',
    '--in',
    file,
    '--out',
    file,
  );
  t.equal(outcome.exitCode, 1);
  t.match(outcome.stderr, /is the file to read/);
  t.same(readFileSync(file), before);
});

function packetsOf(file: string): Buffer[] {
  const source = new PcapFileSource(file);
  const packets: Buffer[] = [];
  const consume = (f: { bytes: Uint8Array; offset: number; capturedLength: number }) =>
    packets.push(Buffer.from(f.bytes.slice(f.offset, f.offset + f.capturedLength)));
  while (source.pull({ consume, endBatch: () => {} }, 1000) > 0);
  source.close();
  return packets;
}
