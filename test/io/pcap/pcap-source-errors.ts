/** Damaged and hostile classic files: the frames before the damage, then one clear error. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import t, { type Test } from 'tap';
import { CaptureFileError } from '../../../src/io/pcap/capture-file-error.js';
import { PcapFileSource } from '../../../src/io/pcap/pcap-source.js';
import { BIG, pcapHeader, pcapRecord } from '../../fixtures/frames/capture-files.js';
import { hex } from '../../fixtures/frames/hex.js';
import { concat } from '../../fixtures/frames/layer.js';
import { readCapture } from '../../fixtures/frames/read-capture.js';

const FRAME = new Uint8Array(60).fill(7);
const GOOD = pcapRecord(FRAME);

function checkError(
  t: Test,
  name: string,
  content: Uint8Array,
  want: { code: string; frames: number; byteOffset?: number; message: RegExp },
): void {
  const path = `${t.testdir()}/bad.pcap`;
  writeFileSync(path, content);
  const { frames, error } = readCapture(path);
  t.equal(frames.length, want.frames, `${name}: frames before`);
  assert.ok(error instanceof CaptureFileError, `${name}: ${String(error)}`);
  t.equal(error.code, want.code, name);
  t.equal(error.byteOffset, want.byteOffset, `${name}: byte offset`);
  t.match(error.message, want.message, name);
  t.ok(error.message.startsWith(path), `${name}: says which file`);
  t.equal(error.message.split('\n').length, 1, `${name}: one line`);
}

t.test('no capture', async (t) => {
  const code = 'CAPTURE_FILE_NOT_A_CAPTURE';
  checkError(t, 'empty', hex(''), { code, frames: 0, message: /an empty file, not a capture$/ });
  checkError(t, 'three bytes', hex('d4c3b2'), { code, frames: 0, message: /not a capture file/ });
  checkError(t, 'text', Buffer.from('hello world, this is text'), {
    code,
    frames: 0,
    message: /not a capture file/,
  });
  checkError(t, 'gzip', hex('1f8b0800 00000000'), { code, frames: 0, message: /not a capture file/ });
  checkError(t, 'a patched variant of pcap', pcapHeader({ magic: 0xa1b2cd34 }), {
    code,
    frames: 0,
    message: /not a capture file/,
  });
});

t.test('file header', async (t) => {
  for (const length of [4, 23]) {
    checkError(t, `${length} bytes`, pcapHeader().slice(0, length), {
      code: 'CAPTURE_FILE_CUT',
      frames: 0,
      byteOffset: 0,
      message: /ends inside its header \(at byte 0\)$/,
    });
  }
  checkError(t, 'version', pcapHeader({ order: BIG, minor: 3 }), {
    code: 'CAPTURE_FILE_VERSION',
    frames: 0,
    message: /pcap version 2\.3; 2\.4 is supported$/,
  });
  for (const linkType of [0, 101, 113, 276]) {
    checkError(t, `link type ${linkType}`, concat(pcapHeader({ linkType }), GOOD), {
      code: 'CAPTURE_FILE_LINK_TYPE',
      frames: 0,
      message: new RegExp(`link type ${linkType}; only Ethernet \\(1\\) is supported$`),
    });
  }
});

t.test('cut after every byte of the second record', async (t) => {
  const file = concat(pcapHeader(), GOOD, GOOD);
  const start = 24 + GOOD.length;
  for (let length = start + 1; length < file.length; length++) {
    checkError(t, `${length - start} bytes`, file.slice(0, length), {
      code: 'CAPTURE_FILE_CUT',
      frames: 1,
      byteOffset: start,
      message: new RegExp(`the file ends .*\\(at byte ${start}\\)$`),
    });
  }
});

t.test('hostile lengths', async (t) => {
  for (const capturedLength of [262145, 0x7fffffff, 0x80000000, 0xffffffff]) {
    checkError(
      t,
      `${capturedLength} bytes`,
      concat(pcapHeader(), GOOD, pcapRecord(FRAME, { capturedLength })),
      {
        code: 'CAPTURE_FILE_TOO_LONG',
        frames: 1,
        byteOffset: 24 + GOOD.length,
        message: new RegExp(`a record of ${capturedLength} bytes; frames have at most 262144`),
      },
    );
  }
});

t.test('the operating system refuses', async (t) => {
  const folder = t.testdir();
  t.throws(() => new PcapFileSource(`${folder}/missing.pcap`), {
    code: 'CAPTURE_FILE_SYSTEM',
    op: 'open',
    message: `${folder}/missing.pcap: cannot open: no such file or directory`,
    cause: { code: 'ENOENT' },
  });
  mkdirSync(`${folder}/folder.pcap`);
  t.throws(() => new PcapFileSource(`${folder}/folder.pcap`), {
    code: 'CAPTURE_FILE_SYSTEM',
    op: 'read',
    message: `${folder}/folder.pcap: cannot read: illegal operation on a directory`,
  });
  t.throws(() => new PcapFileSource('nul\0byte'), { code: 'CAPTURE_FILE_SYSTEM', op: 'open' });
});

t.test('an error stays: the file is not read on', async (t) => {
  const path = `${t.testdir()}/bad.pcap`;
  const content = concat(pcapHeader(), GOOD, pcapRecord(FRAME, { capturedLength: 262145 }), GOOD, GOOD);
  writeFileSync(path, content);
  const source = new PcapFileSource(path);
  const consumer = { consume: () => {}, endBatch: () => {} };
  t.equal(source.pull(consumer, 10), 1, 'the frames before the damage');
  for (let time = 0; time < 3; time++)
    t.throws(() => source.pull(consumer, 10), { code: 'CAPTURE_FILE_TOO_LONG' });
  source.close();
});
