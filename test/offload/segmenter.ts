/** The segments of a GSO frame are those that the book says, and nothing but the GSO frame decides them. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { Segmenter } from '../../src/offload/segmenter.js';
import { gsoFrame, type UnfinishedFrame } from '../fixtures/frames/gso-frame.js';
import { GuardedFrame, type Offloads, offloadsOf, SURROUNDINGS } from '../fixtures/frames/guarded.js';
import { extension, fragment, ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet, vlan } from '../fixtures/frames/link.js';
import { checksumAt, checksumOver, segmentsOf } from '../fixtures/frames/reference-segments.js';
import { tcp, udp } from '../fixtures/frames/transport.js';
import { Random } from '../fixtures/plans/random.js';

const seeds = fc.integer();
const TCP_IPV4 = 1;
const UDP_IPV4_FRAGMENTS = 3;
const TCP_IPV6 = 4;
const UDP = 5;
const ECN = 0x80;

/** Every segment, written in an order of its own: each must stand for itself. */
function segment(
  guarded: GuardedFrame,
  order: (count: number) => number[],
  whole: boolean,
): Buffer[] | undefined {
  const { frame } = guarded;
  const decoded = new Decoded();
  decode(frame.bytes, frame.offset, frame.capturedLength, decoded);
  const segmenter = new Segmenter();
  if (!segmenter.begin(frame, decoded)) return undefined;
  const segments: Buffer[] = [];
  const { headerLength, payloadOffset } = segmenter;
  for (const index of order(segmenter.count)) {
    const at = frame.offset + payloadOffset + segmenter.payloadStart(index);
    segmenter.writeHeader(index, at, whole);
    const end = at + segmenter.payloadLength(index);
    segments[index] = Buffer.concat([
      segmenter.header.subarray(0, headerLength),
      frame.bytes.subarray(at, end),
    ]);
  }
  return segments;
}

const forwards = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const backwards = (count: number): number[] => forwards(count).reverse();

t.test('as the reference says, wherever the GSO frame lies', async (t) => {
  const property = fc.property(seeds, (seed) => {
    const source = gsoFrame(new Random(seed));
    const want = segmentsOf(source);
    for (const [index, surroundings] of SURROUNDINGS.entries()) {
      const guarded = new GuardedFrame(source.bytes, offloadsOf(source.offloads), surroundings);
      const order = index % 2 === 0 ? forwards : backwards;
      assert.deepEqual(
        segment(guarded, order, true),
        want.map(({ whole }) => whole),
      );
      const kept = segment(guarded, order, false);
      assert.deepEqual(
        kept,
        want.map(({ unfinished }) => unfinished),
        'a truncated copy keeps what stands',
      );
      assert.deepEqual(guarded.bytes, source.bytes, 'the GSO frame was written');
      guarded.check();
    }
  });
  fc.assert(property, { numRuns: 150 });
  t.pass();
});

t.test('a jumbo payload header does not get to the wire', async (t) => {
  let jumbos = 0;
  const property = fc.property(seeds, (seed) => {
    const source = gsoFrame(new Random(seed));
    if (source.isIpv4) return;
    jumbos += 1;
    const behind = source.network + 40;
    const [front, back] = [Buffer.from(source.bytes.subarray(0, behind)), source.bytes.subarray(behind)];
    const jumboPayload = Buffer.from([front[source.network + 6]!, 0, 0xc2, 4, 0, 0, 0, 0]);
    jumboPayload.writeUInt32BE(8 + back.length, 4);
    front.writeUInt16BE(0, source.network + 4);
    front[source.network + 6] = 0;
    const offloads = offloadsOf(source.offloads);
    offloads.checksumStart += 8;
    const bytes = Buffer.concat([front, jumboPayload, back]);
    const guarded = new GuardedFrame(bytes, offloads, SURROUNDINGS[1]!);
    assert.deepEqual(
      segment(guarded, forwards, true),
      segmentsOf(source).map(({ whole }) => whole),
    );
    guarded.check();
  });
  fc.assert(property, { numRuns: 60 });
  t.ok(jumbos > 0);
});

t.test('put together again they are the GSO frame', async (t) => {
  const property = fc.property(seeds, (seed) => {
    const source = gsoFrame(new Random(seed));
    const guarded = new GuardedFrame(source.bytes, offloadsOf(source.offloads), SURROUNDINGS[0]!);
    const segments = segment(guarded, forwards, true)!;
    const content = Buffer.concat(segments.map((bytes) => bytes.subarray(source.headers)));
    assert.deepEqual(content, source.bytes.subarray(source.headers));
    for (const [index, bytes] of segments.entries()) {
      checkSegment(source, bytes, index, segments.length);
    }
  });
  fc.assert(property, { numRuns: 150 });
  t.pass();
});

