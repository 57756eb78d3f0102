/** tshark reads the output of `replay`: VXLAN under valid headers, frame by frame. */
import t from 'tap';
import { skipWithoutTshark, tsharkFields } from '../fixtures/frames/tshark.js';
import { skipWithoutBuild, trafficMirror } from '../fixtures/live/daemon/command.js';
import { writePcap } from '../fixtures/live/oracle/pcap.js';
import { frameMix } from '../fixtures/live/traffic/frame-mix.js';
import { fromRoot } from '../fixtures/root.js';

const LAB = fromRoot('config/lab.yaml');
const SESSION_VNIS = ['101', '102', '103'];
const FIELDS = [
  'frame.protocols',
  'frame.time_epoch',
  'ip.checksum.status',
  'ip.dst',
  'ip.len',
  'udp.length',
  'vxlan.flags',
  'vxlan.vni',
] as const;

t.test('tshark reads every packet', { skip: skipWithoutBuild || skipWithoutTshark }, async (t) => {
  const directory = t.testdir({});
  const [input, output] = [`${directory}/in.pcap`, `${directory}/out.pcap`];
  const frames = frameMix({ seed: 21, count: 200 });
  writePcap(input, frames);
  const files = ['--in', input, '--out', output];
  const { exitCode, stdout } = trafficMirror(
    ...['replay', '--config', LAB, '--source', 'eni-web', ...files, '--json'],
  );
  t.equal(exitCode, 0);
  const { written } = JSON.parse(stdout) as { written: number };
  const packets = tsharkFields(output, FIELDS, ['ip.check_checksum:TRUE']);
  t.ok(written > 100, `${written} packets`);
  t.equal(packets.length, written, 'as many packets as the summary says');
  const wrong = packets.filter(
    (fields) =>
      !fields['frame.protocols'].join().startsWith('eth:ethertype:ip:udp:vxlan') ||
      fields['ip.checksum.status'][0] !== '1' ||
      fields['ip.dst'][0] !== '10.9.0.2' ||
      Number(fields['ip.len'][0]) !== Number(fields['udp.length'][0]) + 20 ||
      Number(fields['vxlan.flags'][0]) !== 0x0800 ||
      !SESSION_VNIS.includes(fields['vxlan.vni'][0]!),
  );
  t.strictSame(wrong.slice(0, 3), [], 'every one is VXLAN to the target under sound headers');
  const times = packets.map((fields) => Number(fields['frame.time_epoch'][0]));
  t.strictSame(
    times,
    times.toSorted((a, b) => a - b),
    'in the order of the frames, with their times',
  );
  t.ok(times.every((time) => Number.isInteger(time) && time >= 1 && time <= frames.length));
});
