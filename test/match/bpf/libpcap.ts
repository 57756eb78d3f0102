/** libpcap's own compiler, by way of tcpdump, and ours say the same of filters that both can express. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { decode } from '../../../src/decode/decode.js';
import { Decoded, FRAGMENT_LATER, KIND_IPV4, KIND_IPV6 } from '../../../src/decode/decoded.js';
import { compile } from '../../../src/match/compile.js';
import { runBpf } from '../../fixtures/bpf/run-bpf.js';
import { hasExtensionHeaders } from '../../fixtures/bpf/seen-by-socket.js';
import { arbitraryFrame } from '../../fixtures/frames/arbitrary.js';
import { readPcap, writePcap } from '../../fixtures/live/oracle/pcap.js';
import { type RuleWords, sourcePlan } from '../../fixtures/plans/builders.js';

const FRAMES = 4000;

interface Row {
  readonly expression: string;
  readonly rules: readonly RuleWords[];
}

const rows: readonly Row[] = [
  { expression: 'ip', rules: [{}] },
  { expression: 'ip6', rules: [{ from: '::/0' }] },
  { expression: 'icmp', rules: [{ protocol: 1 }] },
  { expression: 'ip and tcp dst port 80', rules: [{ protocol: 6, toPorts: '80' }] },
  { expression: 'ip and udp src portrange 60-130', rules: [{ protocol: 17, fromPorts: '60-130' }] },
  { expression: 'ip6 and tcp dst port 443', rules: [{ protocol: 6, toPorts: '443', from: '::/0' }] },
  { expression: 'ip and src net 10.0.0.0/24', rules: [{ from: '10.0.0.0/24' }] },
  { expression: 'ip and dst net 128.0.0.0/1', rules: [{ to: '128.0.0.0/1' }] },
  {
    expression: 'ip and src host 10.0.0.1 and dst net 10.0.0.0/15',
    rules: [{ from: '10.0.0.1/32', to: '10.0.0.0/15' }],
  },
  { expression: 'ip6 src net 2001:db8::/63', rules: [{ from: '2001:db8::/63' }] },
  { expression: 'ip6 dst net 2001:db8::/33', rules: [{ to: '2001:db8::/33' }] },
  { expression: 'ip6 dst host fd00:ec2::254', rules: [{ to: 'fd00:ec2::254/128' }] },
  {
    expression: 'ip and not tcp dst port 80 and not src net 10.0.0.0/8',
    rules: [{ reject: true, protocol: 6, toPorts: '80' }, { reject: true, from: '10.0.0.0/8' }, {}],
  },
  {
    expression: 'ip and (udp dst portrange 53-123 or tcp src portrange 1024-65535 or ip proto 50)',
    rules: [{ protocol: 17, toPorts: '53-123' }, { protocol: 6, fromPorts: '1024-65535' }, { protocol: 50 }],
  },
];

const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-libpcap-'));
t.teardown(() => rmSync(directory, { recursive: true, force: true }));
const skip = spawnSync('tcpdump', ['--version']).status !== 0 && 'tcpdump is not installed';

const frames = fc.sample(arbitraryFrame, { numRuns: FRAMES, seed: 1 }).filter(suits);

t.test('untagged frames', { skip }, async (t) => {
  const untagged = frames.filter((frame) => tagsOf(frame) === 0);
  for (const { expression, rules } of rows) compare(t, untagged, expression, rules);
});

t.test('frames with one tag', { skip }, async (t) => {
  const tagged = frames.filter((frame) => tagsOf(frame) === 1);
  for (const { expression, rules } of rows) compare(t, tagged, `vlan and (${expression})`, rules);
});

function compare(
  t: Test,
  some: readonly Uint8Array[],
  expression: string,
  rules: readonly RuleWords[],
): void {
  const { instructions } = compile(sourcePlan([{ rules }]), 'ingress').bpf();
  const ours = some.filter((frame) => runBpf(instructions, frame) > 0);
  t.same(hexOf(ours), hexOf(filteredByLibpcap(some, expression)), `${expression}: ${ours.length} frames`);
  t.ok(ours.length > 0 && ours.length < some.length);
}

function filteredByLibpcap(some: readonly Uint8Array[], expression: string): Uint8Array[] {
  const all = join(directory, 'all.pcap');
  const kept = join(directory, 'kept.pcap');
  writePcap(all, some);
  execFileSync('tcpdump', ['-r', all, '-w', kept, expression], { stdio: 'ignore' });
  return readPcap(kept).map(({ bytes }) => bytes);
}

function hexOf(some: readonly Uint8Array[]): string[] {
  return some.map((frame) => Buffer.from(frame).toString('hex'));
}

/**
 * libpcap does not look at lengths inside IP, walks no extension headers, and gives up on a frame where it
 * cannot read a port.
 */
function suits(frame: Uint8Array): boolean {
  if (hasExtensionHeaders(frame)) return false;
  const decoded = new Decoded();
  decode(frame, 0, frame.length, decoded);
  const { kind, networkOffset, protocol, fragment, hasPorts } = decoded;
  if (kind !== KIND_IPV4 && kind !== KIND_IPV6) return true;
  const lengthField = Buffer.from(frame).readUInt16BE(networkOffset + (kind === KIND_IPV4 ? 2 : 4));
  const end = networkOffset + lengthField + (kind === KIND_IPV4 ? 0 : 40);
  const isPadded = lengthField !== 0 && end < frame.length;
  const isCut = (protocol === 6 || protocol === 17) && !hasPorts && fragment !== FRAGMENT_LATER;
  return !isPadded && !isCut;
}

function tagsOf(frame: Uint8Array): number {
  const types = [12, 16, 20, 24].map((at) => ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0));
  const end = types.findIndex((type) => ![0x8100, 0x88a8, 0x9100].includes(type));
  return end < 0 ? types.length : end;
}
