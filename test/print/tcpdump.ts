/** Random frames, sound, mutated and cut: the same line as tcpdump's, or a reason; and never more than one harmless line. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { PcapFileSource } from '../../src/io/pcap/pcap-source.js';
import { PcapFileWriter } from '../../src/io/pcap/pcap-writer.js';
import { printFrame } from '../../src/print/print-packet.js';
import { captures, skipWithoutCaptures } from '../fixtures/captures.js';
import { arbitraryFrame } from '../fixtures/frames/arbitrary.js';
import { arbitraryMutatedFrame } from '../fixtures/frames/mutated.js';
import { skipUnless } from '../fixtures/live/requirements.js';

const RANDOM_FRAMES = 4000;
const MAXIMUM_OUTPUT_BYTES = 1 << 28;
/** More than any line has. */
const LONGEST_LINE = 3000;

/** The line of each frame of a file, without its time, and without further lines; undefined for a file that tcpdump does not take. */
function tcpdumpLines(file: string): string[] | undefined {
  const { stdout, status } = spawnSync('tcpdump', ['-nn', '-tt', '-S', '-r', file], {
    encoding: 'latin1',
    maxBuffer: MAXIMUM_OUTPUT_BYTES,
  });
  if (status !== 0) return undefined;
  const lines = stdout.split('\n').filter((line) => /^\d+\.\d{6}( |$)/.test(line));
  return lines.map((line) => line.replace(/^\S+/, '').trim());
}

