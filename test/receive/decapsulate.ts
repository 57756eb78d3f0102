/** Datagrams to frames, and what strangers send in their place. */
import fc from 'fast-check';
import t from 'tap';
import { ACCEPTED, Inner, PROTOCOLS } from '../../src/receive/decapsulate.js';
import { REJECT, REJECT_REASONS } from '../../src/receive/reject-reason.js';
import { hex } from '../fixtures/frames/hex.js';

/** The shortest frame: an Ethernet header. */
const FRAME = '020000000002 020000000001 88b5';
const START = 4;

interface Row {
  readonly name: string;
  readonly datagram: string;
  readonly want: keyof typeof REJECT | Partial<Inner>;
}

const VXLAN: readonly Row[] = [
  {
    name: 'a frame',
    datagram: `08000000 00002a00 ${FRAME}`,
    want: { vni: 42, length: 14, originalLength: 14 },
  },
  { name: 'reserved bits', datagram: `88010203 ffffff04 ${FRAME} 00`, want: { vni: 0xffffff, length: 15 } },
  { name: 'nothing', datagram: '', want: 'short' },
  { name: 'a header cut off', datagram: '08000000 00002a', want: 'short' },
  { name: 'no VNI', datagram: `00000000 00002a00 ${FRAME}`, want: 'flags' },
  { name: 'another protocol inside', datagram: `0c000001 00002a00 ${FRAME}`, want: 'not-ethernet' },
  { name: 'no frame', datagram: '08000000 00002a00', want: 'inner-short' },
  {
    name: 'a frame cut in its header',
    datagram: `08000000 00002a00 ${FRAME.slice(0, -2)}`,
    want: 'inner-short',
  },
];

const GENEVE: readonly Row[] = [
  { name: 'a frame', datagram: `0000 6558 00002a00 ${FRAME}`, want: { vni: 42, length: 14, direction: 0 } },
  {
    name: 'our options',
    datagram: `0800 6558 00002a00 ff010102 1790000000000001 ff010201 00000001 ff010301 000005dc 0103 0700 ${FRAME}`,
    want: {
      vni: 42,
      length: 14,
      hasCaptureTime: true,
      captureTimeHigh: 0x17900000,
      captureTimeLow: 1,
      direction: 2,
      originalLength: 1500,
    },
  },
  { name: 'ingress', datagram: `0200 6558 00002a00 ff010201 00000000 ${FRAME}`, want: { direction: 1 } },
  {
    name: 'a direction that is none',
    datagram: `0200 6558 00002a00 ff010201 00000002 ${FRAME}`,
    want: { direction: 0 },
  },
  {
    name: 'an original length below what is there',
    datagram: `0200 6558 00002a00 ff010301 00000001 ${FRAME}`,
    want: { originalLength: 14 },
  },
  {
    name: 'an original length above what an int32 holds',
    datagram: `0200 6558 00002a00 ff010301 ffffffff ${FRAME}`,
    want: { originalLength: 14 },
  },
  {
    name: 'an option of ours with another length',
    datagram: `0200 6558 00002a00 ff010101 00000001 ${FRAME}`,
    want: { hasCaptureTime: false },
  },
  { name: 'an option of others', datagram: `0100 6558 00002a00 01020300 ${FRAME}`, want: { length: 14 } },
  {
    name: 'critical options, but none is',
    datagram: `0140 6558 00002a00 01020300 ${FRAME}`,
    want: { length: 14 },
  },
  { name: 'nothing', datagram: '', want: 'short' },
  { name: 'a header cut off', datagram: '0000 6558 00002a', want: 'short' },
  { name: 'another version', datagram: `4000 6558 00002a00 ${FRAME}`, want: 'version' },
  { name: 'options beyond the end', datagram: `3f00 6558 00002a00 ${FRAME}`, want: 'options' },
  { name: 'an option beyond the options', datagram: `0100 6558 00002a00 ff010102 ${FRAME}`, want: 'options' },
  {
    name: 'an unknown critical option',
    datagram: `0140 6558 00002a00 01028300 ${FRAME}`,
    want: 'critical-option',
  },
  { name: 'a control packet', datagram: `0080 6558 00002a00 ${FRAME}`, want: 'control' },
  { name: 'an IPv4 packet inside', datagram: `0000 0800 00002a00 ${FRAME}`, want: 'not-ethernet' },
  { name: 'no frame', datagram: '0000 6558 00002a00', want: 'inner-short' },
];

for (const [name, rows] of Object.entries({ vxlan: VXLAN, geneve: GENEVE })) {
  const { read } = PROTOCOLS[name as keyof typeof PROTOCOLS];
  for (const { name: what, datagram, want } of rows) {
    t.test(`${name}: ${what}`, async (t) => {
      const bytes = hex(`a5a5a5a5 ${datagram} ${FRAME}`);
      const end = START + hex(datagram).length;
      const inner = new Inner();
      const result = read(bytes, START, end, inner);
      if (typeof want === 'string') {
        t.equal(result, REJECT[want]);
        return;
      }
      t.equal(result, ACCEPTED);
      t.match({ ...inner }, want);
      t.equal(inner.offset + inner.length, end, 'the frame ends with the datagram');
    });
  }
}

t.test('the indices are those of the list', async (t) => {
  t.same(REJECT, Object.fromEntries(REJECT_REASONS.map((reason, index) => [reason, index])));
});

t.test('a value of one datagram does not stay for the next', async (t) => {
  const inner = new Inner();
  const bytes = hex(`0300 6558 00002a00 ff010102 1790000000000001 ${FRAME} 0000 6558 00002b00 ${FRAME}`);
  PROTOCOLS.geneve.read(bytes, 0, 34, inner);
  t.ok(inner.hasCaptureTime);
  PROTOCOLS.geneve.read(bytes, 34, bytes.length, inner);
  t.match({ ...inner }, { vni: 43, hasCaptureTime: false, direction: 0, originalLength: 14 });
});

t.test('whatever comes, the frame is inside of the datagram', async () => {
  const datagram = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(datagram, fc.constantFrom('vxlan' as const, 'geneve' as const), (bytes, name) => {
      // Half of them get past the first checks.
      if (bytes.length > 4 && bytes[4]! % 2 === 0)
        bytes.set(name === 'vxlan' ? [8] : [bytes[0]! & 0x3f, 0, 0x65, 0x58]);
      const inner = new Inner();
      const result = PROTOCOLS[name].read(bytes, 0, bytes.length, inner);
      if (result !== ACCEPTED) return REJECT_REASONS[result] !== undefined;
      return inner.offset >= 8 && inner.length >= 14 && inner.offset + inner.length === bytes.length;
    }),
    { numRuns: 5000 },
  );
});
