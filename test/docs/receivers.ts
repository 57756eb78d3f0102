/** What docs/receivers.md shows of a copy in GENEVE is what tshark says of one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { geneve } from '../../src/encapsulate/geneve.js';
import { Ipv4OuterHeader } from '../../src/encapsulate/ipv4-outer-header.js';
import { TunnelHeader } from '../../src/encapsulate/tunnel-header.js';
import { ENCAPSULATION_OPTIONS } from '../../src/plan/mirror-plan.js';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame, payload } from '../fixtures/frames/layer.js';
import { ethernet } from '../fixtures/frames/link.js';
import { udp } from '../fixtures/frames/transport.js';
import { CUT } from '../fixtures/plans/builders.js';
import { fromRoot } from '../fixtures/root.js';

/** Others may word it in another way. */
const VERSION = /TShark \(Wireshark\) 4\.0\./;
const ETHERNET = 14;

const version = spawnSync('tshark', ['--version'], { encoding: 'utf8' }).stdout ?? '';
const skip = !VERSION.test(version) && 'tshark 4.0 is not installed';

t.test('a copy with every option, as tshark shows it', { skip }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'traffic-mirror-docs-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'copy.pcap');
  writeFileSync(file, captureOf(copy()));
  const lines = execFileSync('tshark', ['-n', '-r', file, '-V'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).split('\n');
  const first = lines.findIndex((line) => line.startsWith('Generic Network'));
  const end = lines.findIndex((line, index) => index > first && !line.startsWith(' '));
  const shown = lines.slice(first, end).map((line) => `    ${line}`);
  t.ok(shown.length > 30, `${shown.length} lines`);
  t.match(readFileSync(fromRoot('docs/receivers.md'), 'utf8'), shown.join('\n'));
});

/** The copy that the page tells of, from its Ethernet header. */
function copy(): Uint8Array {
  const inner = frame(ethernet(), ipv4(), udp(), payload(64));
  const encapsulation = geneve({ options: ENCAPSULATION_OPTIONS, networkInterface: 'eni-web' });
  const tunnel = new TunnelHeader(encapsulation, 42, { sessionNumber: 7, direction: 'ingress' });
  tunnel.setFrame(1_795_986_000, 123_456_789, inner.length);
  const header = new Ipv4OuterHeader(encapsulation, '10.9.0.1', '10.9.0.2', CUT);
  const packet = new Uint8Array(ETHERNET + header.length + inner.length);
  packet.set(frame(ethernet()).subarray(0, ETHERNET - 2));
  packet.set([8, 0], ETHERNET - 2);
  packet.set(inner, ETHERNET + header.length);
  header.writeTo(packet, ETHERNET, inner.length, tunnel, 50_000);
  return packet;
}

/** A capture file of one packet. */
function captureOf(packet: Uint8Array): Buffer {
  const head = Buffer.alloc(24 + 16);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65535, 16);
  head.writeUInt32LE(1, 20);
  head.writeUInt32LE(packet.length, 32);
  head.writeUInt32LE(packet.length, 36);
  return Buffer.concat([head, packet]);
}
