/** `receive` and what strangers send: malformed datagrams, floods of VNIs and senders, what nobody asked for. */
import fc from 'fast-check';
import t from 'tap';
import { MAXIMUM_VNIS } from '../../../src/receive/tally.js';
import { Receiving } from '../../fixtures/live/daemon/receiving.js';
import { buildStand } from '../../fixtures/live/daemon/stand.js';
import { tsharkCapture } from '../../fixtures/live/oracle/tshark-capture.js';
import { skipUnless } from '../../fixtures/live/requirements.js';
import {
  datagramsTo,
  GENEVE_PORT,
  geneveOf,
  numbered,
  VXLAN_PORT,
  vxlanOf,
} from '../../fixtures/live/traffic/datagrams.js';
import { Sender } from '../../fixtures/live/traffic/sender.js';

const skip = skipUnless('tshark');
const FUZZED = 2000;

t.test(
  'malformed datagrams are counted by reason, and good ones between them are taken',
  { skip },
  async (t) => {
    const stand = buildStand(t);
    const file = `${stand.directory}/received.pcapng`;
    const receiving = await Receiving.start(stand.ids, { args: ['-w', file] });
    const datagram = datagramsTo(stand);
    const good = (number: number) => datagram(vxlanOf(1, numbered(number)));
    const geneve = (bytes: Uint8Array) => datagram(bytes, { port: GENEVE_PORT });
    const withFlags = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
      const changed = Uint8Array.from(bytes);
      changed[at] = value;
      return changed;
    };
    const whole = geneveOf(2, numbered(9));
    const frames = [
      good(1),
      datagram(new Uint8Array(0)),
      datagram(Uint8Array.of(8, 0, 0, 0)),
      datagram(withFlags(vxlanOf(1, numbered(9)), 0, 0)),
      datagram(withFlags(vxlanOf(1, numbered(9)), 0, 0x0c)),
      good(2),
      datagram(vxlanOf(1, numbered(9).subarray(0, 13))),
      geneve(withFlags(whole, 0, 0x40)),
      geneve(withFlags(whole, 0, 0x3f)),
      geneve(withFlags(whole, 1, 0x80)),
      geneve(withFlags(geneveOf(2, numbered(9), [1, 2, 0x83, 0]), 1, 0x40)),
      geneve(withFlags(whole, 3, 0)),
      geneve(geneveOf(2, numbered(9).subarray(0, 3))),
      geneve(geneveOf(2, numbered(3))),
    ];
    await new Sender(stand.host).send('mir0', frames);
    await receiving.until('all', ({ datagrams }) => datagrams >= frames.length);
    const { exitCode, report } = await receiving.end();
    t.equal(exitCode, 0);
    t.same(receiving.complaints, []);
    t.same(report.rejected, {
      short: 2,
      flags: 1,
      version: 1,
      options: 1,
      'critical-option': 1,
      control: 1,
      'not-ethernet': 2,
      'inner-short': 2,
    });
    const { frames: captured, interfaces } = tsharkCapture(file);
    t.same(
      captured.map(({ bytes }) => bytes.readUInt32BE(14)),
      [1, 2, 3],
    );
    t.same(interfaces, ['vni-1', 'vni-1', 'vni-2']);
  },
);

t.test('random datagrams', { skip }, async (t) => {
  const stand = buildStand(t);
  const file = `${stand.directory}/received.pcapng`;
  const receiving = await Receiving.start(stand.ids, { args: ['-w', file] });
  const datagram = datagramsTo(stand);
  const [some, others] = [8, 0].map((first) =>
    fc
      .sample(fc.uint8Array({ maxLength: 1400, size: 'max' }), { numRuns: FUZZED / 2, seed: 7 })
      .map((bytes) => {
        if (bytes.length > 0) bytes[0] = first;
        return bytes;
      }),
  );
  const frames = [
    ...some!.map((bytes) => datagram(bytes, { port: VXLAN_PORT })),
    ...others!.map((bytes) => datagram(bytes, { port: GENEVE_PORT })),
  ];
  await new Sender(stand.host).send('mir0', frames);
  await receiving.until('all', ({ datagrams }) => datagrams >= FUZZED);
  const { exitCode, report } = await receiving.end();
  t.equal(exitCode, 0);
  const rejected = Object.values(report.rejected).reduce((sum, count) => sum + count, 0);
  t.equal(report.datagrams, FUZZED);
  t.equal(report.received.packets + rejected, FUZZED, 'the sum');
  t.ok(report.received.packets > 0 && rejected > 0);
  t.equal(tsharkCapture(file).frames.length, report.received.packets);
});

