/** The packet tester says what `explain --in FILE --json` says, of every packet, and what it reads has bounds. */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import {
  CaptureTest,
  type DirectionRule,
  type TestSetup,
} from '../../../console/src/model/packet/capture-test.js';
import { copyView } from '../../../console/src/model/packet/copy-view.js';
import { loadConfiguration } from '../../../src/config/load.js';
import type { Explanation } from '../../../src/explain/explanation.js';
import { Frame, HEADROOM_BYTES } from '../../../src/io/frame.js';
import { Replay } from '../../../src/mirror/replay.js';
import { buildPlan } from '../../../src/resources/build-plan.js';
import { captures, skipWithoutCaptures } from '../../fixtures/captures.js';
import { TESTER_CONFIGURATION } from '../../fixtures/console-logic/tester-rules.js';
import { ipv4 } from '../../fixtures/frames/ip.js';
import { frame } from '../../fixtures/frames/layer.js';
import { arp, ethernet } from '../../fixtures/frames/link.js';
import { tcp, udp } from '../../fixtures/frames/transport.js';
import { skipWithoutBuild, trafficMirrorBeside } from '../../fixtures/live/daemon/command.js';
import { writePcap } from '../../fixtures/live/oracle/pcap.js';

/** Of each capture. */
const MOST_PACKETS = 2000;
/** The verdicts of many files are asked of one process at a time, which takes some time to start. */
const BESIDE = 2;

t.setTimeout(300_000);
const directory = t.testdir({});
const config = join(directory, 'config.yaml');
writeFileSync(config, JSON.stringify(TESTER_CONFIGURATION));
const loaded = await loadConfiguration(config);
assert.ok('configuration' in loaded, JSON.stringify(loaded));
const plan = buildPlan(loaded.configuration);
const source = plan.sources.find(({ id }) => id === 'eni-web');
assert.ok(source !== undefined);
const setup: TestSetup = { plan, source, ways: new Map() };

/** What the command says of a file: its explanations, and what is wrong with it. */
async function explained(file: string, ...options: readonly string[]) {
  const args = ['explain', '--config', config, '--source', 'eni-web', '--in', file, '--json', ...options];
  const { stdout, complaints } = await trafficMirrorBeside([...args, '--count', String(MOST_PACKETS)]);
  const lines = stdout.split('\n').filter((line) => line !== '');
  const explanations = lines.map((line, index) => {
    const { frame: number, origin, ...explanation } = JSON.parse(line);
    assert.equal(number, index + 1);
    return explanation as Explanation;
  });
  return { explanations, complaints };
}

function tested(bytes: Uint8Array, direction: DirectionRule = 'ingress', most = MOST_PACKETS): CaptureTest {
  const test = new CaptureTest(bytes, setup, direction, most);
  while (!test.run(500).done);
  return test;
}

function explanationsOf(test: CaptureTest): Explanation[] {
  const { packets } = test.run(0);
  return Array.from({ length: packets }, (_, index) => JSON.parse(JSON.stringify(test.explain(index + 1))));
}

/** The outer packets that `replay` makes of the same frames. */
function replayed(test: CaptureTest): (Buffer | undefined)[] {
  let packet: Buffer | undefined;
  const replay = new Replay(setup.source, plan.engine, undefined, (bytes, offset, length) => {
    packet = Buffer.from(bytes.slice(offset, offset + length));
  });
  return Array.from({ length: test.run(0).packets }, (_, index) => {
    const { bytes, offset, capturedLength, wireLength } = test.frame(index + 1);
    const { seconds, nanoseconds } = test.timeOf(index + 1);
    const copy = new Frame(new Uint8Array(HEADROOM_BYTES + capturedLength));
    copy.bytes.set(bytes.subarray(offset, offset + capturedLength), HEADROOM_BYTES);
    copy.words = Int32Array.of(seconds, nanoseconds);
    copy.timeWord = 0;
    Object.assign(copy, { offset: HEADROOM_BYTES, capturedLength, wireLength });
    packet = undefined;
    replay.consume(copy);
    replay.endBatch();
    return packet;
  });
}

t.test('every capture', { skip: skipWithoutCaptures || skipWithoutBuild }, async (t) => {
  const left = [...captures];
  const verdicts = new Set<string>();
  let packets = 0;
  const work = async (): Promise<void> => {
    for (let file = left.shift(); file !== undefined; file = left.shift()) {
      const wanted = await explained(file);
      const test = tested(readFileSync(file));
      const ours = explanationsOf(test);
      assert.deepEqual(ours, wanted.explanations, basename(file));
      const { problem } = test.run(0);
      assert.deepEqual(
        problem === undefined ? [] : [`${file}: ${problem}`],
        wanted.complaints,
        `what is wrong with ${basename(file)}`,
      );
      for (const [index, outer] of replayed(test).entries()) {
        const view = copyView(setup, test.explain(index + 1), test.frame(index + 1), test.timeOf(index + 1));
        assert.deepEqual(
          view && Buffer.from(view.bytes),
          outer,
          `${basename(file)} ${index + 1}: outer packet`,
        );
      }
      for (const { verdict, skipped } of ours) verdicts.add(skipped ?? verdict.kind);
      packets += ours.length;
      t.pass(`${basename(file)}: ${ours.length} of ${statSync(file).size} bytes`);
    }
  };
  await Promise.all(Array.from({ length: BESIDE }, work));
  t.comment(`${packets} packets of ${captures.length} captures`);
  t.ok(packets > 5000, `${packets} packets`);
  t.same([...verdicts].sort(), ['matched', 'unmatched', 'unmirrored', 'unparsable']);
});

