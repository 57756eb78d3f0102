/** GENEVE (RFC 8926): literal bytes, and that what is written is what is read. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { GENEVE, geneve } from '../../src/encapsulate/geneve.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { DIRECTIONS, ENCAPSULATION_OPTIONS, type EncapsulationOption } from '../../src/plan/mirror-plan.js';
import { ACCEPTED, Inner, PROTOCOLS } from '../../src/receive/decapsulate.js';
import { isLine } from '../../src/resources/text.js';
import { emitted } from '../fixtures/frames/emitted.js';
import { hex } from '../fixtures/frames/hex.js';
import { fragment, ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { readGeneve } from '../fixtures/frames/read-geneve.js';
import { tcp, udp } from '../fixtures/frames/transport.js';

const UDP_BYTES = 8;
const DIRT = 0xa5a5a5a5 | 0;
const ALL = geneve({ options: ENCAPSULATION_OPTIONS, networkInterface: 'eni-web' });
const UP_TO_64 = geneve({ options: ENCAPSULATION_OPTIONS, networkInterface: 'x'.repeat(255) });

t.test('literal bytes', async (t) => {
  const rows: readonly { name: string; options: readonly EncapsulationOption[]; want: string }[] = [
    { name: 'no options', options: [], want: '00 00 6558 00002a 00' },
    {
      name: 'the time: 2026-11-29 21:00:00.123456789 UTC',
      options: ['captureTime'],
      want: '03 00 6558 00002a 00  ff01 01 02 18ec9fc066eeed15',
    },
    { name: 'the direction', options: ['direction'], want: '02 00 6558 00002a 00  ff01 02 01 00000001' },
    { name: 'the length', options: ['originalLength'], want: '02 00 6558 00002a 00  ff01 03 01 000005ea' },
    { name: 'the session', options: ['sessionNumber'], want: '02 00 6558 00002a 00  ff01 04 01 00007ffe' },
    {
      name: 'the source: a zero behind it',
      options: ['networkInterface'],
      want: '03 00 6558 00002a 00  ff01 05 02 656e692d 77656200',
    },
    {
      name: 'all, in the order of their types',
      options: ENCAPSULATION_OPTIONS.toReversed(),
      want:
        '0c 00 6558 00002a 00  ff01 01 02 18ec9fc066eeed15  ff01 02 01 00000001  ff01 03 01 000005ea' +
        '  ff01 04 01 00007ffe  ff01 05 02 656e692d 77656200',
    },
  ];
  for (const { name, options, want } of rows) {
    const encapsulation = geneve({ options, networkInterface: 'eni-web' });
    const tunnel = new TunnelHeader(encapsulation, 42, { sessionNumber: 32766, direction: 'egress' });
    tunnel.setFrame(Date.UTC(2026, 10, 29, 21) / 1000, 123_456_789, 1514);
    const length = UDP_BYTES + hex(want).length;
    const ports = `c000 17c1 ${(length + 100).toString(16).padStart(4, '0')} 0000`;
    t.equal(encapsulation.overhead, length, `${name}: overhead`);
    t.same(
      emitted(length, (bytes, offset) => tunnel.writeTo(bytes, offset, 100, 0xc000)),
      hex(`${ports} ${want}`),
      name,
    );
  }
  t.equal(GENEVE.overhead, 16, 'without options as long as VXLAN');
  t.equal(UP_TO_64.overhead, 120, 'the longest');
});

t.test('what is written is what is read', async (t) => {
  const optionsArbitrary = fc.subarray([...ENCAPSULATION_OPTIONS], { minLength: 0 });
  const property = fc.property(
    fc.record({
      options: fc
        .tuple(optionsArbitrary, fc.boolean())
        .map(([some, back]) => (back ? some.toReversed() : some)),
      networkInterface: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }).filter(isLine),
      vni: fc.nat(0xffffff),
      sessionNumber: fc.integer({ min: 1, max: 32766 }),
      direction: fc.constantFrom(...DIRECTIONS),
      frames: fc.array(
        fc.record({
          seconds: fc.nat(0xffffffff),
          nanoseconds: fc.nat(999_999_999),
          wireLength: fc.integer({ min: 14, max: 0x7fffffff }),
          kept: fc.integer({ min: 14, max: 60 }),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    }),
    ({ options, networkInterface, vni, sessionNumber, direction, frames }) => {
      const encapsulation = geneve({ options, networkInterface });
      const { overhead } = encapsulation;
      const tunnel = new TunnelHeader(encapsulation, vni, { sessionNumber, direction });
      for (const { seconds, nanoseconds, wireLength, kept } of frames) {
        tunnel.setFrame(seconds, nanoseconds, wireLength);
        const words = new Int32Array(overhead / 4 + 2).fill(DIRT);
        tunnel.writeWords(words, 1, kept, 50000);
        assert.deepEqual([words[0], words.at(-1)], [DIRT, DIRT], 'words around the headers were written');
        const bytes = new Uint8Array(words.buffer, 4, overhead);
        const other = emitted(overhead, (into, offset) => tunnel.writeTo(into, offset, kept, 50000));
        assert.deepEqual(Buffer.from(other), Buffer.from(bytes), 'the two ways are one');
        const read = readGeneve(Buffer.from(bytes.subarray(UDP_BYTES)));
        const time = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
        const told = { captureTime: time, direction, originalLength: wireLength, sessionNumber };
        const want = Object.fromEntries(
          Object.entries(told).filter(([name]) => options.includes(name as never)),
        );
        const { networkInterface: text, ...others } = read.options;
        assert.deepEqual(others, want);
        assert.equal(text !== undefined, options.includes('networkInterface'));
        if (text !== undefined) assert.ok(networkInterface.startsWith(text), text);
        assert.deepEqual([read.vni, read.length], [vni, overhead - UDP_BYTES]);
        receives(bytes, kept, { vni, options, time, direction, wireLength });
      }
    },
  );
  fc.assert(property, { numRuns: 2000 });
  t.pass();
});

interface Told {
  readonly vni: number;
  readonly options: readonly EncapsulationOption[];
  readonly time: bigint;
  readonly direction: string;
  readonly wireLength: number;
}

/** The receiver of this program takes it. */
function receives(
  headers: Uint8Array,
  kept: number,
  { vni, options, time, direction, wireLength }: Told,
): void {
  const datagram = new Uint8Array(headers.length - UDP_BYTES + kept);
  datagram.set(headers.subarray(UDP_BYTES));
  const inner = new Inner();
  assert.equal(PROTOCOLS.geneve.read(datagram, 0, datagram.length, inner), ACCEPTED);
  const captured = (BigInt(inner.captureTimeHigh >>> 0) << 32n) | BigInt(inner.captureTimeLow >>> 0);
  const has = (option: EncapsulationOption): boolean => options.includes(option);
  assert.deepEqual(
    [inner.vni, inner.offset, inner.length, inner.hasCaptureTime, inner.direction, inner.originalLength],
    [
      vni,
      headers.length - UDP_BYTES,
      kept,
      has('captureTime'),
      has('direction') ? ['ingress', 'egress'].indexOf(direction) + 1 : 0,
      has('originalLength') ? Math.max(kept, wireLength) : kept,
    ],
  );
  if (inner.hasCaptureTime) assert.equal(captured, time);
}