t.test('more VNIs than are told apart', { skip }, async (t) => {
  const stand = buildStand(t);
  const file = `${stand.directory}/received.pcapng`;
  const receiving = await Receiving.start(stand.ids, { args: ['-w', file] });
  const datagram = datagramsTo(stand);
  const beyond = 50;
  const vnis = Array.from({ length: MAXIMUM_VNIS + beyond }, (_, index) => index);
  const frames = vnis.map((vni) => datagram(vxlanOf(vni, numbered(vni))));
  await new Sender(stand.host).send('mir0', frames);
  await receiving.until('all', ({ datagrams }) => datagrams >= frames.length);
  const { report } = await receiving.end();
  t.equal(report.vnis.length, MAXIMUM_VNIS);
  t.equal(report.otherVnis.packets, beyond);
  t.equal(report.received.packets, frames.length, 'the sum is exact');
  const { frames: captured, interfaces } = tsharkCapture(file);
  t.equal(captured.length, frames.length, 'no frame is left out');
  t.equal(interfaces.filter((name) => name === 'others').length, beyond);
});

t.test('only some VNIs, and only so many frames', { skip }, async (t) => {
  const stand = buildStand(t);
  const file = `${stand.directory}/received.pcapng`;
  const args = ['--vni', '7', '--vni', '9', '--count', '4', '-w', file];
  const receiving = await Receiving.start(stand.ids, { args });
  const datagram = datagramsTo(stand);
  const frames = Array.from({ length: 20 }, (_, index) =>
    datagram(vxlanOf(5 + (index % 5), numbered(index))),
  );
  await new Sender(stand.host).send('mir0', frames);
  t.equal(await receiving.ended, 0, 'it ends by itself');
  const [report] = receiving.reports;
  t.same(
    report?.vnis.map(({ vni, packets }) => [vni, packets]),
    [
      [7, 2],
      [9, 2],
    ],
  );
  t.equal(report?.unwanted, 6);
  t.same(
    tsharkCapture(file).frames.map(({ bytes }) => bytes.readUInt32BE(14)),
    [2, 4, 7, 9],
  );
});

t.test('GENEVE options of the sender: time, direction, length', { skip }, async (t) => {
  const stand = buildStand(t);
  const file = `${stand.directory}/received.pcapng`;
  const receiving = await Receiving.start(stand.ids, { args: ['-w', file, '--count', '1'] });
  const time = 1_700_000_000_123_456_789n;
  const bytes = Array.from({ length: 8 }, (_, index) => Number((time >> BigInt(56 - 8 * index)) & 0xffn));
  const options = [0xff, 1, 1, 2, ...bytes, 0xff, 1, 2, 1, 0, 0, 0, 1, 0xff, 1, 3, 1, 0, 0, 5, 0xdc];
  const datagram = datagramsTo(stand)(geneveOf(3, numbered(1), options), { port: GENEVE_PORT });
  await new Sender(stand.host).send('mir0', [datagram]);
  t.equal(await receiving.ended, 0);
  const fields = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.packet_flags_direction'];
  const shown = fields.flatMap((field) => ['-e', field]);
  const text = stand.ids.run('tshark', '-n', '-r', file, '-T', 'fields', ...shown);
  t.match(text, /^1700000000\.123456789\t1500\t60\t(0x0*2|2)\n$/);
});