/** What a receiver looks at. */
function checkSegment(source: UnfinishedFrame, bytes: Buffer, index: number, count: number): void {
  const { network, transport, headers, isIpv4, isTcp, gsoSize } = source;
  const isLast = index === count - 1;
  const length = bytes.length - headers;
  assert.ok(isLast ? length > 0 && length <= gsoSize : length === gsoSize, 'payload');
  assert.equal(checksumOver(source, bytes), 0xffff, 'checksum');
  if (isIpv4) {
    assert.equal(bytes.readUInt16BE(network + 2), bytes.length - network, 'total length');
    const identification = source.bytes.readUInt16BE(network + 4);
    assert.equal(bytes.readUInt16BE(network + 4), (identification + index) & 0xffff, 'identification');
    assert.equal(bytes[network + 1], source.bytes[network + 1], 'DSCP and ECN');
  } else {
    assert.equal(bytes.readUInt16BE(network + 4), bytes.length - network - 40, 'payload length');
  }
  if (isTcp) {
    const sequence = source.bytes.readUInt32BE(transport + 4) + index * gsoSize;
    assert.equal(bytes.readUInt32BE(transport + 4), sequence % 2 ** 32, 'sequence number');
    const flags = source.bytes[transport + 13]!;
    const want = flags & (index === 0 ? 0xff : ~0x80) & (isLast ? 0xff : ~0x09);
    assert.equal(bytes[transport + 13], want, 'flags');
  } else {
    assert.equal(bytes.readUInt16BE(transport + 4), bytes.length - transport, 'UDP length');
    assert.notEqual(bytes.readUInt16BE(checksumAt(source)), 0, 'zero would say that there is none');
  }
}

t.test('what a network card put together is taken apart like any other', async (t) => {
  const property = fc.property(seeds, (seed) => {
    const source = gsoFrame(new Random(seed));
    const offloads = { ...offloadsOf(source.offloads), checksumStart: 0 };
    const segments = segment(new GuardedFrame(source.bytes, offloads, SURROUNDINGS[1]!), forwards, true);
    const want = source.isTcp ? segmentsOf(source).map(({ whole }) => whole) : undefined;
    assert.deepEqual(segments, want);
  });
  fc.assert(property, { numRuns: 60 });
  t.pass();
});

t.test('a checksum of zero is never sent by UDP', async (t) => {
  const headers = { network: 14, transport: 34, isIpv4: true, isTcp: false };
  const content = frame(ethernet(), ipv4(), udp(), payload(4));
  const offloads: Offloads = { gsoType: UDP, gsoSize: 2, checksumStart: 34, checksumOffset: 6 };
  const sums = new Set<number>();
  for (let value = 0; value < 0x10000; value++) {
    content.set([value >>> 8, value & 0xff], 42);
    const segments = segment(new GuardedFrame(content, offloads, SURROUNDINGS[0]!), forwards, true)!;
    const sum = segments[0]!.readUInt16BE(40);
    sums.add(sum);
    if (sum === 0xffff) t.equal(checksumOver(headers, segments[0]!), 0xffff);
  }
  t.notOk(sums.has(0));
  t.ok(sums.has(0xffff), 'which stands for it');
});

const PLAIN = frame(ethernet(), ipv4(), tcp(), payload(3000));
const DATAGRAM = frame(ethernet(), ipv4(), udp(), payload(3000));
const AT_TRANSPORT: Offloads = {
  gsoType: TCP_IPV4,
  gsoSize: 1000,
  checksumStart: 34,
  checksumOffset: 16,
};

/** A frame of 1024 segments of a size, and some bytes. */
function longest(size: number, more = 0): Uint8Array {
  return frame(ethernet(), ipv4(), tcp(), payload(1024 * size + more));
}

/** A frame of 128 segments of a size, and some bytes. */
function shortest(size: number, more = 0): Uint8Array {
  return frame(ethernet(), ipv4(), tcp(), payload(128 * size + more));
}

/** With one byte changed. */
function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

