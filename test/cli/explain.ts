/** `explain`: what a source compiles to, and what becomes of packets. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ipv4 } from '../fixtures/frames/ip.js';
import { frame } from '../fixtures/frames/layer.js';
import { arp, ethernet } from '../fixtures/frames/link.js';
import { tcp } from '../fixtures/frames/transport.js';
import { COMMAND, environment, skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { writePcap } from '../fixtures/live/oracle/pcap.js';
import { fromRoot } from '../fixtures/root.js';

const lab = fromRoot('config/lab.yaml');

t.test('both directions, each with its forms', { skip: skipWithoutBuild }, async (t) => {
  const { exitCode, stdout } = trafficMirror('explain', '--config', lab, '--source', 'eni-web');
  t.equal(exitCode, 0);
  for (const direction of ['ingress', 'egress']) t.match(stdout, `eni-web (veth0) ${direction}`);
  t.match(stdout, /rule 10 tmf-http\/ingress\/10: ipv4 tcp .* port 80/);
  t.match(stdout, /function ipv4Tcp\(decoded\)/);
  t.match(
    stdout,
    /eni-web \(veth0\) ring\n\nBPF\n\d+ instructions: .* ingress \d+, egress \d+/,
    'both joined',
  );
});

t.test('a source of no session', { skip: skipWithoutBuild }, async (t) => {
  const { exitCode, complaints } = trafficMirror('explain', '--config', lab, '--source', 'eni-ids');
  t.equal(exitCode, 1);
  t.same(complaints, ['--source eni-ids: not the source of any session; sources are: eni-web']);
});

t.test('a reader that closes the pipe early', { skip: skipWithoutBuild }, async (t) => {
  const script = 'set -o pipefail; "$0" "$1" explain --config "$2" --source eni-web | true; echo "$?"';
  const args = ['-c', script, process.execPath, COMMAND, lab];
  const { stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8', env: environment });
  t.equal(stdout, '0\n');
  t.equal(stderr, '');
});

const ASK = ['explain', '--config', lab, '--source', 'eni-web'];
const WEB = 'tcp 10.1.0.2:40000 > 10.1.0.1:80';
/** The same packet, as `--frame` takes it. */
const WEB_FRAME =
  '02:00:00:00:00:02 02:00:00:00:00:01 0800 4500 0028 0001 4000 4006 0000 0a010002 0a010001 ' +
  '9c40 0050 00000000 00000000 5000 0000 0000 0000 000000000000';

t.test('a packet, and the same one as a frame', { skip: skipWithoutBuild }, async (t) => {
  const packet = trafficMirror(...ASK, '--packet', WEB);
  t.equal(packet.exitCode, 0);
  t.match(packet.stdout, `rules of ${lab}\n\neni-web (veth0) ingress, 60 bytes\n`);
  t.match(packet.stdout, 'matched: session 1 ');
  t.match(packet.stdout, 'path MTU not known: no running daemon tells it');
  t.equal(trafficMirror(...ASK, '--frame', WEB_FRAME).stdout, packet.stdout);
  const egress = trafficMirror(...ASK, '--packet', WEB, '--direction', 'egress');
  t.match(egress.stdout, 'eni-web (veth0) egress, 60 bytes');
});

t.test('JSON', { skip: skipWithoutBuild }, async (t) => {
  const { stdout } = trafficMirror(...ASK, '--packet', WEB, '--json');
  t.match(JSON.parse(stdout), {
    origin: `rules of ${lab}`,
    sourceId: 'eni-web',
    direction: 'ingress',
    length: 60,
    fields: { kind: 'ipv4', ip: { protocol: 6, source: { address: '10.1.0.2', port: 40000 } } },
    walk: { sessions: [{ sessionNumber: 1, result: 'accept' }] },
    verdict: { kind: 'matched', session: { sessionNumber: 1 } },
    copy: { address: '10.9.0.2', encapsulation: 'vxlan', port: 4789, frameLength: 60, packetLength: 96 },
  });
});

