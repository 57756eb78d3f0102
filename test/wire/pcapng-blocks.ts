import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { CaptureRecord, MemoryWindow } from '../../src/wire/capture-bytes.js';
import { LINK_TYPE_ETHERNET } from '../../src/wire/pcap.js';
import { PACKET_FRAME } from '../../src/wire/pcapng-block.js';
import {
  emitPacketBlock,
  interfaceDescription,
  packetBlockLength,
  packetOptions,
  sectionHeader,
} from '../../src/wire/pcapng-blocks.js';
import { readCapture } from '../../src/wire/read-capture.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

t.test('a section header, byte by byte', async (t) => {
  const bytes = sectionHeader({ application: 'abc' });
  t.equal(
    hex(bytes),
    '0a0d0d0a' +
      '28000000' +
      '4d3c2b1a' +
      '01000000' +
      'ffffffffffffffff' +
      '04000300' +
      '61626300' +
      '00000000' +
      '28000000',
  );
});

t.test('an interface description, byte by byte', async (t) => {
  const bytes = interfaceDescription({ linkType: 1, snapshotLength: 0, name: 'veth0', description: 'in' });
  t.equal(
    hex(bytes),
    '01000000' +
      '38000000' +
      '01000000' +
      '00000000' +
      '02000500' +
      '7665746830000000' +
      '03000200' +
      '696e0000' +
      '09000100' +
      '09000000' +
      '00000000' +
      '38000000',
  );
});

t.test('a packet block, byte by byte, in memory that held something else', async (t) => {
  const options = packetOptions({ direction: 'egress' });
  const bytes = new Uint8Array(packetBlockLength(5, options) + 8).fill(0xa5);
  bytes.set([1, 2, 3, 4, 5], 4 + PACKET_FRAME);
  const length = emitPacketBlock(bytes, 4, 7, 1, 5, 5, 99, options);
  t.equal(length, 52);
  t.equal(
    hex(bytes),
    'a5a5a5a5' +
      '06000000' +
      '34000000' +
      '07000000' +
      '00000000' +
      '05ca9a3b' +
      '05000000' +
      '63000000' +
      '0102030405000000' +
      '02000400' +
      '02000000' +
      '00000000' +
      '34000000' +
      'a5a5a5a5',
  );
});

t.test('without options there is no end of options', async (t) => {
  t.equal(packetOptions({}).length, 0);
  t.equal(packetBlockLength(0, packetOptions({})), 32);
});

t.test('a text that is too long is cut between two characters', async (t) => {
  const bytes = interfaceDescription({ linkType: 1, snapshotLength: 0, name: 'ä'.repeat(5000) });
  t.equal(bytes[16 + 2] | (bytes[16 + 3] << 8), 1024);
  const odd = interfaceDescription({ linkType: 1, snapshotLength: 0, name: `x${'ä'.repeat(5000)}` });
  t.equal(odd[16 + 2] | (odd[16 + 3] << 8), 1023);
});

t.test('what is written is read again: any time until 2106, any lengths', async (t) => {
  const options = packetOptions({ direction: 'ingress', comment: 'a comment' });
  const frame = fc.uint8Array({ maxLength: 100 });
  const seconds = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 0xffff, 0x10000, 0x7fffffff, 0xffffffff));
  const nanoseconds = fc.oneof(fc.nat(999_999_999), fc.constantFrom(0, 1, 999_999_999));
  const property = fc.property(frame, fc.nat(70_000), seconds, nanoseconds, (frame, more, second, nano) => {
    const section = sectionHeader({ application: 'test' });
    const described = interfaceDescription({ linkType: LINK_TYPE_ETHERNET, snapshotLength: 0, name: 'a' });
    const start = section.length + described.length;
    const file = new Uint8Array(start + packetBlockLength(frame.length, options)).fill(0xa5);
    file.set(section);
    file.set(described, section.length);
    file.set(frame, start + PACKET_FRAME);
    emitPacketBlock(file, start, 0, second, nano, frame.length, frame.length + more, options);
    const record = new CaptureRecord();
    const reader = readCapture(new MemoryWindow(file));
    assert.ok(reader.next(record));
    assert.equal(record.seconds, second);
    assert.equal(record.nanoseconds, nano);
    assert.equal(record.wireLength, frame.length + more);
    assert.deepEqual(file.slice(record.at, record.at + record.capturedLength), frame);
    assert.equal(reader.next(record), false);
  });
  fc.assert(property, { numRuns: 5000 });
  t.pass();
});