t.test('what is segmented, and what is left as it is', async (t) => {
  const sixTags = frame(ethernet(), vlan(), vlan(), vlan(), ipv6(), tcp(), payload(2000));
  const extensions = (size: number): Uint8Array =>
    frame(ethernet(), ipv6(), extension(60, { size }), tcp(), payload(3000));
  const outerUdp = frame(ethernet(), ipv4(), udp(), payload(50), payload(3000));
  const rows: readonly {
    name: string;
    input: Uint8Array;
    offloads?: Partial<Offloads>;
    captured?: number;
    want: number | undefined;
  }[] = [
    { name: 'TCP', input: PLAIN, want: 3 },
    { name: 'with ECN', input: PLAIN, offloads: { gsoType: TCP_IPV4 | ECN }, want: 3 },
    {
      name: 'TCP over IPv6 behind three tags',
      input: sixTags,
      offloads: { gsoType: TCP_IPV6, checksumStart: 66 },
      want: 2,
    },
    { name: 'UDP', input: DATAGRAM, offloads: { gsoType: UDP, checksumOffset: 6 }, want: 3 },
    {
      name: 'behind an extension header',
      input: extensions(24),
      offloads: { gsoType: TCP_IPV6, checksumStart: 78 },
      want: 3,
    },
    {
      name: 'behind as many as there is room for',
      input: extensions(112),
      offloads: { gsoType: TCP_IPV6, checksumStart: 166 },
      want: 3,
    },
    {
      name: 'more than 192 bytes of headers',
      input: extensions(120),
      offloads: { gsoType: TCP_IPV6, checksumStart: 174 },
      want: undefined,
    },
    {
      name: 'put together by the card: no checksum is left',
      input: PLAIN,
      offloads: { checksumStart: 0 },
      want: 3,
    },
    {
      name: 'UDP without a checksum left, which might be a tunnel',
      input: DATAGRAM,
      offloads: { gsoType: UDP, checksumStart: 0 },
      want: undefined,
    },
    { name: 'payload of one segment', input: PLAIN, offloads: { gsoSize: 3000 }, want: 1 },
    { name: 'more than all in a segment', input: PLAIN, offloads: { gsoSize: 65535 }, want: 1 },
    { name: 'as many segments as a host makes', input: longest(48), offloads: { gsoSize: 48 }, want: 1024 },
    { name: 'one more', input: longest(48, 1), offloads: { gsoSize: 48 }, want: undefined },
    { name: 'as many short ones as a host makes', input: shortest(47), offloads: { gsoSize: 47 }, want: 128 },
    { name: 'one more short one', input: shortest(47, 1), offloads: { gsoSize: 47 }, want: undefined },
    { name: 'segments of a byte', input: PLAIN, offloads: { gsoSize: 1 }, want: undefined },
    { name: 'captured as far as its headers', input: PLAIN, captured: 54, want: 3 },
    { name: 'captured short of its headers', input: PLAIN, captured: 53, want: undefined },
    { name: 'captured without ports', input: PLAIN, captured: 37, want: undefined },
    { name: 'no payload in a segment', input: PLAIN, offloads: { gsoSize: 0 }, want: undefined },
    { name: 'no payload', input: PLAIN.slice(0, 54), want: undefined },
    {
      name: 'a tunnel of UDP: the checksum is that of the packet inside',
      input: outerUdp,
      offloads: { gsoType: UDP, checksumStart: 84 },
      want: undefined,
    },
    {
      name: 'a tunnel of UDP around TCP',
      input: outerUdp,
      offloads: { gsoType: TCP_IPV4, checksumStart: 84 },
      want: undefined,
    },
    {
      name: 'a checksum that begins elsewhere',
      input: PLAIN,
      offloads: { checksumStart: 35 },
      want: undefined,
    },
    { name: 'the kind of the other family', input: PLAIN, offloads: { gsoType: TCP_IPV6 }, want: undefined },
    { name: 'the kind of the other protocol', input: PLAIN, offloads: { gsoType: UDP }, want: undefined },
    { name: 'TCP said of a datagram', input: DATAGRAM, want: undefined },
    {
      name: 'datagrams in fragments (UFO)',
      input: DATAGRAM,
      offloads: { gsoType: UDP_IPV4_FRAGMENTS },
      want: undefined,
    },
    { name: 'a kind that nobody knows', input: PLAIN, offloads: { gsoType: 0x77 }, want: undefined },
    { name: 'a TCP header of 16 bytes', input: changed(PLAIN, 46, 0x40), want: undefined },
    {
      name: 'a TCP header longer than the frame',
      input: changed(frame(ethernet(), ipv4(), tcp(), payload(30)), 46, 0xf0),
      offloads: { gsoSize: 10 },
      want: undefined,
    },
    {
      name: 'a fragment',
      input: frame(ethernet(), ipv4({ moreFragments: true }), tcp(), payload(3000)),
      want: undefined,
    },
    {
      name: 'a fragment of IPv6',
      input: frame(ethernet(), ipv6(), fragment({ more: true }), tcp(), payload(3000)),
      offloads: { gsoType: TCP_IPV6, checksumStart: 62 },
      want: undefined,
    },
  ];
  for (const { name, input, offloads, captured = input.length, want } of rows) {
    const all = { ...AT_TRANSPORT, ...offloads };
    for (const surroundings of SURROUNDINGS) {
      const guarded = new GuardedFrame(input.slice(0, captured), all, surroundings, input.length);
      const decoded = new Decoded();
      decode(guarded.frame.bytes, guarded.frame.offset, captured, decoded);
      const segmenter = new Segmenter();
      const begun = segmenter.begin(guarded.frame, decoded);
      t.equal(begun ? segmenter.count : undefined, want, name);
      guarded.check();
      t.same(guarded.bytes, Buffer.from(input.slice(0, captured)), `${name}: nothing is written`);
    }
  }
});
