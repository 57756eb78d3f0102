/** Capture files in memory give the same as files on disk. */
import { writeFileSync } from 'node:fs';
import t from 'tap';
import { CaptureFileError } from '../../src/io/pcap/capture-file-error.js';
import { CaptureFormatError, CaptureRecord, MemoryWindow } from '../../src/wire/capture-bytes.js';
import { readCapture } from '../../src/wire/read-capture.js';
import {
  BIG,
  block,
  enhancedPacket,
  interfaceDescription,
  pcapHeader,
  pcapRecord,
  section,
  simplePacket,
} from '../fixtures/frames/capture-files.js';
import { hex } from '../fixtures/frames/hex.js';
import { concat } from '../fixtures/frames/layer.js';
import { type CapturedFrame, readCapture as readFromDisk } from '../fixtures/frames/read-capture.js';

const FRAMES = [hex('0a0b0c0d0e'), hex('01020304050607'), new Uint8Array(60).fill(7)];

const FILES = {
  pcap: concat(pcapHeader({}), ...FRAMES.map((frame) => pcapRecord(frame))),
  'pcap, big-endian': concat(
    pcapHeader({ order: BIG }),
    ...FRAMES.map((frame) => pcapRecord(frame, { order: BIG })),
  ),
  pcapng: concat(
    section(),
    interfaceDescription(),
    block(0xbad, hex('00112233')),
    ...FRAMES.map((frame) => enhancedPacket(frame)),
    section(BIG),
    interfaceDescription({ order: BIG }),
    simplePacket(FRAMES[0]!, BIG),
  ),
};

interface Outcome {
  readonly frames: readonly CapturedFrame[];
  readonly error?: { readonly code: string; readonly byteOffset: number | undefined };
}

function fromMemory(bytes: Uint8Array): Outcome {
  const frames: CapturedFrame[] = [];
  try {
    const records = readCapture(new MemoryWindow(bytes));
    const record = new CaptureRecord();
    while (records.next(record)) {
      const { at, capturedLength, wireLength, seconds, nanoseconds } = record;
      frames.push({ bytes: bytes.slice(at, at + capturedLength), wireLength, seconds, nanoseconds });
    }
    return { frames };
  } catch (error) {
    if (!(error instanceof CaptureFormatError)) throw error;
    return { frames, error: { code: error.code, byteOffset: error.byteOffset } };
  }
}

function fromDisk(path: string, bytes: Uint8Array): Outcome {
  writeFileSync(path, bytes);
  const { frames, error } = readFromDisk(path);
  if (error === undefined) return { frames };
  if (!(error instanceof CaptureFileError)) throw error;
  return { frames, error: { code: error.code, byteOffset: error.byteOffset } };
}

for (const [name, bytes] of Object.entries(FILES)) {
  t.test(name, async (t) => {
    const { frames, error } = fromMemory(bytes);
    t.equal(error, undefined);
    t.same(
      frames.slice(0, FRAMES.length).map((frame) => frame.bytes),
      FRAMES,
    );
    const path = `${t.testdir()}/capture`;
    for (let length = 0; length <= bytes.length; length++) {
      const cut = bytes.slice(0, length);
      t.same(fromMemory(cut), fromDisk(path, cut), `the first ${length} bytes`);
    }
  });
}
