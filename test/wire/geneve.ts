/** GENEVE headers and options, as literal bytes. */
import t from 'tap';
import {
  emitGeneve,
  emitGeneveOption,
  geneveOptionClass,
  geneveOptionLength,
  geneveOptionsLength,
  geneveOptionType,
  geneveProtocol,
  geneveVersion,
  geneveVni,
  hasGeneveCritical,
  isGeneveControl,
  isGeneveOptionCritical,
} from '../../src/wire/geneve.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';

t.test('a header without options', async (t) => {
  const header = emitted(8, (bytes, offset) => emitGeneve(bytes, offset, 0x00002a, 0));
  t.same(header, hex('0000 6558 00002a 00'));
  t.equal(geneveVersion(header, 0), 0);
  t.equal(geneveOptionsLength(header, 0), 0);
  t.equal(geneveProtocol(header, 0), 0x6558);
  t.equal(geneveVni(header, 0), 42);
  t.notOk(isGeneveControl(header, 0));
  t.notOk(hasGeneveCritical(header, 0));
});

t.test('the largest values', async (t) => {
  const header = emitted(8, (bytes, offset) => emitGeneve(bytes, offset, 0xffffff, 252));
  t.same(header, hex('3f00 6558 ffffff 00'));
  t.equal(geneveOptionsLength(header, 0), 252);
  t.equal(geneveVni(header, 0), 0xffffff);
});

t.test('version and flags', async (t) => {
  const header = hex('c1 c0 0800 000001 ff');
  t.equal(geneveVersion(header, 0), 3);
  t.equal(geneveOptionsLength(header, 0), 4);
  t.ok(isGeneveControl(header, 0));
  t.ok(hasGeneveCritical(header, 0));
  t.equal(geneveProtocol(header, 0), 0x0800);
  t.equal(geneveVni(header, 0), 1, 'the reserved byte is no part of it');
});

t.test('an option', async (t) => {
  const option = emitted(4, (bytes, offset) => emitGeneveOption(bytes, offset, 0xff01, 1, 8));
  t.same(option, hex('ff01 01 02'));
  t.equal(geneveOptionClass(option, 0), 0xff01);
  t.equal(geneveOptionType(option, 0), 1);
  t.equal(geneveOptionLength(option, 0), 8);
  t.notOk(isGeneveOptionCritical(option, 0));
  const critical = hex('0102 85 ff');
  t.ok(isGeneveOptionCritical(critical, 0));
  t.equal(geneveOptionType(critical, 0), 0x85);
  t.equal(geneveOptionLength(critical, 0), 124, 'three bits are reserved');
});
