/** Which frames libpcap keeps from us: our own copies, and no other. tcpdump compiles and runs the expression. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { libpcapFilter } from '../../../src/io/libpcap/libpcap-source.js';
import type { Direction, Oversize } from '../../../src/plan/mirror-plan.js';
import { pcapHeader, pcapRecord } from '../../fixtures/frames/capture-files.js';
import {
  extension,
  fragment,
  type Ipv4Fields,
  type Ipv6Fields,
  ipv4,
  ipv6,
} from '../../fixtures/frames/ip.js';
import { concat, frame, payload } from '../../fixtures/frames/layer.js';
import { arp, ethernet, vlan } from '../../fixtures/frames/link.js';
import { tcp, type UdpFields, udp } from '../../fixtures/frames/transport.js';

const TARGETS = ['10.9.0.2', '10.9.0.3', 'fd00:9::2', 'fe80::2%mir0'];
const LOCAL = ['127.0.0.1', '10.9.0.1', '10.1.0.1', '::1', 'fd00:9::1', 'fe80::1'];
const skip = hasTcpdump() ? false : 'tcpdump is not installed';

/** The expression of a mirror that truncates. */
function truncating(direction: Direction, targets: readonly string[], local: readonly string[]): string {
  return libpcapFilter(direction, targets, local, 'truncate');
}

/** A copy over IPv6. */
function copy6(ip: Ipv6Fields = {}, transport: UdpFields = {}): Uint8Array {
  return frame(
    ethernet(),
    ipv6({ source: 'fd00:9::1', destination: 'fd00:9::2', hopLimit: 255, ...ip }),
    udp({ sourcePort: 50000, destinationPort: 4789, ...transport }),
    payload(8 + 60),
  );
}

/** A copy as the engine sends it, or one with something changed. */
function copy(ip: Ipv4Fields = {}, transport: UdpFields = {}): Uint8Array {
  return frame(
    ethernet(),
    ipv4({ source: '10.9.0.1', destination: '10.9.0.2', timeToLive: 255, dontFragment: true, ...ip }),
    udp({ sourcePort: 50000, destinationPort: 4789, checksum: 0, ...transport }),
    payload(8 + 60),
  );
}

