/** Checksums that were left to the card, completed where the frame lies, and nothing else written. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decode } from '../../src/decode/decode.js';
import { Decoded } from '../../src/decode/decoded.js';
import { completeChecksum } from '../../src/offload/complete-checksum.js';
import { sumOf, unfinishedFrame } from '../fixtures/frames/gso-frame.js';
import { GuardedFrame, type Offloads, offloadsOf, SURROUNDINGS } from '../fixtures/frames/guarded.js';
import { ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { segmentsOf } from '../fixtures/frames/reference-segments.js';
import { icmpv6, sctp, tcp, udp } from '../fixtures/frames/transport.js';
import { Random } from '../fixtures/plans/random.js';

/** Completes a frame in each of the surroundings. @returns what all of them made of it. */
function completed(bytes: Uint8Array, offloads: Offloads): Buffer {
  const results = SURROUNDINGS.map((surroundings) => {
    const guarded = new GuardedFrame(bytes, offloads, surroundings);
    const decoded = new Decoded();
    decode(guarded.frame.bytes, guarded.frame.offset, bytes.length, decoded);
    completeChecksum(guarded.frame, decoded);
    guarded.check();
    return guarded.bytes;
  });
  for (const result of results) assert.deepEqual(result, results[0]);
  return results[0]!;
}

t.test('as the reference says, wherever the frame lies', async (t) => {
  const property = fc.property(fc.integer(), (seed) => {
    const random = new Random(seed);
    const source = unfinishedFrame(random);
    if (source.isGso) return;
    const [want] = segmentsOf(source);
    const result = completed(source.bytes, offloadsOf(source.offloads));
    assert.deepEqual(result, want!.whole);
  });
  fc.assert(property, { numRuns: 1500 });
  t.pass();
});

t.test('any header of offloads: two bytes in the frame are written, or none', async (t) => {
  const property = fc.property(
    fc.uint8Array({ minLength: 0, maxLength: 120 }),
    fc.record({ checksumStart: fc.nat(140), checksumOffset: fc.oneof(fc.nat(140), fc.nat(65535)) }),
    (bytes, where) => {
      const result = completed(bytes, { gsoType: 0, gsoSize: 0, ...where });
      const at = where.checksumStart + where.checksumOffset;
      const others = (all: Uint8Array): number[] =>
        [...all].filter((_, index) => index !== at && index !== at + 1);
      assert.deepEqual(others(result), others(bytes));
    },
  );
  fc.assert(property, { numRuns: 3000 });
  t.pass();
});

t.test('ICMPv6, and checksums that come out as zero', async (t) => {
  const echo = frame(ethernet(), ipv6(), icmpv6(), payload(33));
  const unfinished = echo.slice();
  const pseudo = Buffer.concat([echo.subarray(22, 54), Buffer.from([0, 0, 0, 41, 0, 0, 0, 58])]);
  unfinished.set(foldedSum(pseudo), 56);
  t.same(
    completed(unfinished, { gsoType: 0, gsoSize: 0, checksumStart: 54, checksumOffset: 2 }),
    Buffer.from(echo),
  );

  const empty = frame(ethernet(), ipv4(), udp(), payload(new Uint8Array(2)));
  // The payload that takes the checksum of zeros to zero is that checksum.
  empty.set(empty.subarray(40, 42), 42);
  const zeroed = empty.slice();
  const header = Buffer.concat([empty.subarray(26, 34), Buffer.from([0, 17, 0, 10])]);
  zeroed.set(foldedSum(header), 40);
  const result = completed(zeroed, { gsoType: 0, gsoSize: 0, checksumStart: 34, checksumOffset: 6 });
  t.equal(result.readUInt16BE(40), 0xffff, 'which would say "none" to UDP');

  // A segment whose sum its last two bytes fill up to all ones.
  const segment = Buffer.from(frame(ethernet(), ipv4(), tcp(), payload(new Uint8Array(2))));
  segment.set(segment.subarray(50, 52), 54);
  const zeroSum = Buffer.from(segment);
  zeroSum.set(foldedSum(Buffer.concat([segment.subarray(26, 34), Buffer.from([0, 6, 0, 22])])), 50);
  const tcpWhere = { gsoType: 0, gsoSize: 0, checksumStart: 34, checksumOffset: 16 };
  t.equal(completed(zeroSum, tcpWhere).readUInt16BE(50), 0, 'and is the checksum to TCP');
});

t.test('what is left', async (t) => {
  const chunk = frame(ethernet(), ipv4(), sctp(), payload(20));
  const checksum = { gsoType: 0, gsoSize: 0, checksumStart: 34, checksumOffset: 8 };
  t.same(completed(chunk, checksum), Buffer.from(chunk), 'SCTP: its checksum is a CRC');
  const short = frame(ethernet(), ipv4(), udp());
  for (const checksumStart of [35, 36, 42, 43, 65535]) {
    const where = { gsoType: 0, gsoSize: 0, checksumStart, checksumOffset: 7 };
    t.same(completed(short, where), Buffer.from(short), `from ${checksumStart}: beyond its end`);
  }
});

/** Two bytes. */
function foldedSum(bytes: Buffer): number[] {
  const sum = sumOf(bytes);
  return [sum >>> 8, sum & 0xff];
}