/** What tcpdump prints and `peek` does not, or not so. @returns undefined for a difference without a reason. */
function reasonToDiffer(ours: string, theirs: string, bytes: Uint8Array): string | undefined {
  const [between = ''] = / > [^ ]+:/.exec(ours) ?? [];
  const hasEnds = theirs.includes(between);
  if (ours.startsWith('ethertype')) return 'neither IPv4 nor IPv6, which is never mirrored';
  if (isWithoutLength(bytes)) return 'IPv6 without a length: that of the frame is taken';
  if (/(RT6|AH|mobility|HBH|DSTOPT|frag) ?\(?/.test(ours) && hasEnds)
    return 'extension headers that are not printed whole';
  if (ours.endsWith('[|ip6]')) return 'cut in an extension header';
  if (/ip-proto-\d+ \d+$/.test(ours) && hasEnds) return 'a protocol that is not printed';
  if (/(sctp|dccp)\]?$/i.test(ours) && /sctp|dccp/i.test(theirs)) return 'what SCTP and DCCP carry';
  if (/Flags .* length [1-9]\d*$/.test(ours) && theirs.startsWith(ours)) return 'payload of TCP';
  if (/UDP, (bad )?length/.test(ours) && hasEnds && !/UDP, (bad )?length/.test(theirs))
    return 'payload of UDP';
  if (/\.53[ :]/.test(ours) && hasEnds) return 'DNS beyond questions, addresses and names';
  if (/options \[/.test(ours) && theirs.startsWith(ours.split('options [')[0] ?? ''))
    return 'options of TCP that are not printed';
  if (/ICMP6?,? (type-#|multicast|redirect|time stamp|address mask|parameter)/.test(ours))
    return 'an ICMP message that is not printed';
  return undefined;
}

/** A frame of IPv6 whose payload length is 0. */
function isWithoutLength(bytes: Uint8Array): boolean {
  let at = 12;
  const type = (): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while ([0x8100, 0x88a8, 0x9100].includes(type())) at += 4;
  return type() === 0x86dd && bytes[at + 2 + 4] === 0 && bytes[at + 2 + 5] === 0;
}

/** Some files of the corpus are damaged, or not of Ethernet. */
function isReadable(file: string): boolean {
  try {
    framesOf(file);
    return true;
  } catch {
    return false;
  }
}

interface Captured {
  readonly bytes: Uint8Array;
  readonly wireLength: number;
}

function framesOf(file: string): Captured[] {
  const frames: Captured[] = [];
  const source = new PcapFileSource(file);
  const consumer = {
    consume: ({
      bytes,
      offset,
      capturedLength,
      wireLength,
    }: {
      bytes: Uint8Array;
      offset: number;
      capturedLength: number;
      wireLength: number;
    }) => void frames.push({ bytes: bytes.slice(offset, offset + capturedLength), wireLength }),
    endBatch: () => {},
  };
  while (source.pull(consumer, 1000) > 0);
  source.close();
  return frames;
}

/** @returns the share of frames whose lines are the same. */
function compare(t: Test, file: string, leastSame: number): void {
  const theirs = tcpdumpLines(file);
  if (theirs === undefined) {
    t.comment(`${file}: not for tcpdump`);
    return;
  }
  const frames = framesOf(file);
  assert.equal(theirs.length, frames.length);
  const reasons = new Map<string, number>();
  let same = 0;
  const unexplained: string[] = [];
  for (const [index, { bytes, wireLength }] of frames.entries()) {
    const ours = printFrame(bytes, 0, bytes.length, wireLength).trim();
    if (ours === theirs[index]) {
      same += 1;
      continue;
    }
    const reason = reasonToDiffer(ours, theirs[index] ?? '', bytes);
    if (reason === undefined)
      unexplained.push(`${ours}\n  ${theirs[index]}\n  ${Buffer.from(bytes).toString('hex')}`);
    else reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  for (const [reason, count] of reasons) t.comment(`${count} frames: ${reason}`);
  t.strictSame(unexplained.slice(0, 5), []);
  t.ok(same / frames.length >= leastSame, `${same} of ${frames.length} frames: the same line`);
}

for (const [name, arbitrary, leastSame] of [
  ['sound', arbitraryFrame, 0.45],
  ['mutated', arbitraryMutatedFrame, 0.3],
] as const) {
  t.test(`${name} frames`, { skip: skipUnless('tcpdump') }, async (t) => {
    const file = `${t.testdir()}/random.pcap`;
    const writer = new PcapFileWriter(file);
    for (const bytes of fc.sample(arbitrary, { numRuns: RANDOM_FRAMES, seed: 1 })) {
      // tcpdump prints no time of a frame without bytes.
      if (bytes.length > 0) writer.write(1, 0, bytes, 0, bytes.length);
    }
    writer.close();
    compare(t, file, leastSame);
  });
}

t.test('the corpus', { skip: skipWithoutCaptures || skipUnless('tcpdump') }, async (t) => {
  for (const file of captures.filter(isReadable)) compare(t, file, 0);
});

t.test('hostile bytes: one line, nothing that moves a cursor, nothing of a payload', async (t) => {
  const frame = fc.oneof(arbitraryMutatedFrame, arbitraryFrame, fc.uint8Array({ maxLength: 300 }));
  const property = fc.property(frame, fc.nat(300), fc.nat(5), (bytes, captured, more) => {
    const line = printFrame(bytes, 0, Math.min(captured, bytes.length), bytes.length + more);
    assert.match(line, /^[\x20-\x7e]*$/);
    assert.ok(line.length < LONGEST_LINE, `${line.length} characters`);
  });
  fc.assert(property, { numRuns: 20_000 });
  t.pass();
});

t.test('what is behind the captured bytes makes no difference', async (t) => {
  const property = fc.property(arbitraryMutatedFrame, fc.nat(120), (bytes, length) => {
    const captured = Math.min(length, bytes.length);
    const lines = [0x00, 0xff, 0x2e].map((fill) => {
      const memory = new Uint8Array(captured + 400).fill(fill);
      memory.set(bytes.subarray(0, captured));
      return printFrame(memory, 0, captured, bytes.length);
    });
    assert.equal(lines[0], lines[1]);
    assert.equal(lines[0], lines[2]);
  });
  fc.assert(property, { numRuns: 5000 });
  t.pass();
});