t.test('every frame of a capture, or some', { skip: skipWithoutBuild }, async (t) => {
  const file = join(t.testdir({}), 'in.pcap');
  const own = [2, 0, 0, 0, 0, 0xaa];
  const web = frame(ethernet(), ipv4(), tcp({ destinationPort: 80 }));
  const answer = frame(ethernet({ source: own }), ipv4(), tcp({ sourcePort: 80 }));
  writePcap(file, [web, frame(ethernet(), arp()), ...Array<Uint8Array>(200).fill(answer)]);
  const mac = ['--egress-mac', '02:00:00:00:00:aa'];
  const all = trafficMirror(...ASK, '--in', file, ...mac);
  t.equal(all.exitCode, 0);
  t.equal(all.stdout.match(/^frame \d+$/gm)?.length, 202);
  t.match(all.stdout, 'frame 3\neni-web (veth0) egress, ');
  t.match(all.stdout, /\n202 frames, \d+ matched by tms-\S+, 1 arp\n$/);
  const lines = trafficMirror(...ASK, '--in', file, '--count', '2', '--json')
    .stdout.trim()
    .split('\n');
  t.match(
    lines.map((line) => JSON.parse(line)),
    [
      { frame: 1, verdict: { kind: 'matched' } },
      { frame: 2, verdict: { kind: 'unmirrored', type: 'arp' } },
    ],
  );
  t.equal(lines.length, 2);
  writeFileSync(file, readFileSync(file).subarray(0, -5));
  const damaged = trafficMirror(...ASK, '--in', file);
  t.equal(damaged.exitCode, 1);
  t.match(damaged.stdout, 'frame 201\n', 'all frames before the damage');
  t.match(damaged.complaints, [`${file}: `]);
  t.equal(damaged.complaints.length, 1);
});

t.test('what is not understood', { skip: skipWithoutBuild }, async (t) => {
  const rows: { args: string[]; exitCode: number; want: string | RegExp }[] = [
    { args: ['--packet', 'tpc'], exitCode: 1, want: /^--packet "tpc": "tpc" is no protocol: / },
    {
      args: ['--packet', `${WEB} length 5`],
      exitCode: 1,
      want: /length 5 is less than the 54 bytes of its headers$/,
    },
    { args: ['--frame', '0x0g'], exitCode: 1, want: '--frame: "g" is no hexadecimal digit' },
    { args: ['--frame', '012'], exitCode: 1, want: '--frame: 3 digits: half a byte is left over' },
    { args: ['--frame', ' '], exitCode: 1, want: '--frame: empty' },
    {
      args: ['--in', '/nowhere.pcap'],
      exitCode: 1,
      want: '/nowhere.pcap: cannot open: no such file or directory',
    },
    {
      args: ['--in', 'a', '--frame', '00'],
      exitCode: 2,
      want: 'explain: give one of --packet, --frame and --in',
    },
    {
      args: ['--direction', 'egress'],
      exitCode: 2,
      want: 'explain: --direction needs --packet, --frame or --in',
    },
    { args: ['--json'], exitCode: 2, want: 'explain: --json needs --packet, --frame or --in' },
    {
      args: ['--packet', WEB, '--direction', 'out'],
      exitCode: 2,
      want: 'explain: --direction "out": not one of ingress, egress',
    },
    { args: ['--packet', WEB, '--count', '3'], exitCode: 2, want: 'explain: --count is for --in' },
    {
      args: ['--in', lab, '--count', '0'],
      exitCode: 2,
      want: 'explain: --count "0": not a number of frames from 1 to 999999999',
    },
    {
      args: ['--in', lab, '--egress-mac', '02:00:00:00:00:aa', '--direction', 'egress'],
      exitCode: 2,
      want: 'explain: give --direction or --egress-mac',
    },
  ];
  for (const { args, exitCode, want } of rows) {
    const outcome = trafficMirror(...ASK, ...args);
    t.equal(outcome.exitCode, exitCode, args.join(' '));
    t.match(outcome.complaints[0], want, args.join(' '));
    t.equal(outcome.complaints.length, 1);
    t.equal(outcome.stdout, '');
  }
  const short = trafficMirror(...ASK, '--frame', '00');
  t.match(short.stdout, 'packet             unparsable: a header is cut off or malformed');
});

t.test('a reader that ends before the capture does', { skip: skipWithoutBuild }, async (t) => {
  const file = join(t.testdir({}), 'in.pcap');
  writePcap(file, Array<Uint8Array>(5000).fill(frame(ethernet(), ipv4(), tcp({ destinationPort: 80 }))));
  const script =
    'set -o pipefail; "$0" "$1" explain --config "$2" --source eni-web --in "$3" | head -n 3; echo "$?"';
  const args = ['-c', script, process.execPath, COMMAND, lab, file];
  const { stdout, stderr } = spawnSync('bash', args, { encoding: 'utf8', env: environment });
  t.match(stdout, /^rules of .*\n\nframe 1\n0\n$/);
  t.equal(stderr, '');
});
