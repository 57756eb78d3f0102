/** Which frames libpcap keeps from us: our own copies, and no other. tcpdump compiles and runs the expression. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { libpcapFilter } from '../../src/capture/libpcap-filter.js';
import type { Direction } from '../../src/plan/mirror-plan.js';
import { pcapHeader, pcapRecord } from '../fixtures/frames/capture-files.js';
import { extension, type Ipv4Fields, ipv4, ipv6 } from '../fixtures/frames/ip.js';
import { concat, frame, payload } from '../fixtures/frames/layer.js';
import { arp, ethernet, vlan } from '../fixtures/frames/link.js';
import { tcp, type UdpFields, udp } from '../fixtures/frames/transport.js';

const TARGETS = ['10.9.0.2', '10.9.0.3'];
const LOCAL = ['127.0.0.1', '10.9.0.1', '10.1.0.1'];
const skip = hasTcpdump() ? false : 'tcpdump is not installed';

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
  t.equal(libpcapFilter('ingress', [], LOCAL), 'inbound', 'no target: nothing is ours');
  t.equal(libpcapFilter('egress', [], LOCAL), 'outbound');
  t.equal(libpcapFilter('ingress', TARGETS, []), 'inbound', 'no address: nothing comes back to us');
  t.match(
    libpcapFilter('egress', TARGETS, []),
    /^outbound and not \(.*dst host 10\.9\.0\.2 or dst host 10\.9\.0\.3/,
  );
  t.notMatch(libpcapFilter('egress', TARGETS, LOCAL), /src host/, 'egress: whoever sends it');
  t.match(libpcapFilter('ingress', TARGETS, LOCAL), /^inbound and not .*src host 10\.1\.0\.1/);
});

t.test('the kernel takes it', { skip }, async (t) => {
  const many = Array.from({ length: 50 }, (_, index) => `10.9.1.${index}`);
  for (const direction of ['ingress', 'egress'] as const) {
    for (const targets of [[], TARGETS, many]) {
      const program = compiled(libpcapFilter(direction, targets, LOCAL));
      t.ok(program.length > 0 && program.length < 4096, `${direction}, ${targets.length} targets`);
    }
  }
});

t.test('what is dropped', { skip }, async (t) => {
  const short = (length: number): Uint8Array => copy().subarray(0, length);
  const rows: readonly { name: string; input: Uint8Array; want: string }[] = [
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
    {
      name: 'over IPv6',
      input: frame(
        ethernet(),
        ipv6(),
        extension(0),
        udp({ sourcePort: 50000, destinationPort: 4789 }),
        payload(40),
      ),
      want: 'both',
    },
    { name: 'ARP, unpadded', input: frame(ethernet(), arp()), want: 'both' },
    {
      name: 'a tagged frame of other traffic',
      input: frame(ethernet(), vlan(), ipv4(), tcp()),
      want: 'both',
    },
    { name: 'too short for ports', input: short(35), want: 'both' },
    { name: 'a link header alone', input: short(14), want: 'both' },
  ];
  const kept = (direction: Direction): boolean[] =>
    rows.map(({ input }) => isKept(t.testdir(), libpcapFilter(direction, TARGETS, LOCAL), input));
  const [ingress, egress] = [kept('ingress'), kept('egress')];
  for (const [index, { name, want }] of rows.entries()) {
    const directions = [...(ingress[index] ? ['ingress'] : []), ...(egress[index] ? ['egress'] : [])];
    t.equal(directions.length === 2 ? 'both' : (directions[0] ?? 'neither'), want, name);
  }
});

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