t.test('a text is cut between characters, at 64 bytes', async (t) => {
  const rows = [
    { id: 'a', want: 'a', bytes: 4 },
    { id: 'abcd', want: 'abcd', bytes: 4 },
    { id: 'abcde', want: 'abcde', bytes: 8 },
    { id: 'x'.repeat(64), want: 'x'.repeat(64), bytes: 64 },
    { id: 'x'.repeat(65), want: 'x'.repeat(64), bytes: 64 },
    { id: `${'x'.repeat(63)}é`, want: 'x'.repeat(63), bytes: 64 },
    { id: `${'x'.repeat(61)}🦆`, want: 'x'.repeat(61), bytes: 64 },
    { id: '🦆'.repeat(20), want: '🦆'.repeat(16), bytes: 64 },
  ];
  for (const { id, want, bytes } of rows) {
    const { overhead, write } = geneve({ options: ['networkInterface'], networkInterface: id });
    const written = emitted(overhead, (into, offset) =>
      write(into, offset, 1, { sessionNumber: 1, direction: 'ingress' }),
    );
    const { options } = readGeneve(Buffer.from(written.subarray(UDP_BYTES)));
    t.same([options.networkInterface, overhead], [want, UDP_BYTES + 8 + 4 + bytes], id);
  }
});

