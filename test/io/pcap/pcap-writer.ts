import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import t from 'tap';
import { PcapFileWriter } from '../../../src/io/pcap/pcap-writer.js';
import { hex } from '../../fixtures/frames/hex.js';
import { readCapture } from '../../fixtures/frames/read-capture.js';
import { skipWithoutTshark, tsharkFields } from '../../fixtures/frames/tshark.js';

const FRAME = hex('0a0b0c0d0e');
const FILE_HEADER = '4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000';

t.test('the bytes of a file', async (t) => {
  const path = `${t.testdir()}/out.pcap`;
  const writer = new PcapFileWriter(path);
  writer.write(1, 999_999_999, hex('a5a5 0a0b0c0d0e a5'), 2, 5);
  writer.close();
  t.same(
    new Uint8Array(readFileSync(path)),
    hex(`${FILE_HEADER} 01000000 ffc99a3b 05000000 05000000 0a0b0c0d0e`),
  );
});

t.test('no packets', async (t) => {
  const path = `${t.testdir()}/out.pcap`;
  new PcapFileWriter(path).close();
  t.same(new Uint8Array(readFileSync(path)), hex(FILE_HEADER));
});

t.test('more than the buffer', async (t) => {
  const path = `${t.testdir()}/out.pcap`;
  const writer = new PcapFileWriter(path);
  const sizes = Array.from({ length: 3000 }, (_, index) => (index * 37) % 2000);
  for (const [index, size] of sizes.entries())
    writer.write(index, 0, new Uint8Array(size).fill(index), 0, size);
  writer.close();
  const { frames, error } = readCapture(path);
  t.equal(error, undefined);
  t.same(
    frames.map(({ bytes }) => bytes.length),
    sizes,
  );
  t.ok(frames.every(({ bytes }, index) => bytes.every((byte) => byte === (index & 0xff))));
});

t.test('a packet beyond the snapshot length is cut, its length kept', async (t) => {
  const path = `${t.testdir()}/out.pcap`;
  const writer = new PcapFileWriter(path);
  for (let time = 0; time < 5; time++) writer.write(0, 0, new Uint8Array(300_000), 0, 300_000);
  writer.close();
  const { frames } = readCapture(path);
  t.same(
    frames.map(({ bytes, wireLength }) => [bytes.length, wireLength]),
    Array(5).fill([262144, 300_000]),
  );
});

t.test('tshark reads it', { skip: skipWithoutTshark }, async (t) => {
  const path = `${t.testdir()}/out.pcap`;
  const writer = new PcapFileWriter(path);
  writer.write(1_700_000_000, 123_456_789, new Uint8Array(60), 0, 60);
  writer.close();
  t.same(tsharkFields(path, ['frame.time_epoch', 'frame.len']), [
    { 'frame.time_epoch': ['1700000000.123456789'], 'frame.len': ['60'] },
  ]);
});

t.test('the final name', async (t) => {
  t.test('stands from close on, in place of what was there', async (t) => {
    const folder = t.testdir({ 'out.pcap': 'old' });
    const writer = new PcapFileWriter(`${folder}/out.pcap`);
    writer.write(0, 0, FRAME, 0, FRAME.length);
    t.equal(readFileSync(`${folder}/out.pcap`, 'utf8'), 'old');
    writer.close();
    t.equal(readCapture(`${folder}/out.pcap`).frames.length, 1);
    t.same(readdirSync(folder), ['out.pcap']);
    writer.close();
    writer.abort();
    t.same(readdirSync(folder), ['out.pcap'], 'close and abort again do nothing');
  });

  t.test('never stands after abort', async (t) => {
    const folder = t.testdir();
    const writer = new PcapFileWriter(`${folder}/out.pcap`);
    writer.write(0, 0, FRAME, 0, FRAME.length);
    writer.abort();
    t.same(readdirSync(folder), []);
    writer.abort();
    writer.close();
    t.same(readdirSync(folder), []);
  });

  t.test('a symbolic link stays one', async (t) => {
    const folder = t.testdir({ real: { 'out.pcap': 'old' } });
    symlinkSync('real/out.pcap', `${folder}/link.pcap`);
    new PcapFileWriter(`${folder}/link.pcap`).close();
    t.ok(lstatSync(`${folder}/link.pcap`).isSymbolicLink());
    t.equal(readlinkSync(`${folder}/link.pcap`), 'real/out.pcap');
    t.same(readCapture(`${folder}/real/out.pcap`), { frames: [] });
    t.same(readdirSync(`${folder}/real`), ['out.pcap']);
  });

  t.test('a device stays one', async (t) => {
    const writer = new PcapFileWriter('/dev/null');
    writer.write(0, 0, FRAME, 0, FRAME.length);
    writer.close();
    t.ok(lstatSync('/dev/null').isCharacterDevice());
  });

  t.test('a pipe is written in place', async (t) => {
    const folder = t.testdir();
    const made = spawnSync('mkfifo', [`${folder}/pipe`]);
    if (made.status !== 0) return void t.pass('no mkfifo here');
    const reader = spawn('cp', [`${folder}/pipe`, `${folder}/copy`]);
    const copied = once(reader, 'exit');
    const writer = new PcapFileWriter(`${folder}/pipe`);
    writer.write(0, 0, FRAME, 0, FRAME.length);
    writer.close();
    await copied;
    t.equal(readCapture(`${folder}/copy`).frames.length, 1);
    t.ok(lstatSync(`${folder}/pipe`).isFIFO());
  });
});

t.test('the operating system refuses', async (t) => {
  const folder = t.testdir();
  t.throws(() => new PcapFileWriter(`${folder}/missing/out.pcap`), {
    code: 'CAPTURE_FILE_SYSTEM',
    op: 'open',
    message: `${folder}/missing/out.pcap: cannot open: no such file or directory`,
  });
  t.throws(() => new PcapFileWriter(folder), {
    code: 'CAPTURE_FILE_SYSTEM',
    op: 'open',
    message: `${folder}: cannot open: illegal operation on a directory`,
  });
  if (existsSync('/dev/full')) {
    const full = new PcapFileWriter('/dev/full');
    t.throws(() => full.close(), {
      code: 'CAPTURE_FILE_SYSTEM',
      op: 'write',
      message: '/dev/full: cannot write: no space left on device',
    });
  }
  const writer = new PcapFileWriter(`${folder}/out.pcap`);
  mkdirSync(`${folder}/out.pcap`);
  writeFileSync(`${folder}/out.pcap/file`, '');
  t.throws(() => writer.close(), { code: 'CAPTURE_FILE_SYSTEM', op: 'rename' });
  t.same(readdirSync(folder), ['out.pcap'], 'nothing is left of it');
});
