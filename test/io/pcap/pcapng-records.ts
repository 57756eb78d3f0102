/** The source on pcapng files: every block it knows, several sections and interfaces, both byte orders. */
import { writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { CaptureFileError } from '../../../src/io/pcap/capture-file-error.js';
import {
  BIG,
  block,
  enhancedPacket,
  interfaceDescription,
  LITTLE,
  oldPacket,
  option,
  section,
  simplePacket,
} from '../../fixtures/frames/capture-files.js';
import { hex } from '../../fixtures/frames/hex.js';
import { concat } from '../../fixtures/frames/layer.js';
import { readCapture } from '../../fixtures/frames/read-capture.js';

const FRAME = hex('0a0b0c0d0e');
const OTHER_FRAME = hex('01020304050607');
const STATISTICS_BLOCK = 5;
const CUSTOM_BLOCK = 0xbad;

function read(t: Test, ...parts: readonly Uint8Array[]) {
  const path = `${t.testdir()}/test.pcapng`;
  writeFileSync(path, concat(...parts));
  return readCapture(path);
}

const at = (bytes: Uint8Array, seconds = 0, nanoseconds = 0, wireLength = bytes.length) => ({
  bytes,
  wireLength,
  seconds,
  nanoseconds,
});

for (const [name, order] of [
  ['little-endian', LITTLE],
  ['big-endian', BIG],
] as const) {
  t.test(name, async (t) => {
    // 1,700,000,000.123456 s in microseconds.
    const time = { timeHigh: 0x00060a24, timeLow: 0x181e0000 + 0x1e240 };
    const want = Number((0x00060a24n << 32n) + 0x181fe240n);
    t.same(
      read(
        t,
        section(order),
        interfaceDescription({ order, snapshotLength: 65535 }),
        enhancedPacket(FRAME, { order, ...time, wireLength: 1514 }),
        block(STATISTICS_BLOCK, new Uint8Array(20), order),
        oldPacket(OTHER_FRAME, { order, ...time, options: option(1, [65, 66, 67], order) }),
        simplePacket(FRAME, order),
      ),
      {
        frames: [
          at(FRAME, Math.floor(want / 1e6), (want % 1e6) * 1000, 1514),
          at(OTHER_FRAME, Math.floor(want / 1e6), (want % 1e6) * 1000),
          at(FRAME),
        ],
      },
    );
  });
}

t.test('sections of different byte orders, each with its own interfaces', async (t) => {
  const { frames, error } = read(
    t,
    section(LITTLE),
    interfaceDescription({ linkType: 113 }),
    interfaceDescription(),
    enhancedPacket(FRAME, { interfaceId: 1 }),
    section(BIG),
    interfaceDescription({ order: BIG }),
    enhancedPacket(OTHER_FRAME, { order: BIG }),
    section(LITTLE),
    interfaceDescription(),
    enhancedPacket(FRAME),
  );
  t.equal(error, undefined);
  t.same(frames, [at(FRAME), at(OTHER_FRAME), at(FRAME)]);
});

t.test('timestamps', async (t) => {
  const resolution = (value: number, order = LITTLE) => option(9, [value], order);
  const rows = [
    { name: 'microseconds by default', options: [], time: [1, 0], want: [4294, 967296000] },
    { name: 'seconds', options: resolution(0), time: [0, 7], want: [7, 0] },
    { name: 'milliseconds', options: resolution(3), time: [0, 7001], want: [7, 1_000_000] },
    { name: 'nanoseconds', options: resolution(9), time: [1, 1], want: [4, 294967297] },
    { name: 'picoseconds', options: resolution(12), time: [1000, 1999], want: [4, 294967297] },
    { name: '2^-10 seconds', options: resolution(0x8a), time: [0, 1025], want: [1, 976562] },
    {
      name: 'behind a comment and before others',
      options: concat(option(1, [65]), resolution(9), option(2, [101]), option(0, [])),
      time: [0, 5],
      want: [0, 5],
    },
    {
      name: 'behind the end of the options',
      options: concat(option(0, []), resolution(9)),
      time: [0, 5],
      want: [0, 5000],
    },
    { name: 'an offset', options: option(14, [10, 0, 0, 0, 0, 0, 0, 0]), time: [0, 5], want: [10, 5000] },
    {
      name: 'a negative offset',
      options: option(14, [0xfe, ...Array<number>(7).fill(0xff)]),
      time: [0, 5e6],
      want: [3, 0],
    },
  ];
  for (const { name, options, time, want } of rows) {
    const { frames } = read(
      t,
      section(),
      interfaceDescription({ options }),
      enhancedPacket(FRAME, { timeHigh: time[0]!, timeLow: time[1]! }),
    );
    t.same(frames, [at(FRAME, want[0], want[1])], name);
  }
  const bigEndianOffset = option(14, [0, 0, 0, 0, 0, 0, 0, 10], BIG);
  const { frames } = read(
    t,
    section(BIG),
    interfaceDescription({ order: BIG, options: bigEndianOffset }),
    enhancedPacket(FRAME, { order: BIG }),
  );
  t.same(frames, [at(FRAME, 10, 0)], 'a big-endian offset');
});

t.test('simple packets are cut to the snapshot length', async (t) => {
  const { frames } = read(
    t,
    section(),
    interfaceDescription({ snapshotLength: 3 }),
    simplePacket(FRAME.slice(0, 3), LITTLE, 60),
  );
  t.same(frames, [at(FRAME.slice(0, 3), 0, 0, 60)]);
});

t.test('unknown blocks of any size are skipped', async (t) => {
  for (const size of [0, 4, 1 << 19, (1 << 20) + 4]) {
    const unknown = block(CUSTOM_BLOCK, new Uint8Array(size));
    const { frames } = read(t, section(), interfaceDescription(), unknown, enhancedPacket(FRAME), unknown);
    t.same(frames, [at(FRAME)], `${size} bytes`);
  }
});

t.test('the longest frame', async (t) => {
  const longest = new Uint8Array(262144).fill(9);
  const { frames } = read(
    t,
    section(),
    interfaceDescription(),
    enhancedPacket(longest),
    enhancedPacket(FRAME),
  );
  t.same(
    frames.map(({ bytes }) => bytes.length),
    [262144, 5],
  );
});

t.test('a section alone', async (t) => {
  t.same(read(t, section()), { frames: [] });
});

t.test('errors', async (t) => {
  const start = concat(section(), interfaceDescription());
  const malformed = 'CAPTURE_FILE_MALFORMED';
  const rows: { name: string; code: string; bad: Uint8Array; message: RegExp; frames?: number }[] = [
    {
      name: 'a block of 0 bytes',
      code: malformed,
      bad: block(CUSTOM_BLOCK, [], LITTLE, [0, 0]),
      message: /a block of 0 bytes/,
    },
    {
      name: 'of 8 bytes',
      code: malformed,
      bad: block(CUSTOM_BLOCK, [], LITTLE, [8, 8]),
      message: /a block of 8 bytes/,
    },
    {
      name: 'of 13 bytes',
      code: malformed,
      bad: block(CUSTOM_BLOCK, [1], LITTLE),
      message: /a block of 13 bytes/,
    },
    {
      name: 'two lengths',
      code: malformed,
      bad: block(CUSTOM_BLOCK, [1, 2, 3, 4], LITTLE, [16, 20]),
      message: /whose two lengths differ/,
    },
    {
      name: 'two lengths, of a block with a frame',
      code: malformed,
      bad: enhancedPacket(FRAME).fill(0xff, -4),
      frames: 1,
      message: /whose two lengths differ/,
    },
    {
      name: 'a block of 4 GiB',
      code: 'CAPTURE_FILE_CUT',
      bad: block(CUSTOM_BLOCK, [], LITTLE, [0xfffffffc, 0]),
      message: /ends inside a block/,
    },
    {
      name: 'a packet block too short',
      code: malformed,
      bad: block(6, new Uint8Array(8)),
      message: /too short for what it holds/,
    },
    {
      name: 'a frame longer than its block',
      code: malformed,
      bad: enhancedPacket(FRAME, { capturedLength: 100 }),
      message: /too short for what it holds/,
    },
    {
      name: 'a frame of 262,145 bytes',
      code: 'CAPTURE_FILE_TOO_LONG',
      bad: enhancedPacket(FRAME, { capturedLength: 262145 }),
      message: /a frame of 262145 bytes; frames have at most 262144/,
    },
    {
      name: 'a frame of 4 GiB',
      code: 'CAPTURE_FILE_TOO_LONG',
      bad: enhancedPacket(FRAME, { capturedLength: 0xffffffff }),
      message: /a frame of 4294967295 bytes/,
    },
    {
      name: 'a simple frame longer than its block',
      code: malformed,
      bad: simplePacket(FRAME, LITTLE, 100),
      message: /too short for what it holds/,
    },
    {
      name: 'no such interface',
      code: malformed,
      bad: enhancedPacket(FRAME, { interfaceId: 1 }),
      message: /a frame of interface 1, which is not described/,
    },
    {
      name: 'another link type',
      code: 'CAPTURE_FILE_LINK_TYPE',
      bad: concat(interfaceDescription({ linkType: 113 }), enhancedPacket(FRAME, { interfaceId: 1 })),
      message: /a frame of link type 113; only Ethernet \(1\) is supported/,
    },
    {
      name: 'an option longer than its block',
      code: malformed,
      bad: interfaceDescription({ options: [1, 0, 255, 0, 65, 66, 67, 68] }),
      message: /too short for what it holds/,
    },
    {
      name: 'an impossible resolution',
      code: malformed,
      bad: interfaceDescription({ options: option(9, [20]) }),
      message: /timestamps of resolution 20, finer than any clock/,
    },
    {
      name: 'section version',
      code: 'CAPTURE_FILE_VERSION',
      bad: section(LITTLE, 2),
      message: /pcapng version 2/,
    },
    {
      name: 'section without byte order',
      code: malformed,
      bad: block(0x0a0d0d0a, new Uint8Array(16)),
      message: /whose byte order cannot be told/,
    },
    {
      name: 'a section too short',
      code: malformed,
      bad: concat(hex('0a0d0d0a 10000000 4d3c2b1a 10000000')),
      message: /too short for what it holds/,
    },
  ];
  for (const { name, code, bad, message, frames: more = 0 } of rows) {
    const { frames, error } = read(t, start, enhancedPacket(OTHER_FRAME), bad, enhancedPacket(FRAME));
    t.equal(frames.length, 1 + more, `${name}: frames before`);
    t.match(error, { code, message }, name);
    t.ok((error as CaptureFileError).byteOffset! >= start.length, `${name}: byte offset`);
  }
});

t.test('cut after every byte', async (t) => {
  const parts = [
    section(),
    interfaceDescription({ options: option(9, [9]) }),
    enhancedPacket(FRAME),
    enhancedPacket(OTHER_FRAME),
  ];
  const ends = parts.map((_, index) => concat(...parts.slice(0, index + 1)).length);
  const file = concat(...parts);
  for (let length = 4; length < file.length; length++) {
    const { frames, error } = read(t, file.slice(0, length));
    if (ends.includes(length)) {
      t.equal(error, undefined, `${length} bytes: whole blocks`);
      continue;
    }
    t.match(
      error,
      { code: 'CAPTURE_FILE_CUT', byteOffset: [0, ...ends].findLast((end) => end < length) },
      `${length} bytes`,
    );
    t.ok(frames.length <= 2);
  }
});

t.test('too many interfaces', async (t) => {
  const description = interfaceDescription();
  const many = new Uint8Array(description.length * 65537);
  for (let at = 0; at < many.length; at += description.length) many.set(description, at);
  const path = `${t.testdir()}/many.pcapng`;
  writeFileSync(
    path,
    [section(), many].map((part) => Buffer.from(part)).reduce((a, b) => Buffer.concat([a, b])),
  );
  t.match(readCapture(path).error, { code: 'CAPTURE_FILE_MALFORMED', message: /more than 65536 interfaces/ });
});