const WEB = frame(ethernet(), ipv4(), tcp({ destinationPort: 80 }));
const NAMES = frame(ethernet({ source: [2, 0, 0, 0, 0, 0xaa] }), ipv4(), udp({ sourcePort: 53 }));
const OWN_MAC = Uint8Array.of(2, 0, 0, 0, 0, 0xaa);

t.test('directions', { skip: skipWithoutBuild }, async (t) => {
  const file = join(directory, 'directions.pcap');
  writePcap(file, [WEB, NAMES, frame(ethernet(), arp()), new Uint8Array(3)]);
  const bytes = readFileSync(file);
  const rows: { direction: DirectionRule; options: string[] }[] = [
    { direction: 'ingress', options: [] },
    { direction: 'egress', options: ['--direction', 'egress'] },
    { direction: { egressMac: OWN_MAC }, options: ['--egress-mac', '02:00:00:00:00:aa'] },
  ];
  for (const { direction, options } of rows) {
    const { explanations } = await explained(file, ...options);
    t.equal(explanations.length, 4);
    t.strictSame(explanationsOf(tested(bytes, direction)), explanations, options.join(' '));
  }
});

t.test('rows and counts', async (t) => {
  const file = join(directory, 'rows.pcap');
  writePcap(file, [WEB, frame(ethernet(), arp()), WEB, new Uint8Array(3)]);
  const test = tested(readFileSync(file));
  t.match(test.counts(), [
    { packets: 2, isMirrored: true, sessionId: 'tms-mixed', rule: 'tmf-mixed/ingress/20' },
    { packets: 1, isMirrored: false, reason: 'Traffic of the type arp never is' },
    { packets: 1, isMirrored: false, reason: 'A header is cut off or malformed' },
  ]);
  const { rows, total } = test.rows(1, 2);
  t.equal(total, 4);
  t.match(rows, [
    { number: 2, reason: 'Traffic of the type arp never is', seconds: 2, direction: 'ingress' },
    { number: 3, sessionId: 'tms-mixed', copyLength: WEB.length, length: WEB.length, text: /^IP 10\./ },
  ]);
  const [first] = test.counts();
  const mirrored = test.rows(1, 10, [first?.index ?? -1]);
  t.equal(mirrored.total, 2);
  t.strictSame(
    mirrored.rows.map(({ number }) => number),
    [3],
  );
  t.strictSame(test.rows(9, 10).rows, [], 'behind the end');
});

/** A block of pcapng, little-endian. */
function block(type: number, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32LE(type, 0);
  bytes.writeUInt32LE(bytes.length, 4);
  bytes.set(content, 8);
  bytes.writeUInt32LE(bytes.length, bytes.length - 4);
  return bytes;
}

const SECTION = block(
  0x0a0d0d0a,
  Buffer.from([0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, ...Array<number>(8).fill(0xff)]),
);

t.test('hostile files', async (t) => {
  const file = join(directory, 'hostile.pcap');
  writePcap(file, [WEB, WEB]);
  const whole = readFileSync(file);
  const endOf = (bytes: Uint8Array) => tested(bytes).run(0);
  t.match(endOf(new Uint8Array()), { packets: 0, done: true, problem: 'an empty file, not a capture' });
  t.match(endOf(Buffer.from('GET / HTTP/1.1')), {
    packets: 0,
    problem: 'not a capture file (pcap or pcapng)',
  });
  t.match(endOf(whole.subarray(0, 20)), { packets: 0, problem: 'ends inside its header (at byte 0)' });
  t.match(endOf(whole.subarray(0, -5)), { packets: 1, problem: /^the file ends after \d+ of a record's/ });
  for (let length = 0; length < whole.length; length++) endOf(whole.subarray(0, length));

  const lying = Buffer.from(whole);
  lying.writeUInt32LE(0xffffffff, 24 + 8);
  t.match(endOf(lying), { packets: 0, problem: /^a record of 4294967295 bytes; frames have at most/ });
  lying.writeUInt32LE(200_000, 24 + 8);
  t.match(endOf(lying), { packets: 0, problem: /^the file ends after \d+ of a record's 200000 bytes/ });

  const empty = block(0x0bad, new Uint8Array());
  const endless = Buffer.concat([SECTION, ...Array<Buffer>(200_000).fill(empty)]);
  t.strictSame(endOf(endless), { packets: 0, done: true, isCut: false });
  const zero = Buffer.from(endless);
  zero.writeUInt32LE(0, SECTION.length + 4);
  t.match(endOf(zero), { packets: 0, problem: /block/ });
  const description = block(1, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
  const interfaces = Buffer.concat([SECTION, ...Array<Buffer>(70_000).fill(description)]);
  t.match(endOf(interfaces), { packets: 0, problem: /interfaces/ });
});

t.test('a capture of more packets than are tested', async (t) => {
  const file = join(directory, 'many.pcap');
  writePcap(file, Array<Uint8Array>(1501).fill(WEB));
  const bytes = readFileSync(file);
  t.strictSame(tested(bytes, 'ingress', 1500).run(1), { packets: 1500, done: true, isCut: true });
  t.strictSame(tested(bytes, 'ingress', 1501).run(1), { packets: 1501, done: true, isCut: false });
});