t.test('headers of a frame that are written again tell the same of it', async (t) => {
  const tunnel = new TunnelHeader(ALL, 42, { sessionNumber: 1, direction: 'ingress' });
  const words = new Int32Array(ALL.overhead / 4 + 1);
  const read = (): unknown =>
    readGeneve(Buffer.from(new Uint8Array(words.buffer).slice(4 + UDP_BYTES))).options;
  tunnel.setFrame(1000, 1, 1514);
  tunnel.writeWords(words, 1, 1500, 50000);
  const first = read();
  tunnel.setFrame(2000, 2, 60);
  tunnel.setFrameAsWritten(words, words.length);
  tunnel.writeWords(words, 1, 100, 50001);
  t.same(read(), first);
  t.same(
    [words[1], words[2]! & 0xffff],
    [0xc117_51c3 | 0, (ALL.overhead + 100) << 8],
    'but for what is of UDP',
  );
});

t.test('packets', async (t) => {
  const header = (text: string) => payload(hex(text));
  const ports = udp({ sourcePort: 49152, destinationPort: 6081 });
  const plain = header('00 00 6558 000001 00');
  const rows = [
    { name: 'over IPv4', layers: [ipv4(), ports, plain], own: true, length: 8 },
    { name: 'over IPv6', layers: [ipv6(), ports, plain], own: true, length: 8 },
    { name: 'options', layers: [ipv4(), ports, header('3f 40 6558 000001 00')], own: true, length: 260 },
    { name: 'cut behind the first byte', layers: [ipv4(), ports, header('0c')], own: true, length: 56 },
    { name: 'another version', layers: [ipv4(), ports, header('40 00 6558 000001 00')], own: true },
    { name: 'a control packet', layers: [ipv4(), ports, header('00 80 6558 000001 00')], own: true },
    { name: 'IPv4 inside', layers: [ipv4(), ports, header('00 00 0800 000001 00')], own: true },
    { name: 'cut behind UDP', layers: [ipv4(), ports], own: true },
    {
      name: 'a source port that no flow has',
      layers: [ipv4(), udp({ sourcePort: 49151, destinationPort: 6081 }), plain],
      own: false,
      length: 8,
    },
    {
      name: 'another port',
      layers: [ipv4(), udp({ sourcePort: 50000, destinationPort: 6082 }), plain],
      own: false,
    },
    { name: 'TCP', layers: [ipv4(), tcp({ sourcePort: 50000, destinationPort: 6081 }), plain], own: false },
    {
      name: 'a later fragment',
      layers: [ipv6(), fragment({ nextHeader: 17, offset: 185 }), plain],
      own: false,
    },
  ];
  const decoded = new Decoded();
  for (const { name, layers, own, length } of rows) {
    const bytes = frame(ethernet(), ...layers);
    decode(bytes, 0, bytes.length, decoded);
    const inside = GENEVE.frameInside(bytes, 0, bytes.length, decoded);
    t.equal(GENEVE.isOwnCopy(decoded), own, `${name}: ours`);
    t.equal(inside, length === undefined ? -1 : decoded.transportOffset + UDP_BYTES + length, name);
  }
});
