/** Damaged and hostile captures: one clear line, exit 1, and the whole frames before the fault are written. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { tcp } from '../fixtures/frames/transport.js';
import { type Outcome, skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { readPcap, writePcap } from '../fixtures/live/oracle/pcap.js';
import { fromRoot } from '../fixtures/root.js';

const LAB = fromRoot('config/lab.yaml');
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const FRAMES = [10, 20, 30].map((size) => frame(ethernet(), ipv4(), tcp(), payload(size)));
/** Where the last record begins. */
const LAST = FILE_HEADER_BYTES + 2 * RECORD_HEADER_BYTES + FRAMES[0]!.length + FRAMES[1]!.length;

interface Row {
  readonly name: string;
  /** Spoils a good capture of three frames. */
  readonly spoil: (capture: Buffer) => Buffer;
  readonly says: RegExp;
  /** Frames in front of the fault. */
  readonly whole: number;
}

const ROWS: readonly Row[] = [
  { name: 'nothing', spoil: () => Buffer.alloc(0), says: /an empty file, not a capture/, whole: 0 },
  {
    name: 'half a file header',
    spoil: (capture) => capture.subarray(0, 20),
    says: /ends inside its header/,
    whole: 0,
  },
  {
    name: 'frames that are not Ethernet',
    spoil: (capture) => put(capture, 20, 101),
    says: /link type 101/,
    whole: 0,
  },
  {
    name: 'a version of the future',
    spoil: (capture) => put(capture, 4, 3),
    says: /pcap version 3\.0/,
    whole: 0,
  },
  {
    name: 'a record of four gibibytes',
    spoil: (capture) => put(capture, LAST + 8, 0xffffffff),
    says: /a record of 4294967295 bytes/,
    whole: 2,
  },
  {
    name: 'half a record header',
    spoil: (capture) => capture.subarray(0, LAST + 7),
    says: /ends inside a record's header/,
    whole: 2,
  },
  {
    name: 'half a record',
    spoil: (capture) => capture.subarray(0, -1),
    says: /ends after \d+ of a record's \d+ bytes/,
    whole: 2,
  },
  {
    name: 'text after the records',
    spoil: (capture) => Buffer.concat([capture, Buffer.from('and here is a comment that nobody asked for')]),
    says: /a record of \d+ bytes/,
    whole: 3,
  },
];

function replay(t: Test, input: string, output = `${t.testdirName}/out.pcap`): Outcome {
  const files = ['--in', input, '--out', output];
  return trafficMirror('replay', '--config', LAB, '--source', 'eni-web', ...files);
}

for (const { name, spoil, says, whole } of ROWS) {
  t.test(name, { skip: skipWithoutBuild }, async (t) => {
    const file = `${t.testdir({})}/in.pcap`;
    writePcap(file, FRAMES);
    writeFileSync(file, spoil(readFileSync(file)));
    const outcome = replay(t, file);
    t.equal(outcome.exitCode, 1, 'exit code');
    t.equal(outcome.complaints.length, 1, 'one line');
    t.match(outcome.stderr, says);
    t.ok(outcome.stderr.startsWith(`${file}: `), 'which names the file');
    const output = `${t.testdirName}/out.pcap`;
    t.equal(
      existsSync(output) ? readPcap(output).length : 0,
      whole,
      'packets of the frames before the fault',
    );
  });
}

t.test('paths that cannot hold a capture', { skip: skipWithoutBuild }, async (t) => {
  const directory = t.testdir({});
  const good = `${directory}/in.pcap`;
  writePcap(good, FRAMES);
  for (const [input, output] of [
    [directory, `${directory}/out.pcap`],
    [good, `${directory}/missing/out.pcap`],
    [good, '/dev/full'],
  ] as const) {
    const outcome = replay(t, input, output);
    t.equal(outcome.exitCode, 1, `${input} to ${output}`);
    t.equal(outcome.complaints.length, 1, outcome.stderr);
    t.notMatch(outcome.stderr, /\n {4}at /, 'no stack trace');
  }
});

function put(capture: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(capture);
  changed.writeUInt32LE(value, at);
  return changed;
}