t.test('what the expression says', async (t) => {
  t.equal(truncating('ingress', [], LOCAL), 'inbound', 'no target: nothing is ours');
  t.equal(truncating('egress', [], LOCAL), 'outbound');
  t.equal(truncating('ingress', TARGETS, []), 'inbound', 'no address: nothing comes back to us');
  t.match(
    truncating('egress', TARGETS, []),
    /^outbound and not \(.*dst host 10\.9\.0\.2 or dst host 10\.9\.0\.3/,
  );
  t.notMatch(truncating('egress', TARGETS, LOCAL), /src host/, 'egress: whoever sends it');
  t.match(truncating('ingress', TARGETS, LOCAL), /^inbound and not .*src host 10\.1\.0\.1/);
});

t.test('the kernel takes it', { skip }, async (t) => {
  const many = Array.from({ length: 50 }, (_, index) => `10.9.1.${index}`);
  for (const direction of ['ingress', 'egress'] as const) {
    for (const targets of [[], TARGETS, many]) {
      const program = compiled(truncating(direction, targets, LOCAL));
      t.ok(program.length > 0 && program.length < 4096, `${direction}, ${targets.length} targets`);
      const fragmenting = compiled(libpcapFilter(direction, targets, LOCAL, 'fragment'));
      t.ok(fragmenting.length >= program.length && fragmenting.length < 4096, 'and in fragments');
    }
  }
});

t.test('what is dropped', { skip }, async (t) => {
  const short = (length: number): Uint8Array => copy().subarray(0, length);
  const rows: readonly Row[] = [
    { name: 'our copy', input: copy(), want: 'neither' },
    { name: 'our copy to the other target', input: copy({ destination: '10.9.0.3' }), want: 'neither' },
    { name: 'the lowest source port', input: copy({}, { sourcePort: 49152 }), want: 'neither' },
    { name: 'the highest source port', input: copy({}, { sourcePort: 65535 }), want: 'neither' },
    { name: 'a copy of nothing', input: short(50), want: 'neither' },
    { name: 'from an address that is not ours', input: copy({ source: '10.7.0.7' }), want: 'ingress' },
    { name: 'to a host that is no target', input: copy({ destination: '10.9.0.4' }), want: 'both' },
    {
      name: 'back from a target',
      input: copy({ source: '10.9.0.2', destination: '10.9.0.1' }),
      want: 'both',
    },
    { name: 'routed here', input: copy({ timeToLive: 254 }), want: 'both' },
    { name: 'from a low port', input: copy({}, { sourcePort: 49151 }), want: 'both' },
    { name: 'to another port', input: copy({}, { destinationPort: 4790 }), want: 'both' },
    { name: 'from port 4789', input: copy({}, { sourcePort: 4789, destinationPort: 50000 }), want: 'both' },
    { name: 'with IP options', input: copy({ options: [1, 1, 1, 1] }), want: 'both' },
    {
      name: 'TCP',
      input: frame(
        ethernet(),
        ipv4({ source: '10.9.0.1', destination: '10.9.0.2', timeToLive: 255 }),
        tcp({ sourcePort: 50000, destinationPort: 4789 }),
        payload(20),
      ),
      want: 'both',
    },
    { name: 'a later fragment', input: copy({ fragmentOffset: 1 }), want: 'both' },
    { name: 'our copy over IPv6', input: copy6(), want: 'neither' },
    { name: 'to the link-local target', input: copy6({ destination: 'fe80::2' }), want: 'neither' },
    { name: 'the lowest source port over IPv6', input: copy6({}, { sourcePort: 49152 }), want: 'neither' },
    { name: 'a copy of nothing over IPv6', input: copy6().subarray(0, 70), want: 'neither' },
    {
      name: 'over IPv6 from an address that is not ours',
      input: copy6({ source: 'fd00:7::7' }),
      want: 'ingress',
    },
    { name: 'over IPv6 to no target', input: copy6({ destination: 'fd00:9::4' }), want: 'both' },
    { name: 'over IPv6, routed here', input: copy6({ hopLimit: 254 }), want: 'both' },
    { name: 'over IPv6 from a low port', input: copy6({}, { sourcePort: 49151 }), want: 'both' },
    { name: 'over IPv6 to another port', input: copy6({}, { destinationPort: 4790 }), want: 'both' },
    {
      name: 'over IPv6 with extension headers',
      input: frame(
        ethernet(),
        ipv6({ source: 'fd00:9::1', destination: 'fd00:9::2', hopLimit: 255 }),
        extension(0),
        udp({ sourcePort: 50000, destinationPort: 4789 }),
        payload(40),
      ),
      want: 'both',
    },
    { name: 'over IPv6, a fragment of others', input: fragment6(), want: 'both' },
    { name: 'ARP, unpadded', input: frame(ethernet(), arp()), want: 'both' },
    {
      name: 'a tagged frame of other traffic',
      input: frame(ethernet(), vlan(), ipv4(), tcp()),
      want: 'both',
    },
    { name: 'too short for ports', input: short(35), want: 'both' },
    { name: 'a link header alone', input: short(14), want: 'both' },
  ];
  checkKept(t, rows, 'truncate');
});

t.test('what is dropped of a mirror that fragments', { skip }, async (t) => {
  checkKept(
    t,
    [
      { name: 'our copy', input: copy(), want: 'neither' },
      { name: 'the first fragment', input: copy({ moreFragments: true }), want: 'neither' },
      { name: 'a later fragment', input: copy({ fragmentOffset: 1 }), want: 'neither' },
      { name: 'the end of one', input: copy({ fragmentOffset: 1 }).subarray(0, 35), want: 'neither' },
      {
        name: 'a later fragment of others',
        input: copy({ fragmentOffset: 1, source: '10.7.0.7' }),
        want: 'ingress',
      },
      {
        name: 'a later fragment routed here',
        input: copy({ fragmentOffset: 1, timeToLive: 64 }),
        want: 'both',
      },
      { name: 'a later fragment of ICMP', input: copy({ fragmentOffset: 1, protocol: 1 }), want: 'both' },
      { name: 'to another port', input: copy({}, { destinationPort: 4790 }), want: 'both' },
      { name: 'a fragment over IPv6', input: fragment6(), want: 'neither' },
      { name: 'a fragment over IPv6 routed here', input: fragment6({ hopLimit: 63 }), want: 'both' },
      { name: 'a fragment over IPv6 of others', input: fragment6({ source: 'fd00:7::7' }), want: 'ingress' },
      { name: 'a short frame', input: copy().subarray(0, 30), want: 'both' },
    ],
    'fragment',
  );
});

interface Row {
  readonly name: string;
  readonly input: Uint8Array;
  /** In which directions the frame comes through. */
  readonly want: string;
}

function checkKept(t: Test, rows: readonly Row[], oversize: Oversize): void {
  const kept = (direction: Direction): boolean[] =>
    rows.map(({ input }) => isKept(t.testdir(), libpcapFilter(direction, TARGETS, LOCAL, oversize), input));
  const [ingress, egress] = [kept('ingress'), kept('egress')];
  for (const [index, { name, want }] of rows.entries()) {
    const directions = [...(ingress[index] ? ['ingress'] : []), ...(egress[index] ? ['egress'] : [])];
    t.equal(directions.length === 2 ? 'both' : (directions[0] ?? 'neither'), want, name);
  }
}

/** A later fragment of a UDP datagram over IPv6. */
function fragment6(ip: Ipv6Fields = {}): Uint8Array {
  return frame(
    ethernet(),
    ipv6({ source: 'fd00:9::1', destination: 'fd00:9::2', hopLimit: 255, ...ip }),
    fragment({ offset: 100, nextHeader: 17 }),
    payload(40),
  );
}

/** Instructions of the program. */
function compiled(expression: string): string[] {
  return tcpdump('-y', 'EN10MB', '-d', expression).split('\n').filter(Boolean);
}

/** A file has no directions: that part of the expression is left out. */
function isKept(directory: string, expression: string, bytes: Uint8Array): boolean {
  const file = join(directory, 'frame.pcap');
  writeFileSync(file, concat(pcapHeader(), pcapRecord(bytes)));
  const rest = expression.replace(/^(in|out)bound( and )?/, '');
  return tcpdump('-r', file, '-tnq', rest) !== '';
}

function tcpdump(...args: string[]): string {
  return execFileSync('tcpdump', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function hasTcpdump(): boolean {
  try {
    execFileSync('tcpdump', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
