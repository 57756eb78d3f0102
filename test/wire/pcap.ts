import t from 'tap';
import {
  emitPcapFileHeader,
  emitPcapRecordHeader,
  pcapCapturedLength,
  pcapFraction,
  pcapLinkType,
  pcapMagic,
  pcapSeconds,
  pcapVersion,
  pcapWireLength,
} from '../../src/wire/pcap.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';

t.test('file header', async (t) => {
  const header = emitted(24, emitPcapFileHeader);
  t.same(header, hex('4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000'));
  t.equal(pcapMagic(header, 0, true), 0xa1b23c4d);
  t.equal(pcapVersion(header, 0, true), 0x00020004);
  t.equal(pcapLinkType(header, 0, true), 1);
});

t.test('file header, big-endian, with 4 bytes of frame check sequence', async (t) => {
  const header = hex('a1b2c3d4 0002 0004 00000000 00000000 0000ffff 44000001');
  t.equal(pcapMagic(header, 0, false), 0xa1b2c3d4);
  t.equal(pcapVersion(header, 0, false), 0x00020004);
  t.equal(pcapLinkType(header, 0, false), 1);
});

t.test('record header', async (t) => {
  const header = emitted(16, (bytes, offset) =>
    emitPcapRecordHeader(bytes, offset, 0xfedcba98, 999_999_999, 60, 1514),
  );
  t.same(header, hex('98badcfe ffc99a3b 3c000000 ea050000'));
  t.equal(pcapSeconds(header, 0, true), 0xfedcba98);
  t.equal(pcapFraction(header, 0, true), 999_999_999);
  t.equal(pcapCapturedLength(header, 0, true), 60);
  t.equal(pcapWireLength(header, 0, true), 1514);
});

t.test('seconds beyond 32 bits, which the format does not have, begin anew', async (t) => {
  const header = emitted(16, (bytes, offset) => emitPcapRecordHeader(bytes, offset, 2 ** 32 + 5, 0, 0, 0));
  t.equal(pcapSeconds(header, 0, true), 5);
});
